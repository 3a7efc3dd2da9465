"""Neither a cloned repository nor another user of the machine turns memguard against its user."""
import os
import pathlib
import subprocess

import machine
from harness import Case
from places import HERE, UID, USER, in_each


def own_environment(folder):
    """Without what the caller of the tests has set, and with a HOME of its own."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("MEMGUARD_", "XDG_", "SUDO_"))}
    return {**plain, "XDG_CONFIG_HOME": str(folder / "config"), "XDG_STATE_HOME": str(folder / "state")}


class Repository(Case):
    """A folder that came from somewhere."""

    def setUp(self):
        super().setUp()
        self.clone = self.folder / "clone"
        self.clone.mkdir()
        self.clone.chmod(0o777)
        self.precious = self.folder / "precious"
        self.precious.write_text("mine")
        self.precious.chmod(0o666)

    def memguard(self, *words, **environment):
        return subprocess.run([*self.place.prefix(), str(machine.memguard), *words], cwd=self.clone, text=True,
                              capture_output=True, stdin=subprocess.DEVNULL, timeout=machine.PATIENCE,
                              env={**own_environment(self.folder), **environment})


@in_each(HERE, USER)
class Settings(Repository):
    def test_a_cloned_repository_overwrites_no_file_of_the_user(self):
        for key in ("json", "record", "metrics"):
            (self.clone / "memguard.json").write_text(f'{{"{key}": "{self.precious}"}}')
            done = self.memguard("run", "--", "touch", "started")
            self.assertEqual(done.returncode, 125, done.stderr)
            self.assertIn(f"memguard.json: /{key}: a project's files may not set this. Set it in ", done.stderr)
            self.assertIn(f"MEMGUARD_{key.upper()}", done.stderr)
            self.assertFalse((self.clone / "started").exists())
        self.assertEqual(self.precious.read_text(), "mine")

    def test_a_cloned_repository_switches_no_part_of_the_guard_off(self):
        for key, value in (("gate", "false"), ("restart", "false"), ("scope", "false"), ("history", "false"),
                           ("quiet", "true"), ("explain", "false")):
            (self.clone / "memguard.json").write_text(f'{{"{key}": {value}}}')
            done = self.memguard("run", "--", "true")
            self.assertEqual(done.returncode, 125, key)
            self.assertIn(f"/{key}: a project's files may not set this", done.stderr)


@in_each(HERE)
class Owners(Repository):
    def setUp(self):
        super().setUp()
        if not machine.is_root():
            self.skipTest("not root: cannot give files away")

    def test_root_in_a_users_folder_does_not_obey_that_user(self):
        (self.clone / "memguard.json").write_text('{"memory": "900MiB"}')
        for path in (self.clone, self.clone / "memguard.json"):
            os.chown(path, UID, UID)
        shown = self.memguard("config").stdout
        self.assertRegex(shown, r"(?m)^memory +auto +built-in$")
        self.assertIn("memguard.json: skipped: it belongs to another user", shown)
        told = self.memguard("run", "--", "true")
        self.assertEqual(told.returncode, 0)
        self.assertIn("memguard.json: it belongs to another user", told.stderr)
        # As behind git's safe.directory: it was that user who called sudo.
        self.assertRegex(self.memguard("config", SUDO_UID=str(UID)).stdout, r"(?m)^memory +900 ?MiB ")

    def test_a_stranger_with_a_link_to_a_file_of_roots_is_not_obeyed(self):
        (self.folder / "mine.json").write_text('{"memory": "900MiB"}')
        (self.clone / "memguard.json").symlink_to(self.folder / "mine.json")
        os.chown(self.clone / "memguard.json", UID, UID, follow_symlinks=False)
        self.assertRegex(self.memguard("config").stdout, r"(?m)^memory +auto +built-in$")


@in_each(HERE)
class Toolchain(Repository):
    """A cargo that does as rustup's: it starts what the rust-toolchain.toml of the working directory names."""

    def setUp(self):
        super().setUp()
        (self.clone / "Cargo.toml").write_text('[package]\nname = "a"\nversion = "0.1.0"\n'
                                               '[package.metadata.memguard]\nmemory = "1GiB"\n')
        evil = self.script("clone/evil/bin/cargo", f"touch {self.folder}/run-by-the-folder")
        self.script("bin/cargo", f'folder=$PWD; while :; do [ -x "$folder/evil/bin/cargo" ] && exec {evil}; '
                                 f'[ "$folder" = / ] && break; folder=$(dirname "$folder"); done\n'
                                 f'echo "$@" >{self.folder}/run-by-the-user')

    def script(self, name, text, interpreter="/bin/sh"):
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        return super().script(name, text, interpreter)

    def test_config_and_doctor_run_no_toolchain_that_the_folder_names(self):
        path = f"{self.folder}/bin:{os.environ['PATH']}"
        for word in ("config", "doctor"):
            self.memguard(word, PATH=path)
            self.assertFalse((self.folder / "run-by-the-folder").exists(), word)
            asked = pathlib.Path(self.folder / "run-by-the-user")
            self.assertIn(f"--manifest-path {self.clone}/Cargo.toml", asked.read_text())
            asked.unlink()


FLOOD = """
import os, socket, sys
name = chr(0) + "memguard-" + sys.argv[1]
print("flooding", flush=True)
while True:
    stranger = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    stranger.setblocking(False)
    try:
        stranger.connect(name)
    except BlockingIOError:
        pass
    except OSError:
        break
    stranger.close()
"""


@in_each(HERE)
class Socket(Case):
    def test_another_users_connections_stall_no_build(self):
        if not machine.is_root():
            self.skipTest("not root: cannot be another user")
        (self.folder / "flood").write_text(FLOOD)
        run = self.start("echo $MEMGUARD_RUN; read go; for i in $(seq 40); do ./rustc --wait 0s --source x.rs; done",
                         ["--explain", "--no-history"])
        run.until_out(":")
        floods = [subprocess.Popen(["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups", "python3",
                                    self.folder / "flood", run.out.strip()], stdout=subprocess.PIPE, text=True)
                  for _ in range(6)]
        for flood in floods:
            self.addCleanup(flood.kill)
            self.assertEqual(flood.stdout.readline(), "flooding\n")
        run.go()
        self.assert_ends(run)
        for flood in floods:
            flood.wait(machine.PATIENCE)
            flood.stdout.close()
        self.assertEqual(len(run.report()["job"]), 40)
        self.assertNotIn("the supervisor failed", run.err)


@in_each(HERE, USER)
class Terminal(Repository):
    """Names that would drive a terminal, and forge a line of memguard's, wherever they may come from."""

    name = "x\x1b[2J\x1b]0;pwned\x07\nmemguard: all is well\u202e"

    def check(self, what, *texts):
        for text in texts:
            for bad in ("\x1b", "\x07", "\u202e", "\nmemguard: all is well"):
                self.assertNotIn(bad, text, what)
        self.assertTrue(any("\\x1b[2J" in text for text in texts), f"{what}: it was not named: {texts}")

    def test_a_crate_of_any_name_drives_no_terminal(self):
        run = self.guarded([self.folder / "rustc", "--crate-name", self.name, "--source", "x.rs", "--wait", "0s"],
                           ["--explain", "--no-history"])
        self.assertEqual(run.status, 0)
        self.check("--explain", run.err)
        shown = self.memguard("report", str(run.json_file))
        self.check("report", shown.stdout, shown.stderr)

    def test_what_is_remembered_drives_no_terminal(self):
        state = {"XDG_STATE_HOME": str(self.folder / "state")}
        run = self.guarded([self.folder / "ld", "-o", self.name, "--wait", "0.3s"], environment=state)
        self.assertEqual(run.status, 0)
        for words in (("history",), ("suggest", "--all"), ("report",)):
            done = self.memguard(*words)
            self.check(words, done.stdout, done.stderr)

    def test_a_command_a_file_and_an_option_of_any_name_drive_no_terminal(self):
        for words in (("run", "--", f"./{self.name}"), ("run", "--json", f"/no/{self.name}/x", "--", "true"),
                      ("run", f"--{self.name}", "--", "true"), (self.name,), ("report", f"/no/{self.name}"),
                      ("simulate", "--build", f"/no/{self.name}"), ("simulate", self.name),
                      ("history", "--import", f"/no/{self.name}"), ("run", "--memory", self.name, "--", "true")):
            done = self.memguard(*words)
            self.assertNotEqual(done.returncode, 0, words)
            self.check(words, done.stdout, done.stderr)

    def test_a_folder_of_any_name_drives_no_terminal(self):
        self.clone = self.clone / self.name
        self.clone.mkdir()
        self.clone.chmod(0o777)
        (self.clone / "memguard.json").write_text('{"memory": "900MiB"}')
        for words in (("config",), ("run", "--explain", "--", "true")):
            done = self.memguard(*words)
            self.assertEqual(done.returncode, 0, words)
            self.check(words, done.stdout, done.stderr)
        (self.clone / "memguard.json").write_text('{"memory": ')
        self.check("bad JSON", self.memguard("doctor").stderr)

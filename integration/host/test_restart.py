"""What memory ended comes back: with a real cargo, ended at each moment of a rustc's life."""
import os
import shutil
import signal
import socket
import struct
import subprocess
import threading

import machine
from harness import Case
from machine import until
from places import DELEGATED, HERE, in_each
from test_cargo import WithCargo, without_times

# shim/protocol.h
VERSION, HELLO, ENDED, PASS_ON, RESTART = 1, 1, 2, 1, 2

WRAPPER = r'''
"""Runs rustc, and ends it once, as an eviction would, at the moment that the file `moment` names for a crate."""
import os, pathlib, signal, subprocess, sys, time

folder = pathlib.Path(__file__).parent
rustc = sys.argv[1:]
moment, crate = (folder / "moment").read_text().split()
name = rustc[rustc.index("--crate-name") + 1] if "--crate-name" in rustc else ""
done = folder / "ended"
if name != crate or moment == "link" or done.exists():
    os.execvp(rustc[0], rustc)

def end():
    done.touch()
    child.kill()
    child.wait()
    os.kill(os.getpid(), signal.SIGKILL)

# cargo's jobserver is inherited by descriptor.
child = subprocess.Popen(rustc, stderr=subprocess.PIPE, close_fds=False)
for line in child.stderr:
    if moment == "before" and b'"emit":"dep-info"' in line:
        end()
    sys.stderr.buffer.write(line)
    sys.stderr.buffer.flush()
    if b'"emit":"metadata"' in line:
        if moment == "metadata":
            end()
        while moment == "codegen":
            if list(folder.glob(f"target/**/{crate}-*.rcgu.o")):
                end()
            time.sleep(0.001)
sys.exit(child.wait())
'''

# Half of an output, written by one that dies with or without its rustc.
LINKER = r'''
if [ -e "$0.ends" ]; then
  ends=$(cat "$0.ends"); rm "$0.ends"; touch "${0%/*}/ended"
  for word; do [ "$before" != -o ] || printf 'half an executable' >"$word"; before=$word; done
  [ "$ends" != rustc ] || kill -9 $PPID
  kill -9 $$
fi
exec cc "$@"
'''


class FakeSupervisor:
    """Says `restart` to every shim that asks."""

    def __init__(self):
        self.run_id = f"{os.getpid()}:fake"
        self.asked = 0
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.bind(f"\0memguard-{self.run_id}")
        self._socket.listen(64)
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _listen(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._hear, args=(connection,), daemon=True).start()

    def _hear(self, connection):
        with connection:
            while message := connection.recv(64):
                version, kind, _ = struct.unpack("III", message)
                assert version == VERSION
                if kind == ENDED:
                    self.asked += 1
                    connection.send(struct.pack("II", VERSION, RESTART))


@in_each(HERE)
class EndedAtEachMoment(WithCargo):
    """A library with a warning and a program that needs it: cargo starts the program's rustc when it is told of the
    library's .rmeta (pipelining), so that a second notice of it would be its end."""

    def setUp(self):
        super().setUp()
        self.supervisor = FakeSupervisor()
        self.addCleanup(self.supervisor.close)
        self.write("Cargo.toml", '[workspace]\nmembers = ["library", "program"]\nresolver = "2"\n')
        self.crate("library", "lib.rs", "pub fn answer() -> u32 { let unused = 1; 42 }\n"
                   "pub fn all() -> Vec<String> { (0..9).map(|i| format!(\"{i}\")).collect() }\n")
        self.crate("program", "main.rs", "fn main() { let spare = 2; println!(\"{}{:?}\", library::answer(), "
                   "library::all()); }\n", '[dependencies]\nlibrary = { path = "../library" }\n')
        self.script("wrapper", WRAPPER, "/usr/bin/env python3")
        self.script("linker", LINKER)
        self.write("moment", "none none")

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def crate(self, name, file, source, more=""):
        self.write(f"{name}/Cargo.toml", f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n{more}')
        self.write(f"{name}/src/{file}", source)

    def build(self, *options):
        shutil.rmtree(self.folder / "target", ignore_errors=True)
        (self.folder / "ended").unlink(missing_ok=True)
        environment = {**os.environ, "MEMGUARD_RUN": self.supervisor.run_id,
                       "MEMGUARD_WRAPPER": str(self.folder / "wrapper"),
                       "RUSTC_WRAPPER": str(machine.memguard.with_name("memguard-shim")),
                       # Without it rustc is reproducible.
                       "CARGO_INCREMENTAL": "0",
                       "RUSTFLAGS": f"-C linker={self.folder}/linker"}
        return subprocess.run(["cargo", "build", "--offline", "-j4", *options], cwd=self.folder, env=environment,
                              capture_output=True, text=True, timeout=machine.PATIENCE)

    def artifacts(self):
        found = {}
        for file in sorted((self.folder / "target").glob("*/deps/*")):
            program = file.suffix == "" and file.is_file() and os.access(file, os.X_OK)
            if program or file.suffix in (".rmeta", ".rlib"):
                found[file.name] = file.read_bytes()
        return found

    def check(self, moment, crate, *options):
        plain = self.build(*options)
        self.assertEqual(plain.returncode, 0, plain.stderr)
        expected = self.artifacts()
        self.assertEqual(len(expected), 3, list(expected))
        self.assertEqual(self.supervisor.asked, 0)
        if moment.startswith("link"):
            self.write("linker.ends", moment.split("-")[1])
        else:
            self.write("moment", f"{moment} {crate}")
        disturbed = self.build(*options)
        self.assertTrue((self.folder / "ended").exists(), "the moment has come")
        self.assertEqual(self.supervisor.asked, 1)
        self.assertEqual(disturbed.returncode, 0, disturbed.stderr)
        self.assertEqual(sorted(without_times(disturbed.stderr)), sorted(without_times(plain.stderr)),
                         f"{plain.stderr}\n--- and disturbed:\n{disturbed.stderr}")
        self.assertEqual(disturbed.stderr.count("unused variable: `unused`"), 1)
        got = self.artifacts()
        self.assertEqual(list(got), list(expected))
        for name, content in expected.items():
            self.assertEqual(got[name] == content, True, f"{name} is the same")

    def test_before_the_metadata(self):
        self.check("before", "library")

    def test_after_the_metadata(self):
        self.check("metadata", "library")

    def test_after_the_metadata_of_a_release_build(self):
        self.check("metadata", "library", "--release")

    def test_in_codegen(self):
        self.check("codegen", "library", "--release")

    def test_in_the_link(self):
        self.check("link-rustc", "program")

    def test_of_the_linker_alone(self):
        self.check("link-itself", "program")


@in_each(HERE, DELEGATED)
class Evicted(Case):
    """Real evictions, by a memguard whose limit is too small."""

    def setUp(self):
        super().setUp()
        self.need_tier("full")
        self.program("grows")
        # Holds what it has until the file NAME.grow is there, then grows; like rustc in what it says.
        self.script("compiler/rustc", '[ "$1" != small.rs ] || exec ./grows --ramp 20MiB:0.3s\n'
                    'echo "$1 starts" >&2; echo "$1" >>starts\n'
                    'exec ./grows --ramp 90MiB:0.3s --until "$1".grow --ramp 150MiB:0.5s')

    def test_of_two_that_do_not_fit_one_comes_back(self):
        # All are taken for small ones.
        small = "compiler/rustc small.rs"
        script = (f'{small} & {small} & {small} & {small} & wait; compiler/rustc old.rs & old=$!; '
                  'read go; compiler/rustc young.rs || echo young $?; wait $old; echo old $?')
        run = self.start(script, ["--memory", "240MiB", "--swap", "none", "--explain"])
        until(lambda: (self.folder / "starts").exists(), "the older one has started")
        old = run.the("grows")
        run.go()
        until(lambda: len(run.named("grows")) == 2, "the younger one runs")
        (young,) = [p for p in run.named("grows") if p != old]
        until(lambda: young.kilobytes("VmRSS") > 80 << 10, "the younger one has memory")
        (self.folder / "young.rs.grow").touch()
        (self.folder / "old.rs.grow").touch()
        self.assert_ends(run)
        report = run.report()
        self.assertIn("old 0", run.out)
        self.assertNotIn("young", run.out)
        self.assertEqual(report["lost"], 0)
        self.assertEqual(report["restarted"], report["evicted"] + report["oom_kills"])
        self.assertGreater(report["restarted"], 0)
        # Each said it once, however often it was started.
        self.assertEqual(len((self.folder / "starts").read_text().split()), 2 + report["restarted"])
        for name in ("old", "young"):
            self.assertEqual(run.err.count(f"{name}.rs starts"), 1)

    def test_alone_beyond_the_limit_it_is_lost(self):
        (self.folder / "big.rs.grow").touch()
        run = self.guarded('compiler/rustc big.rs; echo status $?',
                           ["--memory", "120MiB", "--swap", "none"])
        self.assertIn("status 137", run.out)
        report = run.report()
        self.assertEqual((report["lost"], report["restarted"], report["oom_kills"]), (1, 1, 2))
        self.assertEqual([job["outcome"] for job in report["job"]], ["oom_restarted", "oom"])
        self.assertEqual([job["killer"] for job in report["job"]], ["limit", "limit"])
        self.assertRegex(run.err, "did not fit: it used .* alone, when it was killed at the build's limit of 120 MiB")

    def test_a_plain_kill_is_passed_on(self):
        run = self.start('compiler/rustc one.rs; echo status $?', ["--memory", "400MiB"])
        os.kill(run.the("grows").pid, signal.SIGKILL)
        self.assert_ends(run)
        self.assertIn("status 137", run.out)
        report = run.report()
        self.assertEqual((report["lost"], report["restarted"]), (0, 0))
        self.assertEqual([(job["outcome"], job["killer"]) for job in report["job"]], [("killed", "somebody")])


@in_each(HERE)
class UsersWrapper(WithCargo):
    """What cargo keeps of a wrapper that failed must not be kept of the next, only because our shim is before both."""

    def fails_with(self, wrapper):
        build = self.package("fn main() {}")
        # Cargo keeps answers of rustc where there is a target folder.
        self.assertEqual(self.guarded(build).status, 0)
        failed = self.guarded(build, environment={"RUSTC_WRAPPER": str(wrapper)})
        self.assertEqual(failed.status, 101)
        again = self.guarded(build)
        self.assertEqual(again.status, 0, again.err)
        return failed

    def test_one_that_failed_fails_no_build_without_it(self):
        wrapper = self.folder / "wrapper"
        wrapper.write_text("#!/bin/sh\necho 'no server' >&2; exit 2\n")
        wrapper.chmod(0o755)
        self.assertIn("no server", self.fails_with(wrapper).err)

    def test_one_that_is_not_there_is_named_by_cargo(self):
        self.assertIn("could not execute process `/nosuch/wrapper", self.fails_with("/nosuch/wrapper").err)


@in_each(HERE)
class Sccache(WithCargo):
    def setUp(self):
        super().setUp()
        if not machine.have("sccache"):
            self.skipTest("no sccache")
        self.environment = {"RUSTC_WRAPPER": "sccache", "SCCACHE_DIR": str(self.folder / "cache"),
                            "CARGO_INCREMENTAL": "0"}
        self.choose_port()
        self.addCleanup(self.sccache, "--stop-server")

    def choose_port(self):
        """One that nobody listens at; until a server does, anybody may take it."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.environment["SCCACHE_SERVER_PORT"] = str(free.getsockname()[1])

    def start_server(self):
        self.choose_port()
        return self.sccache("--start-server").returncode == 0

    def sccache(self, *options):
        return subprocess.run(["sccache", *options], env={**os.environ, **self.environment}, capture_output=True,
                              text=True, timeout=machine.PATIENCE)

    def test_caches_what_it_caches_without_us(self):
        build = self.package('fn main() { println!("{}", small::hello()); }')
        (self.folder / "src/lib.rs").write_text('pub fn hello() -> &\'static str { "hello" }')
        run = self.guarded(build, environment=self.environment)
        self.assertEqual(run.status, 0, run.err)
        self.assertEqual(self.plain_cargo(["target/debug/small"]).stdout, "hello\n")
        self.assertTrue(list((self.folder / "cache").glob("?/**/*")), "it has cached something")
        self.assertNotIn("an sccache server runs already", run.err)

    def test_a_server_outside_is_told_of(self):
        until(self.start_server, "a server of sccache listens")
        run = self.guarded(self.package("fn main() {}"), environment=self.environment)
        self.assertEqual(run.status, 0)
        self.assertIn("sccache server runs already", run.err)

"""Real cargo: the workspace examples/heavy under a limit that four jobs at once do not fit in."""
import json
import os
import pathlib
import shutil
import subprocess

import machine
from harness import Case
from places import HERE, in_each

HEAVY = pathlib.Path(__file__).resolve().parents[2] / "examples/heavy"


class WithCargo(Case):
    def setUp(self):
        super().setUp()
        if not machine.have("cargo") or not machine.works(["cargo", "--version"], self.place):
            self.skipTest("no cargo")
        if not machine.have("cc"):
            self.skipTest("no linker for rustc")

    def package(self, source):
        """A new package of one program."""
        (self.folder / "src").mkdir()
        (self.folder / "src/main.rs").write_text(source)
        (self.folder / "Cargo.toml").write_text('[package]\nname = "small"\nversion = "1.2.3"\nedition = "2021"\n')
        return ["cargo", "build", "--offline"]

    def plain_cargo(self, command):
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)


@in_each(HERE)
class Cargo(WithCargo):
    def test_a_build_with_too_little_memory_for_its_jobs_finishes(self):
        target = self.folder / "target"
        run = self.start(["cargo", "build", "--release", "--offline", "-j4", "--manifest-path", HEAVY / "Cargo.toml"],
                         ["--memory", "500MiB", "--explain"], environment={"CARGO_TARGET_DIR": str(target)})
        self.assert_ends(run, patience=20 * machine.PATIENCE)
        report = run.report()
        self.assertGreater(report["held"] + report["frozen"], 0)
        self.assertEqual((report["oom_kills"], report["lost"]), (0, 0))
        crates = {job["crate"] for job in report["job"] if job["class"] == "rustc"}
        self.assertLessEqual({"heavy_maps", "heavy_digest"}, crates)
        self.assertEqual(self.printed(target), (HEAVY / "expected.txt").read_text())

    def printed(self, target):
        programs = sorted(p for p in (target / "release").glob("heavy-*") if os.access(p, os.X_OK))
        return "".join(subprocess.run([p], capture_output=True, text=True, check=True).stdout for p in programs)

    def test_output_and_status_are_cargos_own(self):
        command = self.package('fn main() { println!("hello"); }')
        plain = self.plain_cargo(command)
        self.assertEqual(plain.returncode, 0)
        shutil.rmtree(self.folder / "target")
        run = self.guarded(command, ["--quiet"])
        self.assertEqual(run.status, 0)
        self.assertEqual(run.out, plain.stdout)
        self.assertEqual(without_times(run.err), without_times(plain.stderr))
        self.assertEqual([(job["class"], job["crate"], job["version"]) for job in run.report()["job"]],
                         [("rustc", "small", "1.2.3"), ("link", "small", "1.2.3")])
        self.assertEqual(self.plain_cargo(["target/debug/small"]).stdout, "hello\n")

    def test_a_second_build_is_fresh(self):
        command = self.package("fn main() {}")
        self.assertEqual(self.guarded(command).status, 0)
        run = self.guarded(command)
        self.assertEqual(run.status, 0)
        self.assertEqual(run.report()["job"], [])
        self.assertNotIn("Compiling", run.err)

    def test_a_failing_build_gives_cargos_101(self):
        command = self.package("fn main() { no_such_function(); }")
        plain = self.plain_cargo(command)
        run = self.guarded(command, ["--quiet"])
        self.assertEqual((run.status, plain.returncode), (101, 101))
        self.assertEqual(without_times(run.err), without_times(plain.stderr))
        self.assert_nothing_left(run)


@in_each(HERE)
class Declared(WithCargo):
    """What manifests say of memguard."""

    def workspace(self, declared, metadata=""):
        """A workspace of one member, app; its package and the workspace declare these."""
        app = self.folder / "app"
        (app / "src").mkdir(parents=True)
        (app / "src/main.rs").write_text("fn main() {}")
        (app / "Cargo.toml").write_text('[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n'
                                        f"[package.metadata.memguard]\n{declared}\n")
        (self.folder / "Cargo.toml").write_text('[workspace]\nresolver = "2"\nmembers = ["app"]\n'
                                                f"[workspace.metadata.memguard]\n{metadata}\n")
        return ["cargo", "build", "--offline"]

    def test_the_limit_of_a_workspace_is_the_builds(self):
        run = self.guarded(self.workspace("", 'limit = "900MiB"'))
        self.assertEqual(run.status, 0, run.err)
        self.assertEqual(run.report()["limit_bytes"], 900 << 20)

    def test_what_a_package_declares_is_predicted_and_compared(self):
        folder = self.workspace('memory = "3GiB"\nlink-memory = "123MiB"')
        run = self.guarded(folder, ["--no-history", "--explain"])
        self.assertEqual(run.status, 0, run.err)
        # As far above what was declared as declarations err.
        predicted = {job["class"]: job["predicted_bytes"] for job in run.report()["job"]}
        self.assertTrue(3 << 30 <= predicted["rustc"] < 4 << 30, predicted)
        self.assertTrue(123 << 20 <= predicted["link"] < 160 << 20, predicted)
        self.assertRegex(run.err, r"rustc app .* took .* MiB; 3\.0 GiB were declared")

    def test_an_option_wins_over_a_manifest(self):
        run = self.guarded(self.workspace("", 'limit = "900MiB"'), ["--memory", "800MiB"])
        self.assertEqual(run.report()["limit_bytes"], 800 << 20)

    def test_what_is_wrong_in_a_manifest_is_told_and_stops_nothing(self):
        run = self.guarded(self.workspace('memory = "lots"\nlink_memory = "1GiB"'))
        self.assertEqual(run.status, 0, run.err)
        lines = [line for line in run.err.splitlines() if line.startswith("memguard: ignored: ")]
        self.assertEqual(len(lines), 2, run.err)
        for line, words in zip(lines, (("link_memory", "link-memory"), ("/memory", "lots"))):
            for word in ("app/Cargo.toml", "package.metadata.memguard", *words):
                self.assertIn(word, line)
        self.assertTrue((self.folder / "target/debug/app").exists())

    def test_cargos_subcommand_is_the_same(self):
        command = self.workspace("", 'limit = "900MiB"')
        programs = self.folder / "bin"  # the folder itself has a rustc that is none
        programs.mkdir()
        (programs / "cargo-memguard").symlink_to(machine.memguard)
        path = f"{programs}:{os.environ['PATH']}"
        report = self.folder / "by-cargo.json"
        subprocess.run(["cargo", "memguard", "--quiet", "--json", report, *command[1:]], cwd=self.folder, check=True,
                       env={**os.environ, "PATH": path})
        self.assertEqual(json.loads(report.read_text())["limit_bytes"], 900 << 20)


def without_times(text):
    """What cargo prints, without how long it took, and without its wait for the cargo of another test."""
    passing = ("Finished", "Blocking waiting for file lock")
    return [line.split(" in ")[0] for line in text.splitlines() if not any(word in line for word in passing)]

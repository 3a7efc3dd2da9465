"""Real cargo: the workspace examples/heavy under a limit that four jobs at once do not fit in."""
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


def without_times(text):
    """What cargo prints, without how long it took."""
    return [line.split(" in ")[0] for line in text.splitlines() if "Finished" not in line]

"""Programs that are jobs by other names than rustc and ld: tests, clang, and what a user's pattern says."""
import json
import os
import shutil
import subprocess

import machine
from harness import Case
from machine import until
from places import DELEGATED, HERE, READ_ONLY, in_each
from test_cargo import WithCargo

LIBRARY = """
/// ```
/// assert_eq!(small::one(), 1);
/// ```
pub fn one() -> u32 { 1 }
#[test] fn takes_some() { assert_eq!(vec![1u8; 40 << 20].iter().filter(|b| **b == 1).count(), 40 << 20); }
"""


def jobs_of(run, job_class):
    return sorted(job["output"] for job in run.report()["job"] if job["class"] == job_class)


@in_each(HERE)
class Tests(WithCargo):
    def setUp(self):
        super().setUp()
        (self.folder / "src").mkdir()
        (self.folder / "src/lib.rs").write_text(LIBRARY)
        (self.folder / "tests").mkdir()
        (self.folder / "tests/cli.rs").write_text("#[test] fn works() { assert_eq!(small::one(), 1); }")
        (self.folder / "Cargo.toml").write_text('[package]\nname = "small"\nversion = "1.2.3"\nedition = "2021"\n')

    def binary(self, crate):
        self.assertEqual(self.plain_cargo(["cargo", "test", "--offline", "--no-run"]).returncode, 0)
        return next(p for p in (self.folder / "target/debug/deps").glob(f"{crate}-*") if os.access(p, os.X_OK))

    def test_what_cargo_test_runs_are_jobs_with_their_memory(self):
        run = self.guarded(["cargo", "test", "--offline"], ["--no-history"])
        self.assertEqual(run.status, 0, run.err)
        self.assertEqual(jobs_of(run, "test"), ["small", "small doctest", "small/cli"])
        unit = next(job for job in run.report()["job"] if job["output"] == "small" and job["class"] == "test")
        self.assertGreater(unit["peak_bytes"], 35 << 20)
        self.assertEqual((unit["crate"], unit["version"], unit["outcome"]), ("small", "1.2.3", "done"))

    def test_the_second_run_knows_what_a_test_takes(self):
        state = {"XDG_STATE_HOME": str(self.folder / "state")}
        command = ["cargo", "test", "--offline", "--lib"]
        self.assertEqual(self.guarded(command, environment=state).status, 0)
        run = self.guarded(command, environment=state)
        predicted = [job["predicted_bytes"] for job in run.report()["job"] if job["class"] == "test"]
        self.assertEqual(len(predicted), 1)
        self.assertTrue(35 << 20 < predicted[0] < 60 << 20, predicted)

    def test_one_test_of_nextest_has_its_own_name_and_a_list_is_no_job(self):
        binary = self.binary("small")
        cargos = {"CARGO_PKG_NAME": "small", "CARGO_MANIFEST_DIR": str(self.folder)}
        run = self.guarded(f"{binary} --list --format terse && {binary} --exact takes_some --nocapture",
                           environment=cargos)
        self.assertEqual(run.status, 0, run.err)
        self.assertEqual(jobs_of(run, "test"), ["small takes_some"])

    def test_a_test_binary_that_nobody_runs_as_one_is_no_job(self):
        binary = self.binary("small")
        without = {k: v for k, v in os.environ.items() if k.startswith("CARGO_PKG_") or k == "CARGO_MANIFEST_DIR"}
        self.assertFalse(without, "these tests were started by cargo")
        self.assertEqual(self.guarded([binary]).report()["job"], [])

    def test_nextest_itself(self):
        if not machine.have("cargo-nextest"):
            self.skipTest("no cargo-nextest")
        run = self.guarded(["cargo", "nextest", "run", "--offline"])
        self.assertEqual(run.status, 0, run.err)
        self.assertEqual(jobs_of(run, "test"), ["small takes_some", "small/cli works"])


@in_each(HERE, DELEGATED, READ_ONLY)
class Names(Case):
    def test_a_second_test_waits_where_one_is_allowed(self):
        for name in ("one", "two"):
            self.program(f"deps/{name}-0123456789abcdef")
        run = self.start("./deps/one-0123456789abcdef --until old.end & old=$!; read go; "
                         "./deps/two-0123456789abcdef --wait 0s; wait $old", ["--test-jobs", "1", "--explain"],
                         environment={"CARGO_PKG_NAME": "one"})
        run.the("one-0123456789a")
        run.go()
        run.until_held("two-0123456789a")
        self.let_old_end()
        self.assert_ends(run)
        self.assertEqual([job["output"] for job in run.report()["job"]], ["one", "one/two"])

    def test_a_pattern_of_the_project_makes_programs_jobs(self):
        (self.folder / "memguard.json").write_text(json.dumps({"classes": {"gen": ["*-codegen"]}}))
        for name in ("a-codegen", "b-codegen", "codegen"):
            self.program(name)
        run = self.guarded("./a-codegen --wait 0s; ./b-codegen --wait 0s; ./codegen --wait 0s")
        self.assertEqual(run.status, 0, run.err)
        self.assertEqual([job["class"] for job in run.report()["job"]], ["gen", "gen"])

    def test_a_linker_for_another_target_and_of_another_version_is_held(self):
        self.program("aarch64-linux-gnu-ld.bfd-2.40")
        run = self.start_behind_old("./aarch64-linux-gnu-ld.bfd-2.40 --wait 0s")
        run.until_held("aarch64-linux-g")
        self.let_old_end()
        self.assert_ends(run)
        self.assertEqual([job["class"] for job in run.report()["job"]], ["link", "link"])


@in_each(HERE)
class Clang(Case):
    """The real one, under the names it is installed by."""

    def setUp(self):
        super().setUp()
        found = [name for name in ("clang++", *(f"clang++-{n}" for n in range(25, 10, -1))) if machine.have(name)]
        if not found:
            self.skipTest("no clang++")
        self.clang = found[0]
        # Linked by that name, as distributions and build systems call it.
        (self.folder / "bin").mkdir()
        (self.folder / "bin/clang++").symlink_to(shutil.which(self.clang))
        for name in ("a", "b"):
            (self.folder / f"{name}.cc").write_text(f"#include <map>\nstd::map<int, int> {name};\n")

    def classes(self, command):
        run = self.guarded(f"PATH={self.folder}/bin:$PATH; {command}", ["--no-history"])
        self.assertEqual(run.status, 0, run.err)
        return [job["class"] for job in run.report()["job"]]

    def test_a_compile_in_the_drivers_own_process_is_one_job(self):
        for name in ("clang++", self.clang):
            self.assertEqual(self.classes(f"{name} -c a.cc"), ["cc"], name)

    def test_under_the_name_cc_it_is_known_as_well(self):
        for name in ("cc", "c++", "gcc"):
            (self.folder / "bin" / name).symlink_to("clang++")
            self.assertEqual(self.classes(f"{name} -c a.cc"), ["cc"], name)

    def test_of_several_sources_each_is_one(self):
        self.assertEqual(self.classes("clang++ -c a.cc b.cc"), ["cc", "cc"])

    def test_a_driver_that_links_or_preprocesses_is_none(self):
        subprocess.run([self.clang, "-fPIC", "-c", "a.cc", "b.cc"], cwd=self.folder, check=True)
        self.assertEqual(self.classes("clang++ -shared a.o b.o -o ab.so"), ["link"])
        self.assertEqual(self.classes("clang++ -E a.cc > a.ii"), [])
        self.assertEqual(self.classes("clang++ --version"), [])

    def test_under_make_each_compile_is_a_job_that_can_be_held(self):
        (self.folder / "Makefile").write_text("all: a.o b.o\n%.o: %.cc\n\tclang++ -c -o $@ $<\n")
        run = self.start_behind_old(f"PATH={self.folder}/bin:$PATH make -j2 all")
        until(lambda: len([p for p in run.named("clang++") if run.held(p)]) == 2, "both compiles are held")
        self.let_old_end()
        self.assert_ends(run)
        self.assertEqual([job["class"] for job in run.report()["job"]], ["link", "cc", "cc"])

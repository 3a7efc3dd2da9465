"""The limit of a build, where the kernel can set one, and what happens at it."""
import json
import os
import signal

import machine
from harness import Case
from places import DELEGATED, HERE, READ_ONLY, USER, in_each


@in_each(HERE, DELEGATED)
class Limit(Case):
    def setUp(self):
        super().setUp()
        self.need_tier("full")

    def test_is_the_builds_memory_max_and_goes_with_it(self):
        run = self.start("read go", ["--memory", "100MiB"])
        run.supervisor()
        (build,) = [group / "build" for group in run.cgroups()]
        self.assertEqual(machine.read(build / "memory.max"), f"{100 << 20}\n")
        run.go()
        self.assert_ends(run)

    def test_does_not_hold_memguard_itself(self):
        run = self.start("read go", ["--memory", "100MiB"])
        for process in (run.front, run.supervisor(), run.keeper()):
            self.assertRegex(process.cgroup, r"/memguard-\d+/supervisor$")
        self.assertEqual(machine.read(run.front.cgroup_folder / "memory.max"), "max\n")
        run.go()
        self.assert_ends(run)

    def test_at_the_wall_a_job_dies_and_not_a_larger_parent(self):
        self.script("parent", "import subprocess\n"
                    "grown = b'x' * (120 << 20)\n"
                    "print('job', subprocess.call(['./ld', '--ramp', '100MiB:0.3s']), flush=True)",
                    "/usr/bin/env python3")
        run = self.guarded(["./parent"], ["--memory", "200MiB"])
        self.assertEqual(run.status, 0)
        self.assertIn(f"job {-signal.SIGKILL}", run.out)
        report = run.report()
        self.assertEqual((report["oom_kills"], report["lost"]), (1, 1))
        # The parent is large, and so a job until it has one below it.
        self.assertEqual({job["class"]: job["outcome"] for job in report["job"]}["link"], "oom")
        self.assertNotIn("oom", [job["outcome"] for job in report["job"] if job["class"] == "other"])
        self.assertIn("1 lost", run.err)

    def test_at_the_wall_the_younger_job_dies(self):
        # The older one does not grow any more, so there is nothing that stopping the younger could wait for.
        run = self.start_frozen()
        (report, youngest) = (run.report, run.the("cc1"))
        older = run.the("cc1plus")
        adjustments = [int(machine.read(p.proc / "oom_score_adj")) for p in (older, youngest, run.front)]
        self.assertGreater(adjustments[1], adjustments[0])
        self.assertGreater(adjustments[0], adjustments[2])
        for name in ("old", "young"):
            self.let_end(name)
        self.assert_ends(run)
        self.assertEqual(report()["lost"], 0)

    def test_swap_of_the_build_can_be_refused(self):
        run = self.start("read go", ["--memory", "100MiB", "--swap", "none"])
        run.supervisor()
        (build,) = [group / "build" for group in run.cgroups()]
        if not (build / "memory.swap.max").exists():
            self.skipTest("no swap accounting")
        self.assertEqual(machine.read(build / "memory.swap.max"), "0\n")
        run.go()
        self.assert_ends(run)


@in_each(DELEGATED)
class LimitAbove(Case):
    """The group that was given to us has a limit of its own."""

    def setUp(self):
        super().setUp()
        self.need_tier("full")
        (self.place.group / "memory.max").write_text(str(300 << 20))

    def test_more_than_it_allows_is_refused(self):
        run = self.guarded(["touch", "started"], ["--memory", "400MiB"])
        self.assertEqual(run.status, 125)
        self.assertIn("300 MiB", run.err)
        self.assertIn("400 MiB", run.err)
        self.assertFalse((self.folder / "started").exists())
        self.assert_nothing_left(run)

    def test_without_a_word_the_build_gets_what_it_allows(self):
        run = self.guarded(["true"], ["--explain"])
        self.assertLess(run.report()["limit_bytes"], 300 << 20)
        self.assertGreater(run.report()["limit_bytes"], 200 << 20)
        self.assertIn("300 MiB", run.err)

    def test_percentages_are_of_it(self):
        run = self.guarded(["true"], ["--memory", "50%"])
        self.assertEqual(run.report()["limit_bytes"], 150 << 20)


@in_each(HERE, USER, DELEGATED, READ_ONLY)
class Growth(Case):
    """Jobs that grow together are stopped before they meet the limit, and go on when there is room."""

    def test_a_job_that_outgrows_what_is_left_is_frozen_and_ends_later(self):
        run = self.start_frozen()
        frozen = run.the("cc1")
        self.assertGreater(frozen.kilobytes("VmRSS"), 1024)
        self.let_end("young")
        self.let_end("old")
        self.assert_ends(run)
        report = run.report()
        self.assertEqual(report["frozen"], 1)
        self.assertGreater(report["frozen_seconds"], 0)
        self.assertEqual((report["oom_kills"], report["lost"]), (0, 0))
        self.assertEqual(run.out.count("done 150 MiB"), 2)
        self.assertIn("1 paused", run.err)

    def test_peaks_are_reported_within_five_percent(self):
        run = self.guarded("./ld --ramp 200MiB:0.5s --hold 0.5s", ["--memory", "600MiB"])
        (job,) = run.report()["job"]
        self.assertAlmostEqual(job["peak_bytes"], 200 << 20, delta=0.05 * (200 << 20))
        self.assertGreater(run.report()["peak_bytes"], 190 << 20)


@in_each(HERE, USER, DELEGATED, READ_ONLY)
class WrongDeclarations(Case):
    """They cost time at most: no job is lost for them."""

    def build(self, memory):
        rules = {"rules": [{"class": "cc", "memory": memory}]}
        (self.folder / "memguard.json").write_text(json.dumps(rules))
        job = "./cc1 --ramp 100MiB:1s"
        run = self.guarded(f"{job} & {job} & {job} & wait", ["--memory", "300MiB", "--no-history"])
        self.assertEqual(run.status, 0, run.err)
        self.assertEqual(run.out.count("done 100 MiB"), 3)
        report = run.report()
        self.assert_all_survived(report, 3)
        return report

    def test_ten_times_too_small(self):
        self.build("10MiB")

    def test_ten_times_too_large(self):
        self.assertEqual(self.build("1000MiB")["held"], 2)


@in_each(HERE, USER)
class NestedRun(Case):
    def test_memguard_in_memguard_is_the_plain_command(self):
        inner = f"{machine.memguard} run --memory 64MiB -- sh -c './ld --until old.end; exit 6'"
        run = self.start(f"{inner}; echo status $?", ["--memory", self.limit])
        run.the("ld")
        self.assertEqual(len(run.named("memguard")), 1)
        self.assertEqual(len(run.named("memguard-super")), 1)
        self.let_old_end()
        self.assert_ends(run)
        self.assertIn("status 6", run.out)
        self.assertEqual(len(run.report()["job"]), 1)

    def test_a_variable_that_leaked_from_another_run_does_not_count(self):
        run = self.guarded("exit 3", environment={"MEMGUARD_RUN": f"{os.getpid() + 1}:00000000"})
        self.assertEqual(run.status, 3)
        self.assertEqual(run.report()["exit_status"], 3)

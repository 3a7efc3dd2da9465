"""Whole builds of many jobs, several at once, and what is recorded of one."""
import subprocess

import machine
from harness import Case
from machine import until
from places import DELEGATED, HERE, READ_ONLY, USER, in_each
from test_kill import kill_and_await_next


@in_each(HERE, USER, DELEGATED, READ_ONLY)
class ManyJobs(Case):
    def test_300_quick_jobs_leave_nothing_behind(self):
        three = "./ld & ./cc1 & ./rustc --until / main.rs & wait"
        run = self.start(f"for i in $(seq 100); do {three}; done; echo all ended; read go", ["--memory", self.limit])
        run.until_out("all ended")
        # Leaves are reused.
        self.assertLess(len(self.leaves(run)), 16)
        until(lambda: not self.populated_leaves(run), lambda: f"all leaves are empty: {self.populated_leaves(run)}")
        run.go()
        self.assert_ends(run)
        report = run.report()
        self.assertEqual(len(report["job"]), 300)
        self.assertEqual({job["outcome"] for job in report["job"]}, {"done"})
        self.assertEqual((report["oom_kills"], report["lost"]), (0, 0))

    def leaves(self, run):
        return [leaf for group in run.cgroups() for leaf in group.glob("build/job-*")]

    def populated_leaves(self, run):
        return [leaf for leaf in self.leaves(run) if "populated 1" in (leaf / "cgroup.events").read_text()]

    def test_jobs_in_one_burst_are_all_answered(self):
        run = self.start("for i in $(seq 40); do ./ld --until old.end & done; read go; wait",
                         ["--memory", self.limit, "--explain"])
        until(lambda: len(run.named("ld")) == 40, lambda: f"40 jobs are there: {len(run.named('ld'))}")
        until(lambda: sum(run.held(p) for p in run.named("ld")) == 39, "all but one are held")
        run.go()
        self.let_old_end()
        self.assert_ends(run)
        self.assertEqual(run.report()["held"], 39)


@in_each(HERE, USER, DELEGATED, READ_ONLY)
class TwoBuilds(Case):
    def test_do_not_disturb_each_other(self):
        first = self.start_behind_old("./rustc --until new.rs; exit 3")
        first.until_held("rustc")
        second = self.start("./cc1 --until second.end; exit 4", ["--memory", self.limit])
        second.the("cc1")
        self.let_end("second")
        self.assert_ends(second, 4)
        self.assertTrue(first.held(first.the("rustc")), "the first build's job is held still")
        self.let_old_end()
        (self.folder / "new.rs").touch()
        self.assert_ends(first, 3)
        self.assertEqual([len(run.report()["job"]) for run in (first, second)], [2, 1])

    def test_the_first_may_end_first(self):
        first = self.start("./ld --until first.end; exit 3", ["--memory", self.limit])
        first.the("ld")
        second = self.start("./cc1 --until second.end; exit 4", ["--memory", self.limit])
        second.the("cc1")
        self.let_end("first")
        self.assert_ends(first, 3)
        self.let_end("second")
        self.assert_ends(second, 4)

    def test_a_new_one_does_not_sweep_one_that_lives(self):
        first = self.start_behind_old("./rustc --until new.rs; exit 3")
        held = first.until_held("rustc")
        self.guarded(["true"])
        self.assertTrue(held.alive)
        self.let_old_end()
        (self.folder / "new.rs").touch()
        self.assert_ends(first, 3)


@in_each(HERE, USER)
class Recorded(Case):
    def setUp(self):
        super().setUp()
        self.record = self.folder / "run.record"

    def replay(self):
        return subprocess.run([machine.memguard, "simulate", "--replay", self.record],
                              capture_output=True, text=True, check=False)

    def build(self):
        run = self.start_behind_old("./rustc --until new.rs", ["--record", self.record])
        run.until_held("rustc")
        return run

    def let_both_end(self, run):
        self.let_old_end()
        (self.folder / "new.rs").touch()
        self.assert_ends(run)

    def test_a_build_is_decided_again_as_recorded(self):
        self.let_both_end(self.build())
        replay = self.replay()
        self.assertEqual(replay.returncode, 0, replay.stderr)
        self.assertIn("hold", replay.stdout)

    def test_also_what_a_second_supervisor_decided(self):
        run = self.build()
        kill_and_await_next(run)
        self.let_both_end(run)
        replay = self.replay()
        self.assertEqual(replay.returncode, 0, replay.stderr)

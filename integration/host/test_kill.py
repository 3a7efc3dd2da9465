"""Whatever of memguard is killed, the build ends well or nothing of it is left."""
import os
import signal

from harness import Case
from machine import Process, read, until
from places import DELEGATED, HERE, READ_ONLY, USER, in_each


def kill(*processes):
    """At once, as far as that is possible: none can react to the end of another."""
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for process in processes:
            try:
                os.kill(process.pid, number)
            except ProcessLookupError:  # the kernel has killed it with the one before
                pass


def kill_and_await_next(run, number=signal.SIGKILL):
    """Kills the supervisor; gives the next one."""
    killed = run.supervisor()
    os.kill(killed.pid, number)
    until(lambda: not killed.alive, "the supervisor is dead")
    until(lambda: run.named("memguard-super"), "the next supervisor")
    return run.supervisor()


@in_each(HERE, USER, DELEGATED, READ_ONLY)
class KilledSupervisor(Case):
    """The build goes on, and ends with every output it would have had."""

    def finish(self, run, *ends):
        for name in ends:
            self.let_end(name)
        self.assert_ends(run)
        report = run.report()
        self.assertEqual(report["exit_status"], 0)
        self.assertEqual((report["oom_kills"], report["lost"]), (0, 0))

    def test_while_a_job_is_held(self):
        run = self.start_behind_old("./rustc --until new.rs && echo new ended && wait $old && echo old ended")
        run.until_held("rustc")
        kill_and_await_next(run)
        (self.folder / "new.rs").touch()
        self.finish(run, "old")
        self.assertIn("new ended", run.out)
        self.assertIn("old ended", run.out)

    def test_while_a_job_is_frozen(self):
        run = self.start_frozen()
        kill_and_await_next(run)
        run.until_stopped("cc1")
        self.finish(run, "old", "young")
        self.assertEqual(run.out.count("done 150 MiB"), 2)

    def test_while_a_job_runs(self):
        run = self.start("./ld --until old.end", ["--memory", self.limit])
        run.the("ld")
        kill_and_await_next(run)
        self.finish(run, "old")
        self.assertIn("done", run.out)
        self.assertEqual([job["outcome"] for job in run.report()["job"]], ["done"])

    def test_and_the_next_one_holds_jobs_again(self):
        run = self.start("./ld --until old.end & read go; ./rustc --until new.rs; wait", ["--memory", self.limit])
        run.the("ld")
        kill_and_await_next(run)
        run.go()
        run.until_held("rustc")
        (self.folder / "new.rs").touch()
        self.finish(run, "old")

    def test_ten_times_and_nothing_is_let_go(self):
        run = self.start_behind_old("./rustc --until new.rs && wait $old && echo all ended")
        run.until_held("rustc")
        for _ in range(10):
            kill_and_await_next(run)
            run.until_looked(3)
            self.assertTrue(run.stopped(run.the("rustc")))
        (self.folder / "new.rs").touch()
        self.finish(run, "old")
        self.assertIn("all ended", run.out)

    def test_by_a_crash_three_times_and_then_it_goes_on_without(self):
        run = self.start_behind_old("./rustc --until new.rs; ./cc1 --until new.rs && wait $old && echo all ended")
        run.until_held("rustc")
        kill_and_await_next(run, signal.SIGSEGV)
        kill_and_await_next(run, signal.SIGSEGV)
        os.kill(run.supervisor().pid, signal.SIGSEGV)
        until(lambda: not run.named("memguard-super"), "no supervisor is left")
        until(lambda: not run.stopped(run.the("rustc")), "the held job runs")
        (self.folder / "new.rs").touch()
        self.finish(run, "old")
        self.assertFalse(run.named("memguard-super"))
        self.assertIn("all ended", run.out)

    def test_with_an_exec_that_nobody_has_answered(self):
        run = self.start("read go; ./rustc --until new.rs; echo status $?", ["--memory", self.limit])
        supervisor = run.supervisor()
        os.kill(supervisor.pid, signal.SIGSTOP)
        before = set(run.processes())
        run.go()
        until(lambda: set(run.processes()) - before, "the process that is to become the job")
        os.kill(supervisor.pid, signal.SIGKILL)
        run.the("rustc")
        (self.folder / "new.rs").touch()
        self.finish(run)
        self.assertIn("status 0", run.out)

    def test_or_one_that_hangs(self):
        run = self.start_behind_old("./rustc --until new.rs && wait $old && echo all ended")
        run.until_held("rustc")
        hanging = run.supervisor()
        os.kill(hanging.pid, signal.SIGSTOP)
        until(lambda: not hanging.alive, "the hanging supervisor was killed")
        run.supervisor()
        (self.folder / "new.rs").touch()
        self.finish(run, "old")
        self.assertIn("all ended", run.out)


@in_each(HERE, USER, DELEGATED, READ_ONLY)
class KilledFront(Case):
    """Nothing is left, frozen or running."""

    def start_with_all(self):
        """A build with a running job, a held one and one that ignores what it can."""
        run = self.start_behind_old("./rustc --until new.rs & trap '' TERM HUP INT; (sleep 1000; true) & wait")
        run.until_held("rustc")
        run.the("sleep")
        return run

    def test_alone(self):
        run = self.start_with_all()
        kill(run.front)
        self.assert_nothing_left(run)

    def test_with_its_supervisor(self):
        run = self.start_with_all()
        kill(run.front, run.supervisor())
        self.assert_nothing_left(run)

    def test_with_a_frozen_job(self):
        run = self.start_frozen()
        kill(run.front, run.supervisor())
        self.assert_nothing_left(run)

    def test_by_the_name_of_the_program(self):
        run = self.start_with_all()
        # As `pkill -9 memguard` does: a part of the name is enough.
        kill(*[p for p in run.processes() if "memguard" in p.comm])
        self.assert_nothing_left(run)

    def test_with_supervisor_and_keeper(self):
        run = self.start_with_all()
        kill(run.front, run.supervisor(), run.keeper())
        self.assert_nothing_left(run)

    def test_with_supervisor_and_keeper_and_a_frozen_job(self):
        run = self.start_frozen()
        kill(run.front, run.supervisor(), run.keeper())
        self.assert_nothing_left(run)

    def test_with_supervisor_and_a_keeper_that_is_stopped(self):
        run = self.start_with_all()
        os.kill(run.keeper().pid, signal.SIGSTOP)
        kill(run.front, run.supervisor())
        self.assert_nothing_left(run)

    def test_by_the_process_group(self):
        run = self.start_behind_old("./rustc --until new.rs & (sleep 1000; true) & wait", prefix=["setsid"])
        run.until_held("rustc")
        os.killpg(os.getpgid(run.front.pid), signal.SIGKILL)
        self.assert_nothing_left(run)

    def test_with_all_of_ours_and_then_the_next_start_sweeps(self):
        run = self.start_with_all()
        own_group = run.supervisor().cgroup_folder if self.place.tier != "signal" else None
        kill(run.front, run.supervisor(), run.keeper(), run.witness())
        run.process.wait()
        # Threads of a killed process may take a while to go on a busy machine; until then the run is not abandoned.
        # Tests run beside each other, and any other start may sweep this run first.
        if own_group:
            until(lambda: "populated 1" not in read(own_group / "cgroup.events"), f"{own_group} is empty")
        self.next_start_sweeps()
        self.assert_nothing_left(run)

    def test_with_a_keeper_and_a_witness_that_are_stopped_and_then_the_next_start_sweeps(self):
        run = self.start_with_all()
        for process in (run.keeper(), run.witness()):
            os.kill(process.pid, signal.SIGSTOP)
        kill(run.front, run.supervisor())
        self.next_start_sweeps()
        self.assert_nothing_left(run)

    def next_start_sweeps(self):
        self.guarded(["true"])


class KilledHelper(Case):
    def check_replaced(self, helper, others):
        """Another one is there after `helper` was killed, and cleans up after the front and `others`."""
        run = self.start_behind_old("./rustc --until new.rs")
        run.until_held("rustc")
        first = helper(run)
        kill(first)
        until(lambda: helper(run).pid != first.pid, "another one is there")
        kill(run.front, *others(run))
        self.assert_nothing_left(run)


@in_each(HERE, USER, READ_ONLY)
class KilledKeeper(KilledHelper):
    def test_the_build_ends_well(self):
        run = self.start("./ld --until old.end")
        run.the("ld")
        kill(run.keeper())
        self.let_old_end()
        self.assert_ends(run)

    def test_another_takes_its_place(self):
        self.check_replaced(lambda run: run.keeper(), lambda run: [])


@in_each(HERE, USER, DELEGATED, READ_ONLY)
class StoppedHelper(Case):
    """One `kill -STOP` of what only waits."""

    def check(self, helper):
        run = self.start_behind_old("exit 3")
        os.kill(helper(run).pid, signal.SIGSTOP)
        run.go()
        self.let_old_end()
        self.assert_ends(run, 3)

    def test_a_keeper_hinders_no_end(self):
        self.check(lambda run: run.keeper())

    def test_a_witness_hinders_no_end(self):
        self.check(lambda run: run.witness())

    def test_a_signal_ends_the_build_all_the_same(self):
        run = self.start_behind_old("exec ./rustc --until new.rs")
        run.until_held("rustc")
        for process in (run.keeper(), run.witness()):
            os.kill(process.pid, signal.SIGSTOP)
        run.kill(signal.SIGTERM)
        self.assert_ends(run, -signal.SIGTERM)


@in_each(HERE, USER, READ_ONLY)
class KilledWitness(KilledHelper):
    def test_another_takes_its_place(self):
        self.check_replaced(lambda run: run.witness(), lambda run: [run.supervisor(), run.keeper()])


@in_each(HERE, USER, READ_ONLY)
class KilledCommand(Case):
    def test_what_it_left_behind_is_ended(self):
        run = self.start("sleep 1000 & read go; kill -9 $$")
        left = run.the("sleep")
        run.go()
        self.assert_ends(run, -signal.SIGKILL)
        self.assertFalse(left.alive)
        self.assertEqual(run.report()["exit_status"], 128 + signal.SIGKILL)

    def test_a_held_job_that_it_left_behind_is_ended(self):
        run = self.start_behind_old("./rustc --until new.rs & read go; kill -9 $$")
        held = run.until_held("rustc")
        run.go()
        self.assert_ends(run, -signal.SIGKILL)
        self.assertFalse(Process(held.pid).alive)

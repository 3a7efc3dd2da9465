"""Silence means that all was well: what was not guarded, passed the limit or was killed is said at the end."""
import os
import re
import shutil
import signal
import subprocess

import machine
from harness import Case
from machine import Process, until
from places import DELEGATED, HERE, OLD_KERNEL, READ_ONLY, USER, YAMA, Place, in_each


class NoPidfd(Place):
    """A container runtime that refuses pidfd_open(2)."""

    name = "no pidfd_open"

    def prefix(self):
        return [str(machine.victims / "refuse"), "pidfd:EPERM"]


class FewDescriptors(Place):
    """ulimit -n 64."""

    name = "few descriptors"

    def lacks(self):
        return "" if machine.have("prlimit") else "no prlimit"

    def prefix(self):
        return ["prlimit", "--nofile=64:64"]


NO_PIDFD = NoPidfd()
FEW_DESCRIPTORS = FewDescriptors()


@in_each(HERE, USER, READ_ONLY)
class PassedLimit(Case):
    def test_is_said_with_how_much_and_by_whom(self):
        self.need_tier("freezer", "signal")
        run = self.guarded("./ld --ramp 150MiB:0.3s --hold 0.5s -o app", ["--memory", "100MiB"])
        over = run.report()["over_limit"]
        self.assertEqual(over["who"], "link app")
        self.assertGreater(over["bytes"], 40 << 20)
        self.assertGreater(over["had_bytes"], 100 << 20)
        self.assertRegex(run.err,
                         r"memguard: memory passed the limit of 100 MiB by \d+(\.\d)? MiB; link app had \d+ MiB")
        self.assertEqual(run.err.count("passed the limit"), 1)

    def test_by_a_program_that_is_no_job(self):
        self.need_tier("freezer", "signal")
        self.program("stranger")
        run = self.start("./stranger --ramp 150MiB:0.3s --until old.end", ["--memory", "100MiB"])
        stranger = run.the("stranger")
        until(lambda: stranger.kilobytes("VmRSS") > 150 << 10, "it has grown")
        run.until_looked(30)
        self.let_old_end()
        self.assert_ends(run)
        self.assertRegex(run.err, "passed the limit of 100 MiB by .*stranger")

    def test_is_not_said_of_one_that_was_kept(self):
        run = self.guarded("./ld --ramp 50MiB:0.1s --hold 0.2s", ["--memory", "200MiB"])
        self.assertIsNone(run.report()["over_limit"])
        self.assertNotIn("passed the limit", run.err)


@in_each(HERE, DELEGATED)
class NoJob(Case):
    """What the kernel kills is none of the programs that memguard knows."""

    def setUp(self):
        super().setUp()
        self.need_tier("full")

    def test_is_said_and_is_not_called_nothing_lost(self):
        self.program("stranger")
        # At once, so that nobody can have looked at it before.
        run = self.guarded("./stranger --ramp 400MiB:0s; echo status $?", ["--memory", "200MiB", "--swap", "none"])
        self.assertIn("status 137", run.out)
        report = run.report()
        said = "the kernel killed a process of the build for memory that was no job"
        if report["oom_kills_no_job"]:
            self.assertIn(said, run.err)
            self.assertNotIn("none lost", run.err)
            self.assertNotIn("none killed", run.err)
        else:
            self.assertEqual((report["lost"], report["job"][0]["outcome"]), (1, "oom"))
        for victim in report["oom_victims"]:
            self.assertEqual(victim["program"], "stranger")
            self.assertGreater(victim["bytes"], 100 << 20)


@in_each(HERE, USER, READ_ONLY)
class OurOwnKills(Case):
    """Nobody else is blamed for what memguard ends itself."""

    def test_of_what_the_command_left_behind(self):
        run = self.start("./ld --until never -o app & read go")
        run.the("ld")
        run.go()
        self.assert_ends(run)
        (job,) = run.report()["job"]
        self.assertEqual((job["outcome"], job["killer"]), ("killed", "memguard"))
        self.assertNotIn("somebody", run.err)
        self.assertIn("link app still ran when the command had ended, and was ended with it.", run.err)

    def test_of_a_held_one_too(self):
        run = self.start_behind_old("./rustc --until new.rs & read go; kill -9 $$")
        run.until_held("rustc")
        run.go()
        self.assert_ends(run, -signal.SIGKILL)
        self.assertEqual({job["killer"] for job in run.report()["job"]}, {"memguard"})
        self.assertNotIn("somebody", run.err)

    def test_of_an_interrupted_build_that_does_not_end(self):
        run = self.start("trap '' TERM; ./ld --until never; true", ["--memory", "100MiB", "--stop-timeout", "500ms"])
        run.the("ld")
        run.kill(signal.SIGTERM)
        self.assert_ends(run, -signal.SIGKILL)
        report = run.report()
        self.assertEqual([job["killer"] for job in report["job"]], ["memguard"])
        self.assertEqual(report["lost"], 0)
        self.assertNotIn("somebody", run.err)


@in_each(YAMA)
class Yama(Case):
    """Scope 2: only who may ptrace everybody reads other processes."""

    def test_what_cannot_be_read_is_guarded_or_said(self):
        self.place.set_scope(2)
        run = self.guarded("./ld --hold 0.3s", ["--memory", "100MiB"])
        report = run.report()
        unreadable = report["unguarded"]["unreadable"]
        self.assertTrue(report["job"] or unreadable, run.err)
        self.assertEqual("could not be read" in run.err, unreadable > 0)
        doctor = self.plain([machine.memguard, "doctor"]).stdout
        self.assertIn("Yama's ptrace_scope is 2", doctor)
        self.assertIn("sysctl kernel.yama.ptrace_scope=1", doctor)


@in_each(NO_PIDFD, FEW_DESCRIPTORS)
class NotGuarded(Case):
    def test_is_said_once_with_what_to_do(self):
        count = 60
        job = "./ld --until old.end >/dev/null"
        run = self.start(f"i=0; while [ $i -lt {count} ]; do {job} & i=$((i+1)); done; wait", ["--memory", "1GiB"])
        until(lambda: len(run.named("ld")) == count, lambda: f"all run or are held: {len(run.named('ld'))}")
        self.let_old_end()
        self.assert_ends(run)
        report = run.report()
        unguarded = sum(report["unguarded"].values())
        self.assertGreaterEqual(len(report["job"]) + unguarded, count)
        self.assertEqual(run.err.count("not guarded"), 1 if unguarded else 0)
        if unguarded:
            self.assertRegex(run.err, rf"{unguarded} programs were not guarded: .*could not be watched .*ulimit -n")

    def test_is_not_said_when_it_is_to_be_quiet(self):
        self.assertNotIn("not guarded", self.guarded("./ld --hold 0.1s", ["--quiet"]).err)


@in_each(HERE)
class Outside(Case):
    def test_a_job_that_left_the_builds_cgroup_is_said_to_have(self):
        self.need_tier("full", "freezer")
        elsewhere = machine.cgroup_mount() / f"test-{os.getpid()}-elsewhere"
        elsewhere.mkdir()
        self.addCleanup(elsewhere.rmdir)
        run = self.start_behind_old(f'sh -c \'echo $$ >"{elsewhere}/cgroup.procs" && exec ./cc1 --hold 0.1s\'; '
                                    "wait $old")
        run.until_out("done 0 MiB")
        self.let_old_end()
        self.assert_ends(run)
        self.assertEqual(run.report()["unguarded"]["outside"], 1)
        self.assertIn("1 program was not guarded: 1 sat outside the build's cgroup", run.err)


@in_each(HERE, USER, READ_ONLY, DELEGATED, OLD_KERNEL)
class DoctorTries(Case):
    """A real process, and by the code of a run."""

    def doctor(self, *prefix):
        return self.plain([*prefix, machine.memguard, "doctor"])

    def test_a_process_is_held_and_frozen(self):
        doctor = self.doctor()
        self.assertEqual(doctor.returncode, 0, doctor.stderr)
        self.assertIn("exec gate yes: a process was held at its exec and let go", doctor.stdout)
        how = "SIGSTOP, SIGCONT" if self.place.tier == "signal" else "cgroup.freeze"
        self.assertIn(f"freezing  yes: a process was frozen and thawed ({how})", doctor.stdout)
        self.assertRegex(doctor.stdout, rf"(?m)^tier      {self.place.tier}$")
        self.assertEqual(doctor.stderr, "")

    def test_what_is_refused_is_named_with_its_remedy(self):
        refused = self.doctor(machine.victims / "refuse", "pidfd:EPERM")
        self.assertIn("exec gate yes", refused.stdout)
        self.assertIn("the end of a job is seen late: it cannot be watched (pidfd_open", refused.stdout)
        self.assertIn("seccomp profile that allows pidfd_open(2)", refused.stdout)

    def test_few_descriptors_are_named(self):
        if not machine.have("prlimit"):
            self.skipTest("no prlimit")
        if self.place.uid() == 0:
            self.skipTest("root raises the limit")
        few = self.doctor("prlimit", "--nofile=64:64")
        self.assertIn("no more than 64 descriptors", few.stdout)
        self.assertIn("Raise ulimit -n", few.stdout)

    def test_a_foreign_proc_is_named(self):
        other = ("unshare", "--pid", "--fork")
        if not machine.have("unshare") or not machine.works([*other, "true"], self.place):
            self.skipTest("cannot make a pid namespace")
        # Who may mounts the right one for itself.
        self.assertIn("exec gate yes", self.doctor(*other).stdout)
        foreign = self.doctor(*other, *USER.prefix())
        self.assertIn("exec gate no: /proc is that of another pid namespace", foreign.stdout)
        self.assertIn("mount -t proc", foreign.stdout)

    def test_inside_a_guarded_run_nothing_is_tried(self):
        run = self.guarded([machine.memguard, "doctor"])
        self.assertEqual(run.status, 0)
        self.assertIn("exec gate not tried: a guarded run is around this", run.out)

    def start_doctor(self, mark):
        environment = {**os.environ, "MEMGUARD_TEST": mark}
        return subprocess.Popen([*self.place.prefix(), machine.memguard, "doctor"], cwd=self.folder, env=environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def check_killed(self, number, wanted):
        """Kills it when it has so many processes below it, or has ended."""
        mark = f"{os.getpid()}-doctor-{number}-{wanted}"
        doctor = self.start_doctor(mark)
        below = []

        def far_enough():
            below[:] = {*below, *Process(doctor.pid).descendants()}
            return len(below) >= wanted or doctor.poll() is not None

        until(far_enough, "the trial is under way")
        doctor.send_signal(number)
        doctor.wait()
        until(lambda: not machine.processes_with(f"MEMGUARD_TEST={mark}"), "no process is left")
        until(lambda: not [g for p in below for g in machine.cgroups_named(f"memguard-{p.pid}")], "no cgroup is left")

    def test_interrupted_it_leaves_nothing(self):
        for number in (signal.SIGINT, signal.SIGKILL):
            for wanted in (1, 2, 3):
                self.check_killed(number, wanted)
        until(self.place.as_found, "the place is as it was found")


@in_each(HERE)
class Report(Case):
    def test_tells_people_what_the_run_told(self):
        run = self.guarded("./ld --ramp 150MiB:0.3s --hold 0.5s -o app", ["--memory", "100MiB"])
        self.need_tier("freezer", "signal")
        shown = self.plain([machine.memguard, "report", run.json_file]).stdout
        (line,) = re.findall("memory passed the limit.*", run.err)
        self.assertIn(line, shown)


@in_each(HERE, USER)
class WithoutItsShim(Case):
    """A memguard that was copied alone."""

    def setUp(self):
        super().setUp()
        self.copy = self.folder / "alone" / "memguard"
        self.copy.parent.mkdir()
        shutil.copy(machine.memguard, self.copy)

    def run_alone(self, *options):
        return self.plain([self.copy, "run", "--no-history", *options, "--", "true"]).stderr

    def test_says_once_that_nothing_is_started_again(self):
        self.assertEqual(self.run_alone().count("no memguard-shim beside memguard"), 1)
        self.assertEqual(self.run_alone("--explain").count("no memguard-shim beside memguard"), 1)

    def test_says_nothing_of_what_is_not_wanted_or_not_to_be_said(self):
        for option in ("--no-restart", "--quiet"):
            self.assertNotIn("memguard-shim", self.run_alone(option))

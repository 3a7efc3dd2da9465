"""Where a feature is missing memguard says so in one line, does what is left, and the build works."""
import os
import re
import shutil

import machine
from harness import Case
from places import (DELEGATED, HERE, NO_CONTINUE, NO_PIDFD, NO_SECCOMP, OLD_KERNEL, READ_ONLY, UNREADABLE, USER, Place,
                    ReadOnlyCgroup, in_each)

MAKEFILE = """
all: a.out b.out c.out
%.out:
\t@./rustc --ramp 30MiB:0.2s --until go.rs >$@
"""


class HiddenPsi(ReadOnlyCgroup):
    """No pressure stall information, as with psi=0."""

    name = "no PSI"

    def prefix(self):
        *words, script, name = super().prefix()
        return [*words, f"mount -t tmpfs none /proc/pressure && {script}", name]

    def lacks(self):
        return super().lacks() or ("" if machine.have("mount") else "no mount")


class NoCgroupFileSystem(Place):
    """Cgroup v2 is not mounted."""

    name = "no cgroup"

    def lacks(self):
        return "" if machine.is_root() and machine.have("unshare") else "cannot unmount"

    def prefix(self):
        mounts = sorted(machine.read("/proc/self/mountinfo").splitlines(), key=lambda line: -len(line.split()[4]))
        points = [line.split()[4] for line in mounts if line.partition(" - ")[2].split()[0] == "cgroup2"]
        unmount = " && ".join(f'umount "{point}"' for point in points) or "true"
        return ["unshare", "--mount", "sh", "-c", f'{unmount} && exec "$@"', "sh"]


HIDDEN_PSI = HiddenPsi()
NO_CGROUP = NoCgroupFileSystem()


@in_each(HERE, USER, DELEGATED, READ_ONLY, HIDDEN_PSI, NO_CGROUP, OLD_KERNEL, NO_CONTINUE, UNREADABLE, *NO_PIDFD,
         *NO_SECCOMP)
class Degraded(Case):
    def expected_lines(self):
        """A missing gate or a missing tier is worth a line."""
        return 0 if self.place.tier == "full" and self.place.gate else 1

    def own_lines(self, run):
        return [line for line in run.err.splitlines() if line.startswith("memguard: ")]

    def test_what_is_missing_is_said_in_one_line(self):
        run = self.guarded(["true"])
        self.assertEqual(run.status, 0)
        self.assertEqual(len(self.own_lines(run)), self.expected_lines(), run.err)
        if not self.place.gate:
            self.assertIn("gate", run.err)
        if self.place.tier != "full":
            self.assertIn(f"tier {self.place.tier}", run.err)
            self.assertIn("kept by scheduling alone", run.err)
        self.assertLessEqual(len(run.err.splitlines()), 1)

    def test_and_once_and_not_when_that_tier_is_accepted(self):
        state = {"XDG_STATE_HOME": str(self.folder / "told")}
        first = self.guarded(["true"], environment=state)
        self.assertEqual(len(self.own_lines(first)), self.expected_lines(), first.err)
        for line in self.own_lines(first):
            self.assertLessEqual(len(line), 80)
        self.assertEqual(self.guarded(["true"], environment=state).err, "")
        if self.place.gate:
            self.assertEqual(self.guarded(["true"], ["--accept-tier", self.place.tier]).err, "")

    def test_and_not_when_it_is_to_be_quiet(self):
        self.assertEqual(self.guarded(["true"], ["--quiet"]).err, "")

    def test_the_build_works(self):
        if not machine.have("make"):
            self.skipTest("no make")
        (self.folder / "Makefile").write_text(MAKEFILE)
        (self.folder / "go.rs").touch()
        run = self.guarded(["make", "-s", "-j3"], ["--memory", "100MiB"])
        self.assertEqual(run.status, 0, run.err)
        self.assertEqual([machine.read(self.folder / f"{name}.out") for name in "abc"], ["done 30 MiB\n"] * 3)
        self.assertEqual(len(run.report()["job"]), 3)
        self.assertEqual(run.report()["lost"], 0)
        self.assert_nothing_left(run)

    def test_a_better_tier_can_be_required(self):
        if self.place.tier == "full":
            self.skipTest("there is no better one")
        run = self.guarded(["touch", "started"], ["--require-tier", "full"])
        self.assertEqual(run.status, 125)
        self.assertIn("full", run.err)
        self.assertIn(self.place.tier, run.err)
        self.assertFalse((self.folder / "started").exists())
        self.assert_nothing_left(run)
        doctor = self.plain([machine.memguard, "doctor", "--require-tier", "full"])
        self.assertEqual(doctor.returncode, 125)
        self.assertIn("tier full is required, this machine gives", doctor.stderr)
        self.assertIn("tier", doctor.stdout)

    def test_the_tier_there_is_can_be_required(self):
        run = self.guarded("exit 4", ["--require-tier", self.place.tier])
        self.assertEqual(run.status, 4)
        self.assertEqual(run.report()["tier"], self.place.tier)


@in_each(HERE, USER, READ_ONLY)
class NoGate(Case):
    """--no-gate: jobs are found by looking, and can be frozen."""

    def test_the_build_works_and_its_jobs_are_seen(self):
        run = self.start("./ld --ramp 30MiB:0.1s --until old.end", ["--no-gate", "--memory", self.limit])
        job = run.the("ld")
        self.assertEqual(job.status("Seccomp"), machine.Process("self").status("Seccomp"))
        run.until_looked()
        self.let_old_end()
        self.assert_ends(run)
        self.assertEqual([job["class"] for job in run.report()["job"]], ["link"])
        self.assertEqual(run.report()["held"], 0)

    def test_a_job_that_outgrows_what_is_left_is_frozen(self):
        words = "--until {0}.grow --ramp 150MiB:{1}s --until {0}.end"
        old, young = words.format("old", 0.5), words.format("young", 2)
        script = f"./cc1plus {old} & old=$!; read go; ./cc1 {young} && wait $old"
        run = self.start(script, ["--no-gate", "--memory", "240MiB", "--explain"])
        old = run.the("cc1plus")
        run.go()
        run.the("cc1")
        (self.folder / "old.grow").touch()
        machine.until(lambda: old.kilobytes("VmRSS") > 150 << 10, "the older job has grown")
        (self.folder / "young.grow").touch()
        run.until_stopped("cc1")
        self.let_end("old")
        self.let_end("young")
        self.assert_ends(run)

    def test_setuid_programs_work_in_the_build(self):
        run = self.guarded("grep NoNewPrivs /proc/self/status", ["--no-gate"])
        self.assertEqual(run.out, self.plain("grep NoNewPrivs /proc/self/status").stdout)


@in_each(HERE)
class Doctor(Case):
    def test_says_the_tier_that_a_run_has(self):
        doctor = self.plain([machine.memguard, "doctor"])
        self.assertEqual(doctor.returncode, 0)
        self.assertIn(self.place.tier, doctor.stdout)
        self.assertEqual("kept by scheduling alone" in doctor.stdout, self.place.tier != "full")

    def test_decides_by_the_tier_that_is_required(self):
        doctor = self.plain([machine.memguard, "doctor", "--require-tier", self.place.tier])
        self.assertEqual(doctor.returncode, 0, doctor.stderr)

    def test_says_whether_there_is_a_shim(self):
        self.assertIn("shim      yes", self.plain([machine.memguard, "doctor"]).stdout)
        self.assertIn("shim      not wanted: --no-restart",
                      self.plain([machine.memguard, "doctor", "--no-restart"]).stdout)
        alone = self.folder / "alone"
        alone.mkdir()
        shutil.copy(machine.memguard, alone / "memguard")
        self.assertIn("shim      no memguard-shim beside memguard", self.plain([alone / "memguard", "doctor"]).stdout)

    def test_leaves_no_cgroup(self):
        # Others' runs come and go meanwhile, but have a front that lives, or are about to be removed.
        def without_owner():
            names = os.listdir(machine.cgroup_mount()) if machine.cgroup_mount() else []
            return [name for name in names if re.fullmatch(r"memguard-\d+", name)
                    and not os.path.exists(f"/proc/{name.split('-')[1]}")]

        self.plain([machine.memguard, "doctor"])
        machine.until(lambda: not without_owner(), lambda: f"no tree is left: {without_owner()}")

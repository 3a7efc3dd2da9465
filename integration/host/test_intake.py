"""Every job is noticed, guarded to its end and accounted for: also many at once, and where the kernel says little."""
import subprocess

import machine
from harness import Case
from places import HERE, NO_PIDFD, UNREADABLE, USER, YAMA_ADMIN, Place, in_each

# Starts so many at once, and waits for all.
MANY = """
i=0
while [ $i -lt {count} ]; do ./rustc --source x.rs {words} >/dev/null & i=$((i+1)); done
wait
"""


class FewFiles(Place):
    """The hard limit of open files is low."""

    name = "few files"
    files = 64

    def prefix(self):
        return ["sh", "-c", f'ulimit -n {self.files} && exec "$@"', "sh"]


class PidNamespace(Place):
    """A pid namespace whose /proc is that of another; `start` is how what comes next is started in it."""

    def __init__(self, name, start="exec"):
        self.name = name
        self.start = start

    def lacks(self):
        if not machine.is_root() or not machine.have("unshare"):
            return "cannot make namespaces"
        can = subprocess.run([*self.prefix(), "true"], capture_output=True).returncode == 0
        return "" if can else "the kernel makes no pid namespace"

    def prefix(self):
        return ["unshare", "--pid", "--fork", "--kill-child", "sh", "-c", f'{self.start} "$@"', "sh"]


FEW_FILES = FewFiles()
PID_NAMESPACE = PidNamespace("pid namespace")
# Who may not mount cannot have a /proc of his own.
PID_NAMESPACE_USER = PidNamespace("pid namespace, user", "exec setpriv --reuid=65533 --regid=65533 --clear-groups --")


@in_each(HERE)
class Many(Case):
    def test_a_thousand_jobs_at_once_are_all_accounted_for(self):
        # So many that an exec takes seconds: it waits for a processor.
        run = self.start(MANY.format(count=1000, words="--ramp 2MiB:0.02s"), ["--memory", "300MiB"])
        self.assert_ends(run, patience=10 * machine.PATIENCE)
        self.assert_all_survived(run.report(), 1000)


@in_each(FEW_FILES, *NO_PIDFD)
class Unwatched(Case):
    """No descriptor tells that a job has ended."""

    def test_every_job_is_guarded_and_its_end_is_seen(self):
        run = self.start(MANY.format(count=60, words="--ramp 2MiB:0.02s"), ["--memory", "40MiB"])
        self.assert_ends(run, patience=2 * machine.PATIENCE)
        self.assert_all_survived(run.report(), 60)
        self.assertGreater(run.report()["held"], 30)

    def test_a_held_job_goes_on_when_the_older_one_ends(self):
        run = self.start_behind_old("./cc1 --ramp 20MiB:0.1s")
        run.until_held("cc1")
        self.let_old_end()
        self.assert_ends(run)


@in_each(FEW_FILES, HERE, USER)
class Descriptors(Case):
    def test_the_build_has_the_callers_limits(self):
        words = "ulimit -Sn; ulimit -Hn"
        self.assertEqual(self.guarded(words).out, self.plain(words).stdout)


@in_each(UNREADABLE, YAMA_ADMIN)
class Unreadable(Case):
    """What an exec is about can be read only when it is done."""

    def test_a_job_is_stopped_as_soon_as_it_is_seen(self):
        run = self.start_behind_old("./cc1 --ramp 90MiB:5s")
        job = run.until_stopped("cc1")
        self.assertLess(job.kilobytes("VmRSS"), 60 << 10)
        self.let_old_end()
        self.assert_ends(run)
        self.assertEqual(run.report()["held"], 1)
        self.assertEqual(len(run.report()["job"]), 2)


@in_each(PID_NAMESPACE)
class OtherProc(Case):
    """/proc shows another pid namespace, in which every pid is somebody else's."""

    def test_jobs_are_guarded_and_the_build_keeps_its_proc(self):
        run = self.guarded("./rustc --source x.rs --ramp 20MiB:0.2s; readlink /proc/self; pwd", ["--memory", "100MiB"])
        self.assertEqual(run.status, 0, run.err)
        self.assertEqual([job["outcome"] for job in run.report()["job"]], ["done"])
        done, seen, folder = run.out.splitlines()
        # A pid of the machine, where the namespace has but a few.
        self.assertGreater(int(seen), 50)
        self.assertEqual(folder, str(self.folder))


@in_each(PID_NAMESPACE_USER)
class UnusableProc(Case):
    def test_is_told_once_and_the_build_runs(self):
        run = self.guarded("echo built; exit 3", report=False)
        self.assertEqual(run.status, 3)
        self.assertEqual(run.out, "built\n")
        self.assertEqual(run.err.count("\n"), 1)
        self.assertIn("Nothing is guarded: /proc shows another pid namespace", run.err)

    def test_a_tier_that_is_required_is_not_there(self):
        run = self.guarded("touch started", ["--require-tier", "signal"], report=False)
        self.assertEqual(run.status, 125)
        self.assertFalse((self.folder / "started").exists())

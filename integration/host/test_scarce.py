"""Limits that are tight for memguard itself: it does with less and says so, and never crashes or loses a command."""
import itertools
import os
import subprocess

import machine
from harness import Case
from places import AsUser, in_each

_numbers = itertools.count()


class Alone(AsUser):
    """A user of whom nobody else on the machine has a process: RLIMIT_NPROC counts by user."""

    name = "alone"

    def __init__(self):
        self._uid = 0

    def lacks(self):
        return super().lacks() or ("" if machine.have("prlimit") else "no prlimit")

    def uid(self):
        return self._uid

    def enter(self):
        self._uid = 100000 + (os.getpid() % 20000) * 10 + next(_numbers) % 10

    def prefix(self):
        return ["setpriv", f"--reuid={self._uid}", f"--regid={self._uid}", "--clear-groups"]


ALONE = Alone()


@in_each(ALONE)
class Limits(Case):
    def run_below(self, limit, options=("--explain",), set_by="prefix"):
        """A held job and its older one, below `limit` of prlimit(1). `set_by` "outer": by root, to more than it was."""
        script = "./ld --hold 0.2s & ./cc1 --hold 0.1s; wait; exit 3"
        return self.guarded(script, ["--memory", "100MiB", *options], **{set_by: ["prlimit", limit]})

    def assert_guarded(self, run):
        self.assertEqual(run.status, 3, run.err)
        self.assertEqual([job["outcome"] for job in run.report()["job"]], ["done", "done"])
        self.assertNotIn("the supervisor failed", run.err)
        self.assertNotIn("terminate called", run.err)

    def test_of_locked_memory_are_no_matter(self):
        probe = ["prlimit", f"--memlock={400 << 20}", "true"]
        if subprocess.run(probe, capture_output=True, check=False).returncode != 0:
            self.skipTest("root may not raise RLIMIT_MEMLOCK here")
        for mebibytes in (0, 8, 92, 100, 112, 160, 200, 250, 300, 400):
            with self.subTest(mebibytes):
                self.assert_guarded(self.run_below(f"--memlock={mebibytes << 20}", set_by="outer"))

    def test_of_processes_cost_threads_and_helpers_and_no_build(self):
        words = set()
        for number in range(1, 13):
            with self.subTest(number):
                run = self.run_below(f"--nproc={number}")
                plain = subprocess.run([*self.place.prefix(), "prlimit", f"--nproc={number}", "sh", "-c",
                                        "./ld --hold 0.2s & ./cc1 --hold 0.1s; wait; exit 3"], cwd=self.folder,
                                       capture_output=True, check=False)
                self.assertNotIn("terminate called", run.err)
                self.assertNotIn("the supervisor failed", run.err)
                # A shell that cannot fork says so and ends with its own status: ours counts against the same limit.
                self.assertIn(run.status, {plain.returncode, 2})
                words |= {word for word in ("Nothing is guarded",) if word in run.err}
                self.assert_nothing_left(run)
        self.assertIn("Nothing is guarded", words)
        self.assert_guarded(self.run_below("--nproc=20"))

    def test_of_address_space_cost_threads_and_no_build(self):
        for mebibytes in (40, 60, 80, 100, 150, 200, 300, 400, 600):
            with self.subTest(mebibytes):
                run = self.run_below(f"--as={mebibytes << 20}")
                self.assertNotIn("terminate called", run.err)
                self.assertEqual(run.status, 3, run.err)
                self.assert_nothing_left(run)

"""`kill -9` of front, supervisor and keeper in every combination at random moments: nothing stays frozen or running.

MEMGUARD_TEST_ROUNDS: how often (default 14, twice each combination).
"""
import itertools
import os
import random
import signal

from harness import Case
from machine import Process, until
from places import HERE, READ_ONLY, in_each

ROUNDS = int(os.environ.get("MEMGUARD_TEST_ROUNDS", "14"))
OURS = ("memguard", "memguard-super", "mg-keeper")
COMBINATIONS = [names for count in (1, 2, 3) for names in itertools.combinations(OURS, count)]
# Four at a time, in the memory of two; some wait, some are frozen.
BUILD = "for i in 1 2 3 4; do for j in 1 2 3; do ./cc1 --ramp 60MiB:0.15s --hold 0.05s; done & done; wait"


@in_each(HERE, READ_ONLY)
class Rounds(Case):
    def round(self, names, generator):
        run = self.start(BUILD, ["--memory", "120MiB", "--no-history"])
        end = generator.uniform(0, 0.8)
        # The moment is random, and counted in what the build has done: a busy machine changes nothing.
        front = Process(run.process.pid)
        until(lambda: not front.alive or sum(p.comm == "cc1" for p in front.descendants()) >= 1, "the build runs")
        awaited = generator.randrange(1, 5)
        until(lambda: not front.alive or run.out.count("done") >= awaited * end, "the moment")
        targets = [p for p in run.processes() if p.comm in names]
        for process in targets:
            try:
                os.kill(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        status = run.wait()
        self.assert_nothing_left(run)
        if "memguard" not in names:
            self.assertEqual(status, 0, run.err)
            self.assertEqual(run.out.count("done"), 12)

    def test_of_kills_leave_nothing(self):
        seed = int.from_bytes(os.urandom(4), "little")
        generator = random.Random(seed)
        for number in range(ROUNDS):
            names = COMBINATIONS[number % len(COMBINATIONS)]
            with self.subTest(round=number, names=names, seed=seed):
                self.round(names, generator)
                self.runs.pop().destroy()

#!/usr/bin/env python3
"""What the gate adds to an exec: of a program that is no job, and of one that is.

    bench/exec_cost.py [--memguard FILE]

Two processes start the same program by turns, one of them under memguard, so that a machine that changes its speed
changes both: what is told are differences within pairs, over all of them.

For what is no job the whole life of the process counts, from spawn to wait. When posix_spawn(3) itself returns says
little there: the parent may have to wait for the new program only because the scheduler runs that first.
For a job it is that return which counts: how long its parent (cargo, make) was kept.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Started by turns: each line is an order for one program, whose times until spawned and until waited for are written.
SPAWNER = """
import os, sys, time
for line in sys.stdin:
    begin = time.perf_counter()
    pid = os.posix_spawn(sys.argv[1], [sys.argv[1], "x.rs"], os.environ)
    spawned = time.perf_counter()
    os.waitpid(pid, 0)
    print(spawned - begin, time.perf_counter() - begin, flush=True)
"""
UNTIL_SPAWNED, UNTIL_WAITED = 0, 1


class Spawner:
    """Starts one program each time it is asked."""

    def __init__(self, before: Sequence[str | Path], program: Path, environment: Mapping[str, str]) -> None:
        self.process = subprocess.Popen([*before, sys.executable, "-c", SPAWNER, program], text=True, env=environment,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __enter__(self) -> "Spawner":
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()

    def times(self) -> list[float]:
        """Seconds until the program was spawned, and until it had been waited for."""
        assert self.process.stdin and self.process.stdout
        print(file=self.process.stdin, flush=True)
        return [float(seconds) for seconds in self.process.stdout.readline().split()]


def at(part: float, values: list[float]) -> str:
    return f"{1e6 * sorted(values)[int(part * (len(values) - 1))]:.0f}"


def measure(label: str, memguard: Path, program: Path, which: int, count: int, pause: float) -> None:
    environment = {**os.environ, "XDG_STATE_HOME": str(program.parent)}
    plain, guarded = [], []
    with ExitStack() as both:
        one = both.enter_context(Spawner([], program, environment))
        other = both.enter_context(Spawner([memguard, "run", "--quiet", "--"], program, environment))
        for _ in range(count):
            plain.append(one.times()[which])
            guarded.append(other.times()[which])
            time.sleep(pause)
    added = [late - early for early, late in zip(plain, guarded)]
    print(f"{label}, {count} pairs, microseconds: plain {at(0.5, plain)} (p99 {at(0.99, plain)}), "
          f"guarded {at(0.5, guarded)} (p99 {at(0.99, guarded)}), "
          f"added {at(0.5, added)} (p25 {at(0.25, added)}, p75 {at(0.75, added)}, p99 {at(0.99, added)})", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--memguard", type=Path, default=ROOT / "build/bench/memguard")
    memguard = parser.parse_args().memguard.resolve()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for name in ("other", "rustc"):
            shutil.copy("/bin/true", work / name)
        measure("no job, spawn to wait", memguard, work / "other", UNTIL_WAITED, 4000, 0)
        measure("a job, until its parent goes on", memguard, work / "rustc", UNTIL_SPAWNED, 400, 0.05)
    return 0


if __name__ == "__main__":
    sys.exit(main())

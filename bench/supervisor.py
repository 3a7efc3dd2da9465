#!/usr/bin/env python3
"""What the supervisor costs: with 100 jobs running where memory is plentiful, with 1,000 held at once, and for looking
at processes that are no jobs, 500 next to 5, by turns.

    bench/supervisor.py [--running 100] [--held 1000] [--processes 500] [--pairs 3] [--seconds 20]
                        [--memguard FILE] [--hog FILE]

A number of 0 leaves its part out. The jobs are hogs that mostly sleep, started by make, with the usual soft limit of
1,024 open files. Of those that are held all have to come to their end, and nothing may be left. A "core" is one
processor for the time of the build, or of looking.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "bench/builds"))

import watched  # noqa: E402  (from the folder above)

MIB = 1 << 20


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--running", type=int, default=100)
    parser.add_argument("--held", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=500)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=20, help="for which they are watched")
    parser.add_argument("--memguard", type=Path, default=ROOT / "build/bench/memguard")
    parser.add_argument("--hog", type=Path, default=ROOT / "build/bench/integration/victims/hog")
    return parser.parse_args()


def write(folder: Path, hog: Path, jobs: int, steps: str, program: str) -> None:
    (folder / program).symlink_to(hog)
    (folder / "Makefile").write_text(
        f".PHONY: all\nall: $(addsuffix .o,$(shell seq {jobs}))\n%.o:\n\t@exec ./{program} {steps} -o $@ >/dev/null\n")


def build(given: argparse.Namespace, jobs: int, memory: str, steps: str) -> dict[str, Any]:
    """What memguard reported of a build of `jobs` jobs, all at once, and how many processes it had at most."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, given.hog.resolve(), jobs, steps, "cc1plus")
        command: Sequence[str | Path] = [
            given.memguard.resolve(), "run", "--memory", memory, "--swap", "none", "--no-history", "--json",
            folder / "run.json", "--", "make", "-rs", f"-j{jobs}", "all"]
        front = subprocess.Popen(command, cwd=folder, start_new_session=True, preexec_fn=as_usual)
        most = 0
        while front.poll() is None:
            most = max(most, hogs(front.pid))
            time.sleep(0.5)
        told: dict[str, Any] = json.loads((folder / "run.json").read_text())
        made = len(list(folder.glob("*.o")))
    return told | {"most": most, "made": made, "left": len(watched.members(front.pid))}


def as_usual() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(1024, hard), hard))


def hogs(session: int) -> int:
    """Processes of the session that run the compiler, or wait to be it: all but memguard's three and make."""
    return max(len(watched.members(session)) - 4, 0)


def say(what: str, jobs: int, told: dict[str, Any]) -> bool:
    cpu, wall = told["supervisor_cpu_seconds"], told["wall_seconds"]
    good = told["exit_status"] == 0 and told["made"] == jobs and told["left"] == 0 and told["lost"] == 0
    print(f"{jobs} {what}: {'all ended, nothing left' if good else 'FAILED'}; at most {told['most']} at once, "
          f"{told['held']} held; {wall:.1f} s, supervisor {cpu:.2f} s of a processor ({100 * cpu / wall:.2f} % of a "
          f"core), {told['supervisor_peak_bytes'] / MIB:.1f} MiB; peak {told['peak_bytes'] / MIB:.0f} of "
          f"{told['limit_bytes'] / MIB:.0f} MiB", flush=True)
    return bool(good)


def own_time(front: int) -> float:
    """Processor time in seconds of the front, and of those of our name that it started."""
    total = 0
    for process in Path("/proc").glob("[0-9]*"):
        try:
            ours = (process / "comm").read_text().startswith(("memguard", "mg-"))
            if ours and str(front) in (process.name, watched.parent_of((process / "stat").read_text())):
                total += sum(int((task / "schedstat").read_text().split()[0]) for task in process.glob("task/*"))
        except OSError:  # it has ended
            continue
    return total / 1e9


def unknown(session: int) -> int:
    """Processes of the session that run the program which is no compiler."""
    return sum("(unknown)" in stat for stat in watched.members(session).values())


def share_beside(given: argparse.Namespace, jobs: int) -> float:
    """Of a core, while so many processes are there and none starts or ends. The limit leaves less than 1 GiB: with more
    nobody looks."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, given.hog.resolve(), jobs, f"--ramp 3MiB:0.02s --wait {given.seconds + 20}s", "unknown")
        command: Sequence[str | Path] = [
            given.memguard.resolve(), "run", "--memory", f"{4 * jobs + 128}MiB", "--no-history", "--", "make", "-rs",
            f"-j{jobs}"]
        front = subprocess.Popen(command, cwd=folder, start_new_session=True, preexec_fn=as_usual)
        while unknown(front.pid) < jobs and front.poll() is None:
            time.sleep(0.5)
        time.sleep(3)
        before, began = own_time(front.pid), time.monotonic()
        time.sleep(given.seconds)
        used, took = own_time(front.pid) - before, time.monotonic() - began
        if unknown(front.pid) < jobs:
            watched.kill_all(front.pid)
            raise SystemExit(f"the build of {jobs} processes ended too early ({front.poll()})")
        front.wait()
    return used / took


def look(given: argparse.Namespace) -> None:
    """By turns, so that a machine that becomes slower does so for both."""
    more = [100 * (share_beside(given, given.processes) - share_beside(given, 5)) for _ in range(given.pairs)]
    print(f"{given.processes} processes that are no jobs, next to 5: {statistics.median(more):.2f} % of a core more "
          f"({min(more):.2f} to {max(more):.2f}, {len(more)} pairs of {given.seconds} s)", flush=True)


def main() -> int:
    given = options()
    os.sync()
    good = []
    if given.running:
        good.append(say("running", given.running, build(given, given.running, "100%",
                                                        "--share 0.001 --ramp 8MiB:5s --hold 25s")))
    if given.held:
        good.append(say("held", given.held, build(given, given.held, "1GiB", "--share 0.03 --ramp 64MiB:0.3s")))
    if given.processes:
        look(given)
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())

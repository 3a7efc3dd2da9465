#!/usr/bin/env python3
"""From the moment the supervisor wakes up to look, to each freeze being written: median and 99th percentile.

    bench/freeze_delay.py [--workload links] [--part 0.2] [--scale 1] [--memguard FILE] [--hog FILE]

A build of hogs is run by make under memguard, with strace(1) on the supervisor, which makes all of it slower: the truth
is shorter. Between wake-up and freeze lie the reading of memory and pressure, the policy and the way to the thread that
writes. Attaching needs root, or kernel.yama.ptrace_scope=0.
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "bench/builds"))

import build_files  # noqa: E402  (from the folder above)
import workloads  # noqa: E402

CALLS = "epoll_wait,epoll_pwait,epoll_pwait2,read,openat,write,pidfd_send_signal"
LINE = re.compile(r"(?P<thread>\d+) +(?P<at>\d+\.\d+) (?P<call>.*)")


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workload", choices=tuple(workloads.MAKERS), default="links")
    parser.add_argument("--part", type=float, default=0.2, help="of the study's jobs")
    parser.add_argument("--scale", type=float, default=1, help="of the study's sizes")
    parser.add_argument("--memguard", type=Path, default=ROOT / "build/bench/memguard")
    parser.add_argument("--hog", type=Path, default=ROOT / "build/bench/integration/victims/hog")
    return parser.parse_args()


def is_supervisor(process: Path, front: int) -> bool:
    """By name and parent, proc_pid_stat(5)."""
    try:
        name, _, after = (process / "stat").read_text().partition("(")[2].rpartition(")")
        return name == "memguard-super" and int(after.split()[1]) == front
    except OSError:  # it has ended
        return False


def supervisor_of(front: subprocess.Popen[bytes]) -> int:
    while front.poll() is None:
        for process in Path("/proc").glob("[0-9]*"):
            if is_supervisor(process, front.pid):
                return int(process.name)
        time.sleep(0.01)
    sys.exit(f"memguard ended with {front.returncode} before its supervisor was found")


def delays(lines: Iterable[str], main_thread: int) -> Iterator[float]:
    """Seconds from the first call after a wait to each write of a freeze. `lines` are strace -f -ttt's."""
    woke = 0.0
    waited = True
    freezing: set[int] = set()
    for found in filter(None, map(LINE.match, lines)):
        thread, at, call = int(found["thread"]), float(found["at"]), found["call"]
        waits = call.startswith("epoll") or "epoll" in call and "resumed" in call
        if thread == main_thread:
            if waited and not waits:
                woke = at
            waited = waits
        if "pidfd_send_signal(" in call and "SIGSTOP" in call:
            yield at - woke
        if 'openat(' in call:
            (freezing.add if '"cgroup.freeze"' in call else freezing.discard)(thread)
        if call.startswith("write(") and '"1"' in call and thread in freezing:
            freezing.discard(thread)
            yield at - woke


def trace(given: argparse.Namespace, folder: Path) -> list[float]:
    workload = workloads.make(given.workload, 1, given.part, given.scale)
    build_files.write(workload, folder, given.hog.resolve())
    front = subprocess.Popen([given.memguard.resolve(), "run", "--memory", str(workload.limit), "--swap", "none",
                              "--no-history", "--", "make", "-s", f"-j{workload.parallel}", "all"],
                             cwd=folder, start_new_session=True)
    try:
        supervisor = supervisor_of(front)
        log = folder / "strace"
        subprocess.run(["strace", "-f", "-ttt", "-qq", "-e", f"trace={CALLS}", "-o", log, "-p", str(supervisor)],
                       check=True)
        with log.open() as lines:
            return sorted(delays(lines, supervisor))
    finally:
        front.terminate()
        front.wait()


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        seen = trace(options(), Path(folder))
    if not seen:
        sys.exit("nothing was frozen; take another --workload or a larger --part")
    middle, high = seen[len(seen) // 2], seen[int(0.99 * (len(seen) - 1))]
    print(f"{len(seen)} freezes, wake-up to write: median {1e3 * middle:.2f} ms, p99 {1e3 * high:.2f} ms, "
          f"most {1e3 * seen[-1]:.2f} ms")
    return 0


if __name__ == "__main__":
    sys.exit(main())

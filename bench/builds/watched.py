"""Limits that are only watched: what all processes of a build have together is added up, and a build that passes its
limit is ended and lost, as by the kernel's memory.max. For machines whose cgroup v2 has no memory controller.

What is counted is anonymous memory (proc_pid_status(5), RssAnon), which is all that a hog takes and nearly all of what
cannot be given back. Passing is seen 20 to 50 ms late, so it flatters every contender a little, and all alike.
"""

import os
import signal
from pathlib import Path

from arena import Arena, Build, Order, Run

SAMPLE_SECONDS = 0.02


def after_name(stat: str) -> list[str]:
    """Fields of proc_pid_stat(5) from the third on; the name before them may hold anything, spaces and brackets too."""
    return stat.rpartition(")")[2].split()


def session_of(stat: str) -> int:
    return int(after_name(stat)[3])


def state_of(stat: str) -> str:
    return after_name(stat)[0]


def parent_of(stat: str) -> str:
    return after_name(stat)[1]


def stack_of(stat: str) -> str:
    """Where it begins: elsewhere after each exec."""
    return after_name(stat)[25]


def anonymous(process: Path) -> int:
    """Nothing of a zombie or of one that is gone."""
    try:
        lines = (process / "status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("RssAnon:")), 0)


def members(session: int) -> dict[Path, str]:
    """All processes of a session that have not ended, with their stat; what nobody waits for may stay a zombie for
    long."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            stat = (process / "stat").read_text()
        except OSError:  # it has ended
            continue
        if session_of(stat) == session and state_of(stat) != "Z":
            found[process] = stat
    return found


def is_its_parent_still(process: Path, stats: dict[Path, str]) -> bool:
    """Forked, no other program yet, and with the same memory (a sixteenth for what happens between two readings)."""
    parent = Path("/proc", parent_of(stats[process]))
    if parent not in stats or stack_of(stats[process]) != stack_of(stats[parent]):
        return False
    return abs(anonymous(process) - anonymous(parent)) <= anonymous(parent) / 16


def used(session: int) -> int:
    """Between vfork and exec a rustc that starts its linker is there twice, and counts once."""
    stats = members(session)
    return sum(anonymous(process) for process in stats if not is_its_parent_still(process, stats))


def kill_all(session: int) -> None:
    while pids := [int(process.name) for process in members(session)]:
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue


class Watched(Arena):
    has_high = False

    def run(self, order: Order) -> Run:
        peak = 0
        with Build(order) as build:
            session = build.process.pid
            while not (ended := build.ended_within(SAMPLE_SECONDS)) and build.seconds() < order.patience:
                now = used(session)
                peak = max(peak, now)
                if now > order.limit.at(build.seconds()):
                    break
            seconds = build.seconds()
        passed = not ended and seconds < order.patience
        if not order.guards:
            kill_all(session)
        return Run(build.process.returncode, seconds, peak, int(passed), not ended and not passed)

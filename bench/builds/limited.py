"""Limits kept by the kernel: each build in a cgroup of its own with memory.max and no swap."""

import os
import time
from pathlib import Path

from arena import Arena, Build, Limit, Order, Run, Theft


class NoLimits(Exception):
    """This process may not limit memory; says what would help."""


def hierarchy() -> Path:
    """Where cgroup v2 is mounted: not at /sys/fs/cgroup on hybrid hosts."""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, where, kind, *_ = line.split()
        if kind == "cgroup2":
            return Path(where)
    raise NoLimits("no cgroup v2 hierarchy is mounted here")


def own_cgroup(top: Path) -> Path:
    lines = Path("/proc/self/cgroup").read_text().splitlines()
    return top / next(line[3:].lstrip("/") for line in lines if line.startswith("0::"))


def sweep(home: Path) -> None:
    """Ends what a benchmark that was killed left behind."""
    for group in home.glob("bench-*"):
        if not Path("/proc", group.name.split("-")[1]).exists():
            remove(group)


def prepare() -> Path:
    """The cgroup below which limited ones are made. A delegated one is emptied first: no process may sit in an inner
    cgroup (cgroup-v2.rst, "No Internal Process Constraint")."""
    top = hierarchy()
    home = own_cgroup(top)
    if "memory" not in (home / "cgroup.controllers").read_text().split():
        raise NoLimits(f"{home} has no memory controller")
    try:
        if home != top:
            leaf = home / "bench"
            leaf.mkdir(exist_ok=True)
            (leaf / "cgroup.procs").write_text(str(os.getpid()))
        (home / "cgroup.subtree_control").write_text("+memory")
        sweep(home)
    except OSError as error:
        raise NoLimits(f"{error.filename}: {error.strerror}; this cgroup is not delegated to you") from error
    return home


def oom_kills(group: Path) -> int:
    pairs = (line.split() for line in (group / "memory.events").read_text().splitlines())
    return {key: int(value) for key, value in pairs}.get("oom_kill", 0)


def write_limit(group: Path, limit: Limit) -> None:
    (group / "memory.max").write_text(str(limit.bytes))
    if limit.high:
        (group / "memory.high").write_text(str(limit.high))
    if (group / "memory.swap.max").exists():
        (group / "memory.swap.max").write_text("0")


class Limited(Arena):
    has_high = True

    def __init__(self) -> None:
        self.home = prepare()
        self.hierarchy = hierarchy()

    def run(self, order: Order) -> Run:
        group = self.home / f"bench-{os.getpid()}"
        group.mkdir()
        try:
            if not order.guards:
                write_limit(group, order.limit)
            return run_in(group, order)
        finally:
            remove(group)


def steal(group: Path, limit: Limit, theft: Theft, build: Build) -> None:
    """The kernel reclaims and kills as it would for a neighbour in the same cgroup."""
    ended = build.ended_within(theft.begin)
    while not ended and build.seconds() < theft.end:
        (group / "memory.max").write_text(str(limit.at(build.seconds())))
        ended = build.ended_within(0.2)
    (group / "memory.max").write_text(str(limit.at(theft.end)))


def run_in(group: Path, order: Order) -> Run:
    with Build(order, lambda: (group / "cgroup.procs").write_text(str(os.getpid()))) as build:
        if order.limit.theft and not order.guards:
            steal(group, order.limit, order.limit.theft, build)
        gave_up = not build.ended_within(max(order.patience - build.seconds(), 0))
        seconds = build.seconds()
    peak = int((group / "memory.peak").read_text()) if (group / "memory.peak").exists() else 0
    return Run(build.process.returncode, seconds, peak, oom_kills(group), gave_up)


def remove(group: Path) -> None:
    (group / "cgroup.kill").write_text("1")
    for below in group.iterdir():
        if below.is_dir():
            remove(below)
    while True:
        try:
            return group.rmdir()
        except OSError:
            time.sleep(0.01)

"""Runs a command in a cgroup of its own with a limit, and says what it cost."""

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path


class NoLimits(Exception):
    """This process may not limit memory; says what would help."""


@dataclass(frozen=True)
class Run:
    """`seconds` of wall time; `peak` in bytes; `gave_up` when it took longer than it was given."""

    status: int
    seconds: float
    peak: int
    oom_kills: int
    gave_up: bool = False


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
    for group in home.glob("bench-*-*"):
        if not Path("/proc", group.name.split("-")[1]).exists():
            remove(group)


def prepare() -> Path:
    """The cgroup below which limited ones are made. A delegated one is emptied first: no process may sit in an inner
    cgroup (cgroup-v2.rst, "No Internal Process Constraint")."""
    top = hierarchy()
    home = own_cgroup(top)
    if "memory" not in (home / "cgroup.controllers").read_text().split():
        raise NoLimits(f"{home} has no memory controller; on a machine with systemd run this by\n"
                       "  systemd-run --user --scope -p Delegate=yes ./dev bench")
    try:
        if home != top:
            leaf = home / "bench"
            leaf.mkdir(exist_ok=True)
            (leaf / "cgroup.procs").write_text(str(os.getpid()))
        (home / "cgroup.subtree_control").write_text("+memory")
        sweep(home)
    except OSError as error:
        raise NoLimits(f"{error.filename}: {error.strerror}; this cgroup is not delegated to you. Try\n"
                       "  systemd-run --user --scope -p Delegate=yes ./dev bench") from error
    return home


def events(group: Path) -> dict[str, int]:
    pairs = (line.split() for line in (group / "memory.events").read_text().splitlines())
    return {key: int(value) for key, value in pairs}


def run(home: Path, name: str, command: list[str], folder: Path, limit: int, patience: float, high: int = 0,
        environment: dict[str, str] | None = None) -> Run:
    """With memory.max `limit` and no swap; `high` is memory.high. 0: no limit of ours."""
    group = home / f"bench-{os.getpid()}-{name}"
    group.mkdir()
    if limit:
        (group / "memory.max").write_text(str(limit))
        if (group / "memory.swap.max").exists():
            (group / "memory.swap.max").write_text("0")
    if high:
        (group / "memory.high").write_text(str(high))
    try:
        return run_in(group, command, folder, patience, environment)
    finally:
        remove(group)


def run_in(group: Path, command: list[str], folder: Path, patience: float, environment: dict[str, str] | None) -> Run:
    def enter() -> None:
        os.setsid()
        (group / "cgroup.procs").write_text(str(os.getpid()))

    begin = time.monotonic()
    process = subprocess.Popen(command, cwd=folder, preexec_fn=enter, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, env={**os.environ, **(environment or {})})
    try:
        status, gave_up = process.wait(patience), False
    except subprocess.TimeoutExpired:
        status, gave_up = end(process, group), True
    except BaseException:  # Ctrl-C: the build has a session of its own and does not hear of it
        end(process, group)
        raise
    seconds = time.monotonic() - begin
    peak = int((group / "memory.peak").read_text()) if (group / "memory.peak").exists() else 0
    return Run(status, seconds, peak, events(group).get("oom_kill", 0), gave_up)


def end(process: subprocess.Popen, group: Path) -> int:
    """memguard, which leaves `group` for cgroups of its own, is asked; what is still in it is killed."""
    os.killpg(process.pid, signal.SIGTERM)
    (group / "cgroup.kill").write_text("1")
    return process.wait()


def remove(group: Path) -> None:
    (group / "cgroup.kill").write_text("1")
    while True:
        try:
            return group.rmdir()
        except OSError:
            time.sleep(0.01)

"""Ways to run the same build under the same limit."""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import limited
import workloads
from workloads import Workload


@dataclass(frozen=True)
class Result:
    """One build by one contender: `peak` in bytes, `fixed` for a plain -j, `counts` are memguard's own."""

    contender: str
    ended: bool
    seconds: float
    peak: int
    oom_kills: int
    gave_up: bool
    fixed: bool = False
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Field:
    """Where all of them run: the workload's folder, the cgroup above theirs, make or ninja, seconds for each."""

    workload: Workload
    folder: Path
    home: Path
    driver: str
    memguard: Path
    patience: float


def build_command(field: Field, jobs: int, flavour: str = "") -> list[str]:
    file = f"Makefile{flavour}" if field.driver == "make" else f"build{flavour}.ninja"
    quiet = "-s" if field.driver == "make" else "--quiet"
    return [field.driver, quiet, "-f", file, f"-j{jobs}"] + (["all"] if field.driver == "make" else [])


def clean(field: Field) -> None:
    workloads.clean(field.workload, field.folder)
    for leftover in (".ninja_log", ".ninja_deps"):
        (field.folder / leftover).unlink(missing_ok=True)
    os.sync()


def plain(field: Field, name: str, command: list[str], high: int = 0) -> Result:
    clean(field)
    ran = limited.run(field.home, "plain", command, field.folder, field.workload.limit, field.patience, high)
    ended = ran.status == 0 and workloads.all_made(field.workload, field.folder)
    return Result(name, ended, ran.seconds, ran.peak, ran.oom_kills, ran.gave_up)


def fixed(field: Field, jobs: int) -> Result:
    return replace(plain(field, f"-j{jobs}", build_command(field, jobs)), fixed=True)


def throttled(field: Field) -> Result:
    """memory.high a tenth below memory.max: what MemoryHigh= of a systemd unit does."""
    jobs = field.workload.parallel
    return plain(field, f"-j{jobs}, MemoryHigh", build_command(field, jobs), int(0.9 * field.workload.limit))


def one_linker(field: Field) -> Result:
    """The linker wrapped in flock(1): compiles in parallel, one link at a time."""
    jobs = field.workload.parallel
    return plain(field, f"-j{jobs}, flock", build_command(field, jobs, "-flock"))


def guarded(field: Field, state: Path, name: str) -> Result:
    """memguard with the history in `state`; it makes its own cgroups, so ours has no limit."""
    clean(field)
    report = state / "run.json"
    command = [str(field.memguard), "run", "--memory", str(field.workload.limit), "--swap", "none", "--json", str(report)]
    ran = limited.run(field.home, "memguard", [*command, "--", *build_command(field, field.workload.parallel)],
                      field.folder, 0, field.patience, environment={"XDG_STATE_HOME": str(state)})
    told = json.loads(report.read_text()) if report.exists() else {}
    counts = {key: told.get(key, 0) for key in ("held", "frozen", "evicted", "restarted", "lost")}
    ended = ran.status == 0 and workloads.all_made(field.workload, field.folder)
    return Result(name, ended, ran.seconds, told.get("peak_bytes", 0), told.get("oom_kills", 0), ran.gave_up, counts=counts)


def guarded_twice(field: Field) -> Iterator[Result]:
    state = field.folder / "state"
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir()
    yield guarded(field, state, "memguard, first")
    yield guarded(field, state, "memguard, second")

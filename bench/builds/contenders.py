"""Ways to run the same build under the same limit."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Timer

from arena import Arena, Limit, Order, Theft
from drivers import Driver
from machine import meminfo
from workloads import Workload

THEFT_SECONDS = 10


@dataclass(frozen=True)
class Result:
    """One build by one contender: `peak` in bytes, `fixed` for a plain -j, `told` is what memguard reported."""

    contender: str
    ended: bool
    seconds: float
    peak: int
    oom_kills: int
    gave_up: bool
    fixed: bool = False
    told: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Field:
    """Where all of them run: the build and who drives it, its folder, what keeps the limit, seconds for each."""

    workload: Workload
    folder: Path
    arena: Arena
    driver: Driver
    memguard: Path
    hog: Path
    patience: float

    def limit(self) -> Limit:
        made = self.workload
        begin, end = made.thief_after, made.thief_after + THEFT_SECONDS
        return Limit(made.limit, theft=Theft(begin, end, made.limit // 2) if made.thief_after else None)


def clean(field: Field) -> None:
    field.driver.clean()
    os.sync()  # or the build before is still being written, at the cost of the next


def plain(field: Field, name: str, command: list[str], high: int = 0,
          environment: Mapping[str, str] | None = None) -> Result:
    clean(field)
    ran = field.arena.run(Order(command, field.folder, replace(field.limit(), high=high), field.patience,
                                environment=environment))
    ended = ran.status == 0 and field.driver.all_made()
    return Result(name, ended, ran.seconds, ran.peak, ran.oom_kills, ran.gave_up)


def fixed(field: Field, jobs: int) -> Result:
    return replace(plain(field, f"-j{jobs}", field.driver.command(jobs)), fixed=True)


def throttled(field: Field) -> Result:
    """memory.high a tenth below memory.max: what MemoryHigh= of a systemd unit does."""
    jobs = field.workload.parallel
    return plain(field, f"-j{jobs}, MemoryHigh", field.driver.command(jobs), int(0.9 * field.workload.limit))


def one_linker(field: Field) -> Result:
    """The linker wrapped in flock(1): compiles in parallel, one link at a time."""
    jobs = field.workload.parallel
    return plain(field, f"-j{jobs}, flock",
                 field.driver.one_linker(jobs), environment=field.driver.one_linker_environment())


def by_load(field: Field) -> Result:
    """make starts no job while the load is above that of all processors at work."""
    jobs, load = field.workload.parallel, os.cpu_count() or 1
    while os.getloadavg()[0] > 0.3:  # of the build before, which is not this one's
        time.sleep(1)
    return plain(field, f"-j{jobs} -l{load}", [*field.driver.command(jobs), f"-l{load}"])


def by_parallel(field: Field, option: str) -> Result:
    """GNU parallel, told the size of the largest job, as its manual advises; --memfree kills and starts again."""
    jobs = field.workload.parallel
    return plain(field, f"parallel, {option}", ["parallel", "--will-cite", f"-j{jobs}", "--retries", "100",
                                                f"--{option}", str(field.workload.largest), "-a", "jobs"])


def with_earlyoom(field: Field) -> Result:
    """earlyoom ends what has most memory when a tenth of the limit is left, as it does of the whole by default."""
    jobs, left = field.workload.parallel, field.workload.limit >> 10
    watcher = subprocess.Popen(["earlyoom", "-r", "0", "-M", f"{left // 10},{left // 20}"], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        return plain(field, f"-j{jobs}, earlyoom", field.driver.command(jobs))
    finally:
        watcher.terminate()
        watcher.wait()


# Its suspending needs a cgroup of its own, with all that it starts beside it.
MAKE_ROOM_FOR_MBX = """top=$1 and=$(sed -n s/^0:://p /proc/self/cgroup); shift
mkdir "$top$and/mbx" "$top$and/build"
echo 0 > "$top$and/build/cgroup.procs"
echo +memory +pids > "$top$and/cgroup.subtree_control"
MBX_SCHEDULER_SUSPEND=1 MBX_SCHEDULER_CGROUP_ROOT=$top$and/mbx exec "$@"
"""


def by_mbx(field: Field, mbx: Path) -> Result:
    """mr-boxington on a first build: it has nothing in its cache and has learnt nothing. By itself it plans with 85 %
    of what the kernel lets it have. Only where the kernel keeps the limit."""
    state = field.folder / "mbx"
    shutil.rmtree(state, ignore_errors=True)
    cargo, *words = field.driver.command(field.workload.parallel)
    assert cargo == "cargo" and field.arena.hierarchy
    command = ["sh", "-c", MAKE_ROOM_FOR_MBX, "sh", str(field.arena.hierarchy), str(mbx), *words]
    return plain(field, f"-j{field.workload.parallel}, mbx", command, environment={"MBX_CACHE_DIR": str(state)})


@contextmanager
def thief(field: Field, theft: Theft | None) -> Iterator[list[str]]:
    """Another program of this machine, which memguard is told to leave room for: gives the options that tell it."""
    if theft is None:
        yield []
        return
    stolen: list[subprocess.Popen[bytes]] = []
    command = [str(field.hog), "--share", "0.03", "--ramp", f"{theft.bytes >> 20}MiB:{theft.end - theft.begin}s",
               "--wait", "100000s"]
    begin: Callable[[], None] = lambda: stolen.append(subprocess.Popen(command))
    timer = Timer(theft.begin, begin)
    timer.start()
    try:
        yield ["--keep-free", str(meminfo("MemAvailable") - field.workload.limit)]
    finally:
        timer.cancel()
        timer.join()
        for process in stolen:
            process.kill()
            process.wait()


def guarded(field: Field, state: Path, name: str) -> Result:
    """memguard with the history in `state`; it makes its own cgroups, so ours has no limit."""
    clean(field)
    report = state / "run.json"
    report.unlink(missing_ok=True)
    limit = field.limit()
    with thief(field, limit.theft) as options:
        # Where the machine is the limit, that is for memguard to find out.
        memory = [] if field.arena.is_machine else ["--memory", str(limit.bytes), "--swap", "none"]
        command = [str(field.memguard), "run", *memory, "--json", str(report), *options, "--",
                   *field.driver.command(field.workload.parallel)]
        ran = field.arena.run(Order(command, field.folder, limit, field.patience, guards=True,
                                    environment={"XDG_STATE_HOME": str(state)}))
    told = json.loads(report.read_text()) if report.exists() else {}
    numbers = {key: value for key, value in told.items() if isinstance(value, (int, float))}
    ended = ran.status == 0 and field.driver.all_made()
    return Result(name, ended, ran.seconds, max(ran.peak, told.get("peak_bytes", 0)),
                  ran.oom_kills + told.get("oom_kills", 0), ran.gave_up, told=numbers)


def guarded_twice(field: Field) -> Iterator[Result]:
    state = field.folder / "state"
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir()
    yield guarded(field, state, "memguard, first")
    yield guarded(field, state, "memguard, second")

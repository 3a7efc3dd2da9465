"""A limit that is the machine's: another program keeps all memory but the limit, and cannot be killed for it.

For helps that look at the memory of the machine and not at a build's: earlyoom, GNU parallel. Needs root, and a machine
without swap for which nobody else has a use, such as a virtual one: the kernel kills whoever comes in its way.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from arena import Arena, Build, Order, Run

MIB = 1 << 20
SAMPLE_SECONDS = 0.05
NEVER, AS_USUAL = "-1000", "0"


class NoMachine(Exception):
    """This machine cannot be the limit; says why."""


def kib(path: str, name: str) -> int:
    """A line `NAME: NUMBER kB`; 0 where there is none."""
    lines = Path(path).read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)


def meminfo(name: str) -> int:
    return kib("/proc/meminfo", name) << 10


def oom_kills() -> int:
    lines = Path("/proc/vmstat").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)


def spare(pid: int | str, score: str = NEVER) -> None:
    """From the kernel's OOM killer; earlyoom goes by the same score."""
    Path(f"/proc/{pid}/oom_score_adj").write_text(score)


class Machine(Arena):
    has_high = False
    is_machine = True

    def __init__(self, hog: Path) -> None:
        if os.geteuid() != 0:
            raise NoMachine("only root may spare a program from the OOM killer")
        if meminfo("SwapTotal"):
            raise NoMachine("this machine has swap")
        self.hog = hog
        spare("self")

    @contextmanager
    def filled(self, limit: int) -> Iterator[None]:
        """While it lasts this machine has `limit` bytes to give."""
        Path("/proc/sys/vm/drop_caches").write_text("3")
        ballast: list[subprocess.Popen[bytes]] = []
        try:
            # Once more where some came back meanwhile, of what had just ended. Near it is all there is.
            while (left := (meminfo("MemAvailable") - limit) // MIB) > 0.02 * limit // MIB + 4:
                ballast.append(self.take(left))
            if left < -0.05 * limit // MIB:
                raise NoMachine(f"it has less than {limit // MIB} MiB")
            yield
        finally:
            for process in ballast:
                process.kill()
                process.wait()

    def take(self, mib: int) -> "subprocess.Popen[bytes]":
        """A program that has so much, and keeps it."""
        taker = subprocess.Popen([self.hog, "--share", "0.01", "--ramp", f"{mib}MiB:0.1s", "--wait", "100000s"])
        spare(taker.pid)
        while taker.poll() is None and kib(f"/proc/{taker.pid}/status", "VmRSS") < mib << 10:
            time.sleep(0.05)
        return taker

    def run(self, order: Order) -> Run:
        with self.filled(order.limit.bytes):
            begin, kills, least = meminfo("MemAvailable"), oom_kills(), order.limit.bytes
            with Build(order, lambda: spare("self", AS_USUAL)) as build:
                while not (ended := build.ended_within(SAMPLE_SECONDS)) and build.seconds() < order.patience:
                    least = min(least, meminfo("MemAvailable"))
                seconds = build.seconds()
            return Run(build.process.returncode, seconds, begin - least, oom_kills() - kills, not ended)

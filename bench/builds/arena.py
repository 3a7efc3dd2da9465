"""Where a build runs: with its limit kept by the kernel, or watched where the kernel cannot."""

import os
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType


@dataclass(frozen=True)
class Theft:
    """Another program takes `bytes`, evenly from second `begin` to second `end` of the build, and keeps them."""

    begin: float
    end: float
    bytes: int

    def taken(self, seconds: float) -> int:
        return int(self.bytes * min(max((seconds - self.begin) / (self.end - self.begin), 0), 1))


@dataclass(frozen=True)
class Limit:
    """Bytes: `high` is memory.high, 0 for none."""

    bytes: int
    high: int = 0
    theft: Theft | None = None

    def at(self, seconds: float) -> int:
        return self.bytes - (self.theft.taken(seconds) if self.theft else 0)


@dataclass(frozen=True)
class Run:
    """`seconds` of wall time; `peak` in bytes; `gave_up` when it took longer than it was given."""

    status: int
    seconds: float
    peak: int
    oom_kills: int
    gave_up: bool = False


@dataclass(frozen=True)
class Order:
    """What is run where, for `patience` seconds at most. `guards` when it keeps to the limit by itself."""

    command: Sequence[str]
    folder: Path
    limit: Limit
    patience: float
    guards: bool = False
    environment: Mapping[str, str] | None = None


class Arena(ABC):
    """Runs one build after the other."""

    has_high: bool
    is_machine = False
    hierarchy: Path | None = None  # where cgroup v2 is mounted, if builds have cgroups of their own

    @abstractmethod
    def run(self, order: Order) -> Run:
        """To its end, to the end of patience, or to a kill for memory. Nothing of it is left."""


class Build:
    """A build in a session of its own; used by `with`, which ends it."""

    def __init__(self, order: Order, enter: Callable[[], object] = lambda: None) -> None:
        """`enter` is called in the new process first."""
        def begin() -> None:
            os.setsid()
            enter()

        self.begin = time.monotonic()
        self.process = subprocess.Popen(order.command, cwd=order.folder, preexec_fn=begin, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, env={**os.environ, **(order.environment or {})})

    def __enter__(self) -> "Build":
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: TracebackType | None) -> None:
        """After Ctrl-C too: the build has a session of its own and does not hear of it. memguard ends all it began."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait()

    def seconds(self) -> float:
        return time.monotonic() - self.begin

    def ended_within(self, seconds: float) -> bool:
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

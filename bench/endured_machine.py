"""The processes and cgroups of one memguard run, and how its supervisor is killed over and over."""

import os
import random
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread
from types import TracebackType


def read(path: Path) -> str:
    """Empty when it is gone."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def living_with(mark: str) -> Iterator[tuple[int, str]]:
    """Number and name of each process whose environment has `mark` (NAME=VALUE)."""
    for process in Path("/proc").glob("[0-9]*"):
        if mark in read(process / "environ").split("\0"):
            yield int(process.name), read(process / "comm").strip()


def cgroups_of(front: int) -> list[Path]:
    """What the run whose first process is `front` has in any cgroup v2 hierarchy: its own groups and its scope."""
    mounts = [Path(words[1]) for words in map(str.split, read(Path("/proc/self/mounts")).splitlines())
              if words[2] == "cgroup2"]
    name = re.compile(rf"memguard-{front}(\D.*)?")
    return [Path(above) / below for mount in mounts for above, folders, _ in os.walk(mount)
            for below in folders if name.fullmatch(below)]


def becomes(condition: Callable[[], bool], patience: float = 20) -> bool:
    """Waits for what must happen soon."""
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def frozen(groups: list[Path]) -> list[Path]:
    return [below for group in groups for below in group.glob("**/") if "frozen 1" in read(below / "cgroup.events")]


def leftovers(mark: str, front: int) -> Iterator[str]:
    """What a run that has ended left behind, after some patience: the kernel and systemd take a moment."""
    if not becomes(lambda: not list(living_with(mark))):
        yield "left processes " + ", ".join(f"{name} ({number})" for number, name in living_with(mark))
    if not becomes(lambda: not cgroups_of(front)):
        yield f"left cgroups {', '.join(map(str, cgroups_of(front)))}"
        if stopped := frozen(cgroups_of(front)):
            yield f"left frozen {', '.join(map(str, stopped))}"


class Killer:
    """kill -9 of the supervisor at random moments, as often as `every` says, while it is used by `with`."""

    def __init__(self, mark: str, every: tuple[float, float] | None, dice: random.Random) -> None:
        self.killed = 0
        self._mark = mark
        self._every = every
        self._dice = dice
        self._over = Event()
        self._thread = Thread(target=self._work)

    def __enter__(self) -> "Killer":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def _work(self) -> None:
        while self._every and not self._over.wait(self._dice.uniform(*self._every)):
            for number, name in living_with(self._mark):
                if name == "memguard-super":
                    self._kill(number)

    def _kill(self, number: int) -> None:
        try:
            os.kill(number, signal.SIGKILL)
            self.killed += 1
        except ProcessLookupError:
            pass

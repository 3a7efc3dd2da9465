#!/usr/bin/env python3
"""What looking at a build costs: `memguard top` beside 1,000 jobs, and the supervisor for each status it serves.

    bench/live_view.py [--jobs 1000] [--seconds 20] [--memguard FILE] [--hog FILE]

The jobs are hogs that mostly sleep, started by make, of which most are held. The supervisor is measured for as long
with nobody looking, with `top` on a screen of 80 by 24, and with as many clients as it takes asking as often as it
answers. A "core" is one processor for that time.
"""

import argparse
import json
import os
import pty
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CLIENTS = 16
TICKS = os.sysconf("SC_CLK_TCK")


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--memguard", type=Path, default=ROOT / "build/bench/memguard")
    parser.add_argument("--hog", type=Path, default=ROOT / "build/bench/integration/victims/hog")
    return parser.parse_args()


def cpu_seconds(pid: int) -> float:
    """Of all threads of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def child_named(front: int, name: str) -> int:
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "comm").read_text().strip() == name:
                if int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1]) == front:
                    return int(entry.name)
        except OSError:
            pass
    raise SystemExit(f"no {name} below {front}")


def socket_of(front: int) -> str:
    uid = os.geteuid()
    folders = [os.environ.get("XDG_RUNTIME_DIR", "/nowhere") + "/memguard", f"/run/user/{uid}/memguard",
               "/run/memguard", f"/tmp/memguard-{uid}"]
    for folder in folders:
        for path in Path(folder).glob(f"{front}-*"):
            return str(path)
    raise SystemExit("the run has no socket")


def jobs_of(path: str) -> int:
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(path)
        line.sendall(b'{"version":1,"do":"status"}\n')
        return len(json.loads(line.makefile().readline())["run"]["jobs"])


def start(given: argparse.Namespace, folder: Path) -> "subprocess.Popen[bytes]":
    (folder / "cc1plus").symlink_to(given.hog.resolve())
    steps = "--share 0.001 --ramp 8MiB:1s --wait 1000s"
    (folder / "Makefile").write_text(
        f".PHONY: all\nall: $(addsuffix .o,$(shell seq {given.jobs}))\n%.o:\n\t@exec ./cc1plus {steps} -o $@\n")
    return subprocess.Popen([given.memguard.resolve(), "run", "--memory", "2GiB", "--no-history", "--quiet", "--",
                             "make", "-rs", f"-j{given.jobs}", "all"], cwd=folder, start_new_session=True,
                            stderr=subprocess.DEVNULL)


def wait_for(given: argparse.Namespace, front: int) -> str:
    until = time.monotonic() + 300
    while time.monotonic() < until:
        time.sleep(1)
        try:
            path = socket_of(front)
            if jobs_of(path) >= given.jobs:
                return path
        except (SystemExit, OSError):
            pass
    raise SystemExit("the jobs did not all come")


def look_by_top(given: argparse.Namespace, front: int) -> float:
    """The share of a core that it takes, drawing on a terminal that somebody reads."""
    master, slave = pty.openpty()
    os.set_blocking(master, True)
    env = os.environ | {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "LINES": "24", "COLUMNS": "80"}
    top = subprocess.Popen([given.memguard.resolve(), "top", "--pid", str(front)], stdin=slave, stdout=slave,
                           stderr=slave, env=env)
    threading.Thread(target=drain, args=(master,), daemon=True).start()
    time.sleep(2)
    before = cpu_seconds(top.pid)
    time.sleep(given.seconds)
    used: float = (cpu_seconds(top.pid) - before) / given.seconds
    top.terminate()
    top.wait()
    return used


def drain(master: int) -> None:
    try:
        while os.read(master, 65536):
            pass
    except OSError:
        pass


def ask_without_a_pause(path: str, until: float, counts: list[int]) -> None:
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(path)
        replies = line.makefile("rb")
        while time.monotonic() < until:
            line.sendall(b'{"version":1,"do":"status"}\n')
            counts.append(len(replies.readline()))


def look_hard(given: argparse.Namespace, path: str) -> list[int]:
    """The sizes of the replies that CLIENTS clients got."""
    counts: list[int] = []
    until = time.monotonic() + given.seconds
    threads = [threading.Thread(target=ask_without_a_pause, args=(path, until, counts)) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return counts


def main() -> int:
    given = options()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(65536, hard), hard))
    with tempfile.TemporaryDirectory() as name:
        run = start(given, Path(name))
        try:
            path = wait_for(given, run.pid)
            supervisor = child_named(run.pid, "memguard-super")
            before = cpu_seconds(supervisor)
            time.sleep(given.seconds)
            alone = (cpu_seconds(supervisor) - before) / given.seconds
            before = cpu_seconds(supervisor)
            top = look_by_top(given, run.pid)
            with_top = (cpu_seconds(supervisor) - before) / (given.seconds + 2)
            before = cpu_seconds(supervisor)
            replies = look_hard(given, path)
            with_many = (cpu_seconds(supervisor) - before) / given.seconds
        finally:
            run.terminate()
            run.wait()
    print(f"{given.jobs} jobs: top {100 * top:.2f} % of a core; supervisor {100 * alone:.2f} % alone, "
          f"{100 * with_top:.2f} % with top, {100 * with_many:.2f} % with {CLIENTS} clients that ask without a pause "
          f"({len(replies) / given.seconds:.0f} replies a second of {replies[-1] / 1024:.0f} KiB)")
    limit = 0.02
    return 0 if top < limit else 1


if __name__ == "__main__":
    sys.exit(main())

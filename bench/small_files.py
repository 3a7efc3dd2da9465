#!/usr/bin/env python3
"""What memguard costs a build of many small C files, which starts a program every few milliseconds.

    bench/small_files.py [--memguard FILE] [--files 500] [--jobs N] [--pairs 8] [--write docs/BENCHMARKS.md]

The same make runs by turns without memguard and with it. What counts is the ratio of each guarded build to the mean of
the plain ones before and after it: of wall time, and of the processor time of all its processes together. How many
execs a compile is, strace(1) tells where it is there: gcc looks for `as` in each folder of PATH, so that is the same on
all machines: what a user of Debian has (/etc/login.defs, ENV_PATH).
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "bench/builds"))
import written  # noqa: E402

PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games"

MAKEFILE = """OBJECTS := $(patsubst %.c,%.o,$(wildcard *.c))
all: $(OBJECTS)
%.o: %.c
\t@gcc -O1 -c $< -o $@
"""


@dataclass
class Took:
    """Seconds."""
    wall: float
    cpu: float


def write_project(folder: Path, files: int) -> None:
    (folder / "Makefile").write_text(MAKEFILE)
    for number in range(files):
        (folder / f"unit{number}.c").write_text(
            "#include <stdio.h>\n#include <string.h>\n"
            f"int unit{number}(int a, const char *text) {{ return a * {number} + (int)strlen(text); }}\n")


class Builds:
    def __init__(self, folder: Path, jobs: int, memguard: Path) -> None:
        self.folder = folder
        self.command = ["make", f"-j{jobs}"]
        self.report = folder / "run.json"
        self.guard = [str(memguard), "run", "--quiet", "--json", str(self.report), "--"]
        self.environment = {**os.environ, "PATH": PATH, "XDG_STATE_HOME": str(folder)}

    def run(self, before: list[str]) -> Took:
        for made in self.folder.glob("*.o"):
            made.unlink()
        used, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run([*before, *self.command], cwd=self.folder, env=self.environment, check=True)
        wall, now = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
        return Took(wall, now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime)

    def supervisor_cpu(self) -> float:
        return float(json.loads(self.report.read_text())["supervisor_cpu_seconds"])


def execs_of_a_compile(folder: Path) -> str:
    if not shutil.which("strace"):
        return "?"
    (folder / "unit0.o").unlink(missing_ok=True)
    traced = subprocess.run(["strace", "-f", "-e", "trace=execve", "make", "unit0.o"], cwd=folder, check=True,
                            env={**os.environ, "PATH": PATH}, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
                            text=True)
    return str(sum("execve(" in line for line in traced.stderr.splitlines()) - 1)


def measure(given: argparse.Namespace, folder: Path) -> str:
    builds = Builds(folder, given.jobs, given.memguard.resolve())
    builds.run([])
    plain, guarded, supervisor = [builds.run([])], [], []
    for pair in range(given.pairs):
        guarded.append(builds.run(builds.guard))
        supervisor.append(builds.supervisor_cpu())
        plain.append(builds.run([]))
        print(f"plain {plain[-1].wall:.2f} s, guarded {guarded[-1].wall:.2f} s", file=sys.stderr)
    means = [Took((a.wall + b.wall) / 2, (a.cpu + b.cpu) / 2) for a, b in zip(plain, plain[1:])]
    wall = statistics.median(g.wall / p.wall for g, p in zip(guarded, means))
    cpu = statistics.median(g.cpu / p.cpu for g, p in zip(guarded, means))
    added = statistics.median(g.cpu - p.cpu for g, p in zip(guarded, means)) / given.files
    own = statistics.median(supervisor) / given.files
    execs = execs_of_a_compile(folder)
    text = (f"{given.files} files, `-j{given.jobs}` on {os.cpu_count()} processors, {given.pairs} pairs: plain "
            f"{statistics.median(p.wall for p in plain):.1f} s; guarded takes {wall:.3f} times as long, and "
            f"{cpu:.3f} times the processor time. A compile is {execs} execs, as `as` is in the second folder of PATH. "
            f"memguard adds {added * 1e6:.0f} us of processor time to it, {own * 1e6:.0f} of them the supervisor's.")
    return textwrap.fill(text, 120, break_on_hyphens=False, break_long_words=False) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--memguard", type=Path, default=ROOT / "build/bench/memguard")
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="the -j of make")
    parser.add_argument("--pairs", type=int, default=8)
    parser.add_argument("--write", type=Path, metavar="PAGE", help="puts the result into a page of docs/")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write_project(Path(folder), given.files)
        result = measure(given, Path(folder))
    print(result, end="")
    if given.write:
        written.put(given.write, "small-files", result)
    return 0


if __name__ == "__main__":
    sys.exit(main())

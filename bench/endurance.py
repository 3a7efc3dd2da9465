#!/usr/bin/env python3
"""The same build N times under memguard, disturbed, and everything about each run checked.

    bench/endurance.py [--workload heavy] [--runs 20] [--memory 299MiB] [--swap none] [--kill-supervisor 2-5]

A run has ended well when its status is 0, nothing was lost, what it made is what an undisturbed build makes, no process
or cgroup of it is left, and its record replays to the same decisions. Exit status: 0 when all have, else 1.
"""

import argparse
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import endured_machine
from endured_builds import ROOT, Build, Heavy, Links, Made

# Of the largest job's peak: what a build is given by --memory auto.
ROOM = 1.15


@dataclass(frozen=True)
class Run:
    """`faults`: why it has not ended well. `equal`: how many artifacts have the bytes of the undisturbed build's."""

    number: int
    status: int
    seconds: float
    killed: int
    artifacts: int
    equal: int
    faults: list[str]
    told: dict[str, Any] = field(default_factory=dict)

    def line(self, of: int) -> str:
        numbers = ", ".join(f"{self.told.get(key, '?')} {key.replace('oom_kills', 'OOM kills')}"
                            for key in ("held", "frozen", "evicted", "oom_kills", "lost"))
        verdict = f"FAILED: {'; '.join(self.faults)}" if self.faults else "ended well"
        return (f"run {self.number} of {of}: {verdict}: {self.seconds:.1f} s, {numbers}, "
                f"{self.killed} supervisors killed, {self.equal} of {self.artifacts} artifacts equal by bytes")


def seconds_range(text: str) -> tuple[float, float]:
    low, _, high = text.partition("-")
    return float(low), float(high or low)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workload", choices=("heavy", "links", "links-rustc"), default="heavy",
                        help="links-rustc: jobs that can be started again")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--jobs", type=int, help="default 8, and 16 links")
    parser.add_argument("--memory", help=f"auto: {ROOM} times the largest job's peak at -j1 (default; of links 512MiB)")
    parser.add_argument("--swap", default="none", help="as memguard's option; empty for the machine's")
    parser.add_argument("--kill-supervisor", type=seconds_range, metavar="S-S", help="kill -9 every so many seconds")
    parser.add_argument("--keep-history", action="store_true", help="each run knows what those before needed")
    parser.add_argument("--packages", default=os.environ.get("HEAVY_PACKAGES", ""), help="of heavy; default all")
    parser.add_argument("--link-seconds", type=float, default=3, help="how long a link takes")
    parser.add_argument("--patience", type=float, default=1200, help="seconds for one run")
    parser.add_argument("--seed", type=int, default=1, help="of the moments of kills")
    parser.add_argument("--memguard", type=Path, default=ROOT / "build/bench/memguard")
    parser.add_argument("--hog", type=Path, default=ROOT / "build/bench/integration/victims/hog")
    parser.add_argument("--heavy", type=Path, default=ROOT / "examples/heavy", help="where that workspace is")
    parser.add_argument("--folder", type=Path, help="where to build (default: a temporary folder)")
    parser.add_argument("--keep", type=Path, help="report, record and stderr of each run, one folder a run")
    parser.add_argument("--json", type=Path, help="all runs")
    return parser.parse_args()


class Series:
    """Runs of one build, after an undisturbed one."""

    def __init__(self, given: argparse.Namespace, build: Build, folder: Path) -> None:
        self.given = given
        self.build = build
        self.folder = folder
        self.jobs = given.jobs or (8 if given.workload == "heavy" else 16)
        self.dice = random.Random(given.seed)
        self.undisturbed = self._undisturbed()
        wanted = given.memory or build.memory
        self.memory = self._measured() if wanted == "auto" else wanted

    def _environment(self) -> dict[str, str]:
        own = {key: value for key, value in os.environ.items() if not key.startswith(("MEMGUARD_", "XDG_STATE"))}
        return {**own, "XDG_STATE_HOME": str(self.folder / "state"), "XDG_CONFIG_HOME": str(self.folder / "config")}

    def _undisturbed(self) -> Made:
        self.build.clean()
        # make takes RUSTC_WRAPPER where a job has a rustc; here there is none.
        subprocess.run(self.build.command(1), check=True, stdout=subprocess.DEVNULL, env=self._environment())
        return self.build.made()

    def _measured(self) -> str:
        """Of the largest single job, without a limit worth the name."""
        self.build.clean()
        report = self.folder / "measured.json"
        subprocess.run([self.given.memguard, "run", "--no-history", "--quiet", "--json", report, "--",
                        *self.build.command(1)], check=True, stdout=subprocess.DEVNULL, env=self._environment())
        largest = max(job["peak_bytes"] for job in json.loads(report.read_text())["job"])
        print(f"the largest job takes {largest / 2**20:.0f} MiB, the limit is {ROOM} times that", flush=True)
        return str(int(ROOM * largest))

    def run(self, number: int) -> Run:
        kept = self.given.keep / f"run-{number}" if self.given.keep else self.folder / "run"
        shutil.rmtree(kept, ignore_errors=True)
        kept.mkdir(parents=True)
        if not self.given.keep_history:
            shutil.rmtree(self.folder / "state", ignore_errors=True)
        self.build.clean()
        os.sync()
        return self._observe(number, kept)

    def _observe(self, number: int, kept: Path) -> Run:
        mark = f"ENDURANCE={os.getpid()}-{number}"
        begin = time.monotonic()
        with (kept / "stderr").open("wb") as stderr:
            front = subprocess.Popen(self._command(kept), stdout=subprocess.DEVNULL, stderr=stderr,
                                     stdin=subprocess.DEVNULL, start_new_session=True,
                                     env=self._environment() | dict([mark.split("=")]))
        with endured_machine.Killer(mark, self.given.kill_supervisor, self.dice) as killer:
            status = ended(front, self.given.patience)
        seconds = time.monotonic() - begin
        told = report_of(kept / "report.json")
        made = self.build.made()
        faults = [*faults_of(status, told), *self._differences(made), *endured_machine.leftovers(mark, front.pid),
                  *self._replay_faults(kept / "record")]
        equal = sum(made.get(name) == artifact for name, artifact in self.undisturbed.items())
        return Run(number, status, seconds, killer.killed, len(self.undisturbed), equal, faults, told)

    def _command(self, kept: Path) -> list[str | Path]:
        swap = ["--swap", self.given.swap] if self.given.swap else []
        return [self.given.memguard, "run", "--memory", self.memory, *swap, "--explain", "--json", kept / "report.json",
                "--record", kept / "record", "--", *self.build.command(self.jobs)]

    def _differences(self, made: Made) -> Iterator[str]:
        """A program need not have the same bytes, if it prints the same; rustc does not promise more."""
        for name, (digest, text) in self.undisturbed.items():
            if name not in made:
                yield f"{name} was not made"
            elif made[name][1] != text or not text and made[name][0] != digest:
                yield f"{name} is not what an undisturbed build makes"

    def _replay_faults(self, record: Path) -> Iterator[str]:
        replay = subprocess.run([self.given.memguard, "simulate", "--replay", record], stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, text=True, errors="replace")
        if replay.returncode:
            yield f"the replay differs: {replay.stderr.strip() or replay.returncode}"


def ended(front: subprocess.Popen[bytes], patience: float) -> int:
    """Its status; a run that does not end is ended."""
    try:
        return front.wait(patience)
    except subprocess.TimeoutExpired:
        front.terminate()
        front.wait()
        return 124
    except BaseException:  # Ctrl-C and SIGTERM: it has a session of its own and hears of neither
        front.terminate()
        front.wait()
        raise


def report_of(file: Path) -> dict[str, Any]:
    told = json.loads(file.read_text()) if file.exists() else {}
    return {key: value for key, value in told.items() if key != "job"}


def faults_of(status: int, told: dict[str, Any]) -> Iterator[str]:
    if status:
        yield "out of time" if status == 124 else f"exit status {status}"
    if not told:
        yield "no report"
    elif told["lost"]:
        yield f"{told['lost']} lost"


def summary(runs: list[Run]) -> str:
    def total(key: str) -> int:
        return sum(run.told.get(key, 0) for run in runs)

    seconds = [run.seconds for run in runs]
    killed = sum(run.killed for run in runs)
    return (f"{sum(not run.faults for run in runs)} of {len(runs)} ended well: {total('evicted')} evicted, "
            f"{total('oom_kills')} OOM kills, {total('lost')} lost, {killed} supervisors killed; "
            f"seconds {min(seconds):.1f} to {max(seconds):.1f}, median {statistics.median(seconds):.1f}")


def build_of(given: argparse.Namespace, folder: Path) -> Build:
    if given.workload == "heavy":
        return Heavy(folder, given.packages.split(), given.heavy.resolve())
    return Links(folder, given.workload == "links-rustc", given.hog.resolve(), given.link_seconds)


def main() -> int:
    given = options()
    given.memguard = given.memguard.resolve()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    runs: list[Run] = []
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        series = Series(given, build_of(given, Path(folder)), Path(folder))
        for number in range(1, given.runs + 1):
            runs.append(series.run(number))
            print(runs[-1].line(given.runs), flush=True)
            if given.json:  # after each, so that a series that is cut off has told what it knew
                given.json.write_text(json.dumps([asdict(run) for run in runs], indent=1) + "\n")
    print(summary(runs))
    return 1 if any(run.faults for run in runs) else 0


if __name__ == "__main__":
    sys.exit(main())

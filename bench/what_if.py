#!/usr/bin/env python3
"""How right `memguard report` is about a build with more memory.

    bench/what_if.py [--manifest FILE] [--memory 360MiB,420MiB] [--jobs 4] [--rounds 3] [--again 3]
                      [--memguard FILE]

A cargo workspace is built in each limit, as on a first build: memguard knows nothing of its jobs. Its report says what
the same build had taken with so much memory. Then that is done, --again times: with so much memory, by a memguard that
knows the first build and no other. A row has what was said, what it took (median), and the one divided by the other.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "bench/builds"))

import written  # noqa: E402  (from the folder above)

SAID = re.compile(r"with ([0-9.]+ [KMG]iB): about ([0-9.]+) (s|min)")


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--manifest", type=Path, default=ROOT / "examples/heavy/Cargo.toml")
    parser.add_argument("--memory", default="360MiB,420MiB", help="limits of the first build")
    parser.add_argument("--jobs", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--again", type=int, default=3, help="builds with so much memory: a machine is noisy")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="puts the table into a page of docs/")
    parser.add_argument("--memguard", type=Path, default=ROOT / "build/bench/memguard")
    given = parser.parse_args()
    if given.again < 1:
        parser.error("--again is how many builds a median is taken of: at least 1")
    return given


class Workspace:
    """One workspace, its target and memguard's memory of it in a folder that is thrown away."""

    def __init__(self, args: argparse.Namespace, folder: Path):
        self.args, self.folder = args, folder
        self.environment = {**os.environ, "XDG_STATE_HOME": str(folder / "state"), "XDG_CONFIG_HOME": str(folder)}

    def built(self, memory: str) -> tuple[float, Path]:
        """Seconds of a whole build, and its report."""
        target, report = self.folder / "target", self.folder / "report.json"
        shutil.rmtree(target, ignore_errors=True)
        command = [self.args.memguard, "run", "--memory", memory.replace(" ", ""), "--json", report, "--", "cargo",
                   "build", "--release", "--offline", f"-j{self.args.jobs}", "--target-dir", target,
                   "--manifest-path", self.args.manifest]
        subprocess.run(command, env=self.environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        return float(json.loads(report.read_text())["wall_seconds"]), report

    def said(self, report: Path) -> tuple[str, float] | None:
        """What the report says of more memory: how much, and seconds."""
        text = subprocess.run([self.args.memguard, "report", report], env=self.environment, check=True, text=True,
                              stdout=subprocess.PIPE).stdout
        found = SAID.search(text)
        return (found[1], float(found[2]) * (60 if found[3] == "min" else 1)) if found else None

    def keep(self) -> None:
        """What memguard knows after the first build."""
        shutil.rmtree(self.folder / "kept", ignore_errors=True)
        shutil.copytree(self.folder / "state", self.folder / "kept")

    def built_after_the_first(self, memory: str) -> float:
        self.forget()
        shutil.copytree(self.folder / "kept", self.folder / "state")
        return self.built(memory)[0]

    def forget(self) -> None:
        shutil.rmtree(self.folder / "state", ignore_errors=True)


def row(workspace: Workspace, memory: str) -> tuple[str, float | None]:
    """A line of the table, and what was said next to what it took."""
    workspace.forget()
    first, report = workspace.built(memory)
    workspace.keep()
    said = workspace.said(report)
    if said is None:
        return f"| {memory} | {first:.1f} s | nothing | | |", None
    then = statistics.median(workspace.built_after_the_first(said[0]) for _ in range(workspace.args.again))
    ratio = said[1] / then
    return f"| {memory} | {first:.1f} s | {said[0]}: {said[1]:.1f} s | {then:.1f} s | {ratio:.2f} |", ratio


def main() -> int:
    args = options()
    lines = ["| limit | first build | said | took | said / took |", "|---|---:|---:|---:|---:|"]
    known = []
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(args, Path(folder))
        for memory in args.memory.split(",") * args.rounds:
            line, ratio = row(workspace, memory)
            print(line, flush=True)
            lines.append(line)
            known += [] if ratio is None else [ratio]
    if known:
        lines += ["", f"Said / took: median {statistics.median(known):.2f}, {min(known):.2f} to {max(known):.2f}."]
        print(lines[-1])
    if args.write:
        written.put(args.write, "what-if", "\n".join(lines))
    return 0 if known else 1


if __name__ == "__main__":
    sys.exit(main())

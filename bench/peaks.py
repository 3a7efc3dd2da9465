#!/usr/bin/env python3
"""How near the peaks that memguard measures are to those the kernel accounts.

    bench/peaks.py [--manifest FILE] [--linkers rust,bfd,lld,mold] [--memguard FILE] [--json FILE]

A Rust workspace is built by cargo at -j1 under memguard, whose report has a peak for each job, while each rustc and
each linker puts itself into a cgroup of its own, beside memguard's, which is the truth: of the same process, because
peaks of one rustc differ from build to build. What counts is what reclaim without swap cannot take, so that page cache
and the text of programs do not: the highest anon + shmem + kernel of memory.stat, read every 2 ms. memory.peak is not
used: it counts page cache, also of files that are gone at the end.
Without a memory controller to be had the truth is read of the process itself every millisecond: RssAnon + RssShmem +
VmPTE.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
Row = dict[str, Any]
LINKERS = {"rust": None, "bfd": "ld.bfd", "lld": "ld.lld", "mold": "ld.mold"}

# Becomes the real program, in a cgroup of its own beside the one it is in, where that can have memory.stat. What it was
# before is charged elsewhere.
WRAPPER = """#!/bin/sh
group=$(sed -n s/^0:://p /proc/self/cgroup)
leaf="/sys/fs/cgroup${{group%/*}}/truth-$$"
mkdir "$leaf" 2>/dev/null && {{ [ -e "$leaf/memory.stat" ] || {{ rmdir "$leaf"; false; }} }} || leaf=
printf '%s\\0' "$leaf" "$@" > "{spool}/$$" && mv "{spool}/$$" "{spool}/$$.{kind}" || exit 125
[ -z "$leaf" ] || echo $$ > "$leaf/cgroup.procs" || exit 125
exec {real} "$@"
"""


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--manifest", type=Path, default=ROOT / "examples/heavy/Cargo.toml")
    parser.add_argument("--linkers", default="rust,bfd", help=", ".join(LINKERS))
    parser.add_argument("--memguard", type=Path, default=ROOT / "build/bench/memguard")
    parser.add_argument("--target", type=Path, help="folder for what cargo builds, else one below the temporary one")
    parser.add_argument("--json", type=Path, help="every job, for programs")
    return parser.parse_args()


def numbers(path: Path) -> dict[str, int]:
    """Lines `name value` or `Name: value kB`; empty when it is gone."""
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return {}
    words = [line.replace(":", " ").split() for line in lines]
    return {w[0]: int(w[1]) for w in words if len(w) > 1 and w[1].isdigit()}


def unreclaimable_of_leaf(leaf: Path) -> int:
    stat = numbers(leaf / "memory.stat")
    return stat.get("anon", 0) + stat.get("shmem", 0) + stat.get("kernel", 0) - stat.get("slab_reclaimable", 0)


def unreclaimable_of_process(pid: str) -> int:
    """VmHWM is not used: it counts the pages of files too, which may have been unmapped since."""
    kib = numbers(Path(f"/proc/{pid}/status"))
    return (kib.get("RssAnon", 0) + kib.get("RssShmem", 0) + kib.get("VmPTE", 0)) << 10


def job_of(arguments: list[str], kind: str) -> tuple[str, str] | None:
    """What memguard calls it: class, and crate or output. Nothing for calls that only ask."""
    def after(option: str) -> str:
        return arguments[arguments.index(option) + 1] if option in arguments[:-1] else ""

    if kind == "link":
        output = after("-o")
        return ("link", Path(output).name) if output else None
    crate = after("--crate-name")
    kinds = after("--crate-type")
    return ("rustc", f"{crate} {kinds}") if crate and crate != "___" else None


class Process:
    """One rustc or linker that a wrapper put into the spool."""

    def __init__(self, entry: Path):
        self.entry, self.pid = entry, entry.stem
        leaf, *arguments = entry.read_text().split("\0")
        self.leaf = Path(leaf) if leaf else None
        self.job = job_of(arguments, entry.suffix[1:])
        self.peak = 0

    def look(self) -> None:
        now = unreclaimable_of_leaf(self.leaf) if self.leaf else unreclaimable_of_process(self.pid)
        self.peak = max(self.peak, now)

    def is_over(self) -> bool:
        """Its cgroup can be removed once nothing is in it."""
        if Path(f"/proc/{self.pid}/exe").exists():
            return False
        try:
            if self.leaf:
                self.leaf.rmdir()
        except OSError:
            return False
        self.entry.unlink()
        return True


class Truth:
    """Follows what the wrappers put into the spool."""

    def __init__(self, spool: Path):
        self.spool = spool
        self.running: dict[str, Process] = {}
        self.peaks: dict[tuple[str, str], int] = {}
        self.of_cgroup = False

    def look(self) -> None:
        for name in os.listdir(self.spool):
            if "." in name and name not in self.running:
                self.running[name] = Process(self.spool / name)
        for name, process in list(self.running.items()):
            process.look()
            if process.is_over():
                self.note(self.running.pop(name))

    def note(self, process: Process) -> None:
        self.of_cgroup = self.of_cgroup or process.leaf is not None
        if process.job:
            self.peaks[process.job] = max(self.peaks.get(process.job, 0), process.peak)


def cargo(given: argparse.Namespace) -> list[str]:
    return ["cargo", "build", "--release", "--offline", "--quiet", "-j1", "--manifest-path", str(given.manifest)]


def environment(given: argparse.Namespace, work: Path, linker: str, programs: Path) -> dict[str, str]:
    flags = ["-Clink-self-contained=-linker", f"-Clink-arg=-B{programs}"]
    flags.append(f"-Clink-arg=-fuse-ld={'lld' if linker == 'rust' else linker}")
    return {**os.environ, "CARGO_TARGET_DIR": str(given.target or work / "target"), "RUSTFLAGS": " ".join(flags),
            "XDG_STATE_HOME": str(work / "state")}


class Build:
    """One build with one linker, and what is told of it."""

    def __init__(self, given: argparse.Namespace, work: Path, linker: str):
        self.given, self.work = given, work
        programs, self.spool = work / "programs", work / "spool"
        for folder in (programs, self.spool):
            folder.mkdir()
        program = linker_program(linker)
        flavor = " -flavor gnu" if program.name == "rust-lld" else ""
        self.wrap(programs / ("ld.lld" if linker == "rust" else str(LINKERS[linker])), "link", f"{program}{flavor}")
        self.wrap(work / "wrapper", "rustc", "")
        self.environment = {**environment(given, work, linker, programs), "RUSTC_WRAPPER": str(work / "wrapper")}
        self.truth = Truth(self.spool)

    def wrap(self, program: Path, kind: str, real: str) -> None:
        program.write_text(WRAPPER.format(spool=self.spool, kind=kind, real=real))
        program.chmod(0o755)

    def run(self) -> None:
        subprocess.run(["cargo", "clean", "--quiet", "--manifest-path", self.given.manifest], env=self.environment,
                       check=True)
        build = subprocess.Popen([self.given.memguard, "run", "--quiet", "--json", self.work / "run.json", "--",
                                  *cargo(self.given)], env=self.environment)
        while build.poll() is None:
            self.truth.look()
            time.sleep(0.002 if self.truth.of_cgroup else 0.001)
        if build.returncode:
            sys.exit(f"the build ended with {build.returncode}")

    def measured(self) -> dict[tuple[str, str], int]:
        """By memguard; 0 for a job that history does not believe."""
        memory = self.work / "history.json"
        subprocess.run([self.given.memguard, "history", "--export", memory], env=self.environment, check=True)
        believed = {run["peak_bytes"] for unit in json.loads(memory.read_text())["units"] for run in unit["runs"]}
        found: dict[tuple[str, str], int] = {}
        for job in json.loads((self.work / "run.json").read_text())["job"]:
            name = Path(job["output"]).name if job["class"] == "link" else f"{job['crate']} {job['output']}"
            found[job["class"], name] = job["peak_bytes"] if job["peak_bytes"] in believed else 0
        return found


def linker_program(linker: str) -> Path:
    """The real one; rustc's own is only below its sysroot."""
    if linker != "rust":
        return Path("/usr/bin") / str(LINKERS[linker])
    root = subprocess.run(["rustc", "--print", "sysroot"], capture_output=True, text=True, check=True).stdout.strip()
    return next(Path(root).glob("lib/rustlib/*/bin/rust-lld"))


def compare(linker: str, measured: dict[tuple[str, str], int], true: dict[tuple[str, str], int]) -> list[Row]:
    rows = []
    for job, truth in sorted(true.items()):
        if not truth:
            print(f"{linker} {job[0]} {job[1]} was over before its process was looked at")
        elif job in measured:
            rows.append({"linker": linker, "class": job[0], "name": job[1], "true_bytes": truth,
                         "measured_bytes": measured[job], "error": measured[job] / truth - 1})
    return rows


def show(linker: str, rows: list[Row]) -> None:
    for job_class in ("rustc", "link"):
        of_class = [row for row in rows if row["class"] == job_class]
        errors = sorted(abs(row["error"]) for row in of_class if row["measured_bytes"])
        if not errors:
            continue
        print(f"{linker} {job_class}: {len(errors)} of {len(of_class)} jobs in history; error median "
              f"{100 * statistics.median(errors):.1f} %, 90th percentile "
              f"{100 * errors[int(0.9 * (len(errors) - 1))]:.1f} %, most {100 * errors[-1]:.1f} %")
    for row in sorted(rows, key=lambda row: -abs(float(row["error"])))[:5]:
        print(f"    {row['class']} {row['name']}: {row['measured_bytes'] / 2**20:.1f} MiB measured, "
              f"{row['true_bytes'] / 2**20:.1f} MiB true")


def main() -> int:
    given = options()
    every: list[Row] = []
    for linker in given.linkers.split(","):
        with tempfile.TemporaryDirectory() as folder:
            build = Build(given, Path(folder), linker)
            build.run()
            rows = compare(linker, build.measured(), build.truth.peaks)
        print("truth: memory.stat of a cgroup for each job" if build.truth.of_cgroup else
              "truth: /proc of each job every millisecond; there is no memory controller for us")
        show(linker, rows)
        every += rows
    if given.json:
        given.json.write_text(json.dumps(every, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""How near the peaks that memguard measures are to those the kernel accounts.

    bench/peaks.py [--manifest FILE] [--linkers rust,bfd,lld,mold] [--memguard FILE] [--json FILE]

A release build of a Rust workspace is made twice by cargo at -j1 with the same flags: once under memguard, whose report
has a peak for each job, and once with each rustc and each linker in a cgroup of its own, which is the truth. What
counts is what reclaim without swap cannot take, so that page cache and the text of programs do not: the highest anon +
shmem + kernel of memory.stat, read every 2 ms. memory.peak is not used: it counts page cache, also of files that are
gone at the end.
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

# Becomes the real program, in a leaf of its own where there are any. What it was before is charged elsewhere.
WRAPPER = """#!/bin/sh
printf '%s\\0' "$@" > "{spool}/$$" && mkdir -p "{leaves}/$$" && mv "{spool}/$$" "{spool}/$$.{kind}" || exit 125
[ ! -e "{leaves}/$$/cgroup.procs" ] || echo $$ > "{leaves}/$$/cgroup.procs" || exit 125
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


def make_leaves() -> Path | None:
    """A new cgroup whose children have the memory controller; nothing where there is none for us."""
    root = Path("/sys/fs/cgroup")
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        if line.startswith("0::"):
            root = Path("/sys/fs/cgroup" + line[3:])
    for parent in (root, root.parent):
        leaves = parent / f"memguard-peaks-{os.getpid()}"
        try:
            leaves.mkdir()
            if "memory" in (leaves / "cgroup.controllers").read_text().split():
                (leaves / "cgroup.subtree_control").write_text("+memory")
                return leaves
            leaves.rmdir()
        except OSError:
            if leaves.is_dir():
                leaves.rmdir()
    return None


def remove_leaves(leaves: Path | None) -> None:
    """A build that failed may have left something running."""
    if leaves:
        (leaves / "cgroup.kill").write_text("1")
        while numbers(leaves / "cgroup.events")["populated"]:
            time.sleep(0.01)
        for folder in [*leaves.iterdir(), leaves]:
            if folder.is_dir():
                folder.rmdir()


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


class Truth:
    """Follows what the wrappers put into the spool."""

    def __init__(self, spool: Path, leaves: Path | None):
        self.spool, self.leaves = spool, leaves
        self.peaks: dict[str, int] = {}
        self.names: dict[str, tuple[str, str] | None] = {}

    def look(self) -> None:
        for name in os.listdir(self.spool):
            pid, _, kind = name.partition(".")
            if not kind:
                continue
            if name not in self.names:
                self.names[name] = job_of((self.spool / name).read_text().split("\0"), kind)
            now = unreclaimable_of_leaf(self.leaves / pid) if self.leaves else unreclaimable_of_process(pid)
            self.peaks[name] = max(self.peaks.get(name, 0), now)
            if not Path(f"/proc/{pid}/exe").exists():
                (self.spool / name).unlink()

    def by_job(self) -> dict[tuple[str, str], int]:
        found: dict[tuple[str, str], int] = {}
        for name, peak in self.peaks.items():
            job = self.names[name]
            if job:
                found[job] = max(found.get(job, 0), peak)
        return found


def cargo(given: argparse.Namespace) -> list[str]:
    return ["cargo", "build", "--release", "--offline", "--quiet", "-j1", "--manifest-path", str(given.manifest)]


def environment(given: argparse.Namespace, work: Path, linker: str, programs: Path) -> dict[str, str]:
    flags = ["-Clink-self-contained=-linker", f"-Clink-arg=-B{programs}"]
    flags.append(f"-Clink-arg=-fuse-ld={'lld' if linker == 'rust' else linker}")
    return {**os.environ, "CARGO_TARGET_DIR": str(given.target or work / "target"), "RUSTFLAGS": " ".join(flags),
            "XDG_STATE_HOME": str(work / "state")}


class Build:
    """The two builds with one linker."""

    def __init__(self, given: argparse.Namespace, work: Path, linker: str, leaves: Path | None):
        self.given, self.work, self.leaves = given, work, leaves
        self.programs, self.spool = work / "programs", work / "spool"
        for folder in (self.programs, self.spool):
            folder.mkdir()
        self.linker = linker_program(linker)
        self.called = self.programs / ("ld.lld" if linker == "rust" else str(LINKERS[linker]))
        self.environment = environment(given, work, linker, self.programs)

    def clean(self) -> None:
        subprocess.run(["cargo", "clean", "--quiet", "--manifest-path", self.given.manifest], env=self.environment,
                       check=True)
        self.called.unlink(missing_ok=True)

    def wrap(self, program: Path, kind: str, real: str) -> None:
        leaves = self.leaves or self.work / "leaves"
        program.write_text(WRAPPER.format(spool=self.spool, leaves=leaves, kind=kind, real=real))
        program.chmod(0o755)

    def measured(self) -> dict[tuple[str, str], int]:
        """By memguard: the jobs that history believes."""
        self.clean()
        self.called.symlink_to(self.linker)
        report, memory = self.work / "run.json", self.work / "history.json"
        subprocess.run([self.given.memguard, "run", "--quiet", "--json", report, "--", *cargo(self.given)],
                       env=self.environment, check=True)
        subprocess.run([self.given.memguard, "history", "--export", memory], env=self.environment, check=True)
        believed = {run["peak_bytes"] for unit in json.loads(memory.read_text())["units"] for run in unit["runs"]}
        found: dict[tuple[str, str], int] = {}
        for job in json.loads(report.read_text())["job"]:
            name = Path(job["output"]).name if job["class"] == "link" else f"{job['crate']} {job['output']}"
            found[job["class"], name] = job["peak_bytes"] if job["peak_bytes"] in believed else 0
        return found

    def true(self) -> dict[tuple[str, str], int]:
        self.clean()
        flavor = " -flavor gnu" if self.linker.name == "rust-lld" else ""
        self.wrap(self.called, "link", f"{self.linker}{flavor}")
        rustc = self.work / "rustc"
        self.wrap(rustc, "rustc", "")
        truth = Truth(self.spool, self.leaves)
        build = subprocess.Popen(cargo(self.given), env={**self.environment, "RUSTC_WRAPPER": str(rustc)})
        while build.poll() is None:
            truth.look()
            time.sleep(0.002 if self.leaves else 0.001)
        if build.returncode:
            sys.exit(f"the build ended with {build.returncode}")
        return truth.by_job()


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
    leaves = make_leaves()
    print("truth: memory.stat of a cgroup for each job" if leaves else
          "truth: /proc of each job every millisecond; there is no memory controller for us")
    every: list[Row] = []
    try:
        for linker in given.linkers.split(","):
            with tempfile.TemporaryDirectory() as folder:
                build = Build(given, Path(folder), linker, leaves)
                rows = compare(linker, build.measured(), build.true())
            show(linker, rows)
            every += rows
    finally:
        remove_leaves(leaves)
    if given.json:
        given.json.write_text(json.dumps(every, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())

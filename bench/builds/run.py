#!/usr/bin/env python3
"""Builds by make or ninja under a limit: plain at every -j, the usual helps, and memguard, in turn.

    bench/builds/run.py [--workloads links,uniform] [--part 1] [--driver ninja] [--json FILE]

Without options it takes under 10 minutes. docs/BENCHMARKS.md says what the rows are and what they came to.
"""

import argparse
import dataclasses
import json
import os
import platform
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bounds
import contenders
import drivers
import limited
import machine
import table
import watched
import workloads
from arena import Arena

ROOT = Path(__file__).resolve().parents[2]


def numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workloads", default="links,late,heavy",
                        help=f"which, with commas between, of {', '.join(workloads.MAKERS)} (default links,late,heavy)")
    parser.add_argument("--part", type=float, default=0.1, help="of the study's jobs (default 0.1; 1 is all)")
    parser.add_argument("--scale", type=float, default=1,
                        help="of the study's sizes and limits; of heavy's and real's limit alone (default 1)")
    parser.add_argument("--share", type=float, default=0.03,
                        help="of their time, for which hogs compute (default 0.03; with 1 also make -l)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fixed", type=numbers, default="2,4,8,16", help="the -j that are tried (default 2,4,8,16)")
    parser.add_argument("--driver", choices=tuple(drivers.OF_HOGS), default="make")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--watch", action="store_true", help="only watch the limit, as without a memory controller")
    where.add_argument("--machine", action="store_true",
                       help="let the machine have no more than the limit: as root, in a virtual one that is idle")
    parser.add_argument("--patience", type=float, default=900, help="seconds for one build")
    parser.add_argument("--memguard", type=Path, default=ROOT / "build/bench/memguard")
    parser.add_argument("--hog", type=Path, default=ROOT / "build/bench/integration/victims/hog")
    parser.add_argument("--folder", type=Path, help="where to build (default: a temporary folder)")
    parser.add_argument("--json", type=Path, help="all results; picture.py draws them")
    parser.add_argument("--only", choices=("plain", "memguard"), help="without memguard, or memguard alone")
    parser.add_argument("--reuse", type=Path, help="all but memguard's from the --json of an earlier run like this")
    return parser.parse_args()


def arena(given: argparse.Namespace) -> Arena:
    if given.machine:
        return machine.Machine(given.hog.resolve())
    try:
        return watched.Watched() if given.watch else limited.Limited()
    except limited.NoLimits as why:
        print(f"limits are only watched here: {why}; on a machine with systemd, for limits that the kernel keeps:\n"
              "  systemd-run --user --scope -p Delegate=yes ./dev bench builds", file=sys.stderr)
        return watched.Watched()


def entries(field: contenders.Field, given: argparse.Namespace, earlier: list[contenders.Result]
            ) -> Iterator[contenders.Result]:
    yield from earlier
    if given.only != "memguard" and not earlier:
        yield from plain_entries(field, given.fixed)
    if given.only != "plain":
        yield from contenders.guarded_twice(field)


def plain_entries(field: contenders.Field, fixed: list[int]) -> Iterator[contenders.Result]:
    for jobs in fixed:
        yield contenders.fixed(field, jobs)
    if field.arena.has_high:
        yield contenders.throttled(field)
    if field.arena.is_machine and is_installed("earlyoom"):
        yield contenders.with_earlyoom(field)
    if field.arena.is_machine and field.workload.is_flat and is_installed("parallel"):
        yield contenders.by_parallel(field, "memfree")
        yield contenders.by_parallel(field, "memsuspend")
    if field.workload.share == 1:
        yield contenders.by_load(field)
    if field.workload.cargo or any(job.program == "ld" for job in field.workload.jobs):
        yield contenders.one_linker(field)


def is_installed(tool: str) -> bool:
    """Not by ./dev: Debian's earlyoom starts a daemon as soon as it is there."""
    found = shutil.which(tool) is not None
    if not found:
        print(f"{tool} is not installed, so it is left out", file=sys.stderr)
    return found


def reused(told: dict[str, Any], name: str) -> list[contenders.Result]:
    """All but memguard's of workload `name` in what an earlier run told."""
    keys = {key.name for key in dataclasses.fields(contenders.Result)}
    return [contenders.Result(**{key: result[key] for key in keys})
            for built in told["builds"] if built["workload"] == name
            for result in built["results"] if not result["contender"].startswith("memguard")]


def compete(field: contenders.Field, given: argparse.Namespace, earlier: list[contenders.Result]
            ) -> list[contenders.Result]:
    results = []
    for result in entries(field, given, earlier):
        print(f"{field.workload.name}: {result.contender}: {table.outcome(result)}, {result.seconds:.1f} s",
              file=sys.stderr, flush=True)
        results.append(result)
    return results


def run(given: argparse.Namespace, name: str, folder: Path, where: Arena, earlier: list[contenders.Result]
        ) -> dict[str, Any]:
    """All contenders on one workload: a table on stdout, and the same for programs."""
    workload = workloads.make(name, given.seed, given.part, given.scale, given.share)
    driver = drivers.of(workload, folder / name, given.driver, given.hog.resolve())
    field = contenders.Field(workload, folder / name, where, driver, given.memguard.resolve(), given.hog.resolve(),
                             given.patience)
    results = compete(field, given, earlier)
    print(table.show(results, workload), flush=True)
    best = table.oracle(results)
    return {"workload": name, "about": workload.about, "limit_bytes": workload.limit,
            "bound_seconds": bounds.physical(workload), "phases_seconds": bounds.by_phases(workload),
            "results": [dataclasses.asdict(result) | {"ratios": table.ratios(result, best, workload)}
                        for result in results]}


def conditions(given: argparse.Namespace, where: Arena) -> dict[str, Any]:
    return {"kernel": platform.release(), "processors": os.cpu_count(), "limits": type(where).__name__.lower(),
            "driver": given.driver, "seed": given.seed, "part": given.part, "scale": given.scale,
            "share": given.share}


def main() -> int:
    given = options()
    names = given.workloads.split(",")
    if unknown := set(names) - set(workloads.MAKERS):
        sys.exit(f"no such workload: {', '.join(unknown)}; there are {', '.join(workloads.MAKERS)}")
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    where = arena(given)
    now = conditions(given, where)
    told = json.loads(given.reuse.read_text()) if given.reuse else {"builds": []}
    if other := {key for key in now if key in told and told[key] != now[key]}:
        sys.exit(f"{given.reuse} is of another {', '.join(sorted(other))}")
    ran: dict[str, Any] = now | {"builds": []}
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        for name in names:
            ran["builds"].append(run(given, name, Path(folder), where, reused(told, name)))
            # After each, so that a run that is cut off has told what it knew.
            if given.json:
                given.json.write_text(json.dumps(ran, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

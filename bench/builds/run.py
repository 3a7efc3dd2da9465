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
    parser.add_argument("--scale", type=float, default=1, help="of the study's sizes and limits (default 1)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fixed", type=numbers, default="2,4,8,16", help="the -j that are tried (default 2,4,8,16)")
    parser.add_argument("--driver", choices=tuple(drivers.OF_HOGS), default="make")
    parser.add_argument("--watch", action="store_true", help="only watch the limit, as without a memory controller")
    parser.add_argument("--patience", type=float, default=900, help="seconds for one build")
    parser.add_argument("--memguard", type=Path, default=ROOT / "build/bench/memguard")
    parser.add_argument("--hog", type=Path, default=ROOT / "build/bench/integration/victims/hog")
    parser.add_argument("--folder", type=Path, help="where to build (default: a temporary folder)")
    parser.add_argument("--json", type=Path, help="all results; picture.py draws them")
    return parser.parse_args()


def arena(watch: bool) -> Arena:
    try:
        return watched.Watched() if watch else limited.Limited()
    except limited.NoLimits as why:
        print(f"limits are only watched here: {why}; on a machine with systemd, for limits that the kernel keeps:\n"
              "  systemd-run --user --scope -p Delegate=yes ./dev bench builds", file=sys.stderr)
        return watched.Watched()


def entries(field: contenders.Field, fixed: list[int]) -> Iterator[contenders.Result]:
    for jobs in fixed:
        yield contenders.fixed(field, jobs)
    if field.arena.has_high:
        yield contenders.throttled(field)
    if field.workload.cargo or any(job.program == "ld" for job in field.workload.jobs):
        yield contenders.one_linker(field)
    yield from contenders.guarded_twice(field)


def compete(field: contenders.Field, fixed: list[int]) -> list[contenders.Result]:
    results = []
    for result in entries(field, fixed):
        print(f"{field.workload.name}: {result.contender}: {table.outcome(result)}, {result.seconds:.1f} s",
              file=sys.stderr, flush=True)
        results.append(result)
    return results


def run(given: argparse.Namespace, name: str, folder: Path, where: Arena) -> dict[str, Any]:
    """All contenders on one workload: a table on stdout, and the same for programs."""
    workload = workloads.make(name, given.seed, given.part, given.scale)
    driver = drivers.of(workload, folder / name, given.driver, given.hog.resolve())
    field = contenders.Field(workload, folder / name, where, driver, given.memguard.resolve(), given.hog.resolve(),
                             given.patience)
    results = compete(field, given.fixed)
    print(table.show(results, workload), flush=True)
    best = table.oracle(results)
    return {"workload": name, "about": workload.about, "limit_bytes": workload.limit,
            "bound_seconds": bounds.physical(workload), "phases_seconds": bounds.by_phases(workload),
            "results": [dataclasses.asdict(result) | {"ratios": table.ratios(result, best, workload)}
                        for result in results]}


def conditions(given: argparse.Namespace, where: Arena) -> dict[str, Any]:
    return {"kernel": platform.release(), "processors": os.cpu_count(), "limits": type(where).__name__.lower(),
            "driver": given.driver, "seed": given.seed, "part": given.part, "scale": given.scale}


def main() -> int:
    given = options()
    names = given.workloads.split(",")
    if unknown := set(names) - set(workloads.MAKERS):
        sys.exit(f"no such workload: {', '.join(unknown)}; there are {', '.join(workloads.MAKERS)}")
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    where = arena(given.watch)
    ran: dict[str, Any] = conditions(given, where) | {"builds": []}
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        for name in names:
            ran["builds"].append(run(given, name, Path(folder), where))
            # After each, so that a run that is cut off has told what it knew.
            if given.json:
                given.json.write_text(json.dumps(ran, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

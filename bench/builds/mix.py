#!/usr/bin/env python3
"""Builds by real compilers under limits that are set by their largest job: every fixed -j, then memguard twice.

    bench/builds/mix.py [--workspaces 1-20] [--cxx g++:bfd,clang++:lld] [--limits 1.15,1.5,2,3] [--processors 1,2]

A workspace is Rust built by cargo (workspaces.py draws it by its number), cxx the project of examples/cxx, built by
make, by ninja, or by make below a build script of cargo, --project one of yours. Limits are multiples of the largest
job, as one build at -j1 without a limit shows it. A build that makes another program than that one counts as lost.
docs/BENCHMARKS.md says what the rows came to.

All of it takes hours. With --json, what that file has already is not measured again.
"""

import argparse
import dataclasses
import json
import os
import platform
import shutil
import signal
import statistics
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import contenders
import drivers
import limited
import table
import watched
import workspaces
import written
from arena import Arena, Limit, Order
from workloads import Workload

ROOT = Path(__file__).resolve().parents[2]
GIB = 1 << 30
GUARDED = ("memguard, first", "memguard, second")
MBX = ", mbx"


def numbers(text: str) -> list[int]:
    """`3`, `1,2` or `1-20`."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def factors(text: str) -> list[float]:
    return [float(number) for number in text.split(",")]


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workspaces", type=numbers, default=[], help="their numbers: 1-20")
    parser.add_argument("--cxx", default="", help="compilers and linkers, with commas between: g++:bfd,clang++:lld")
    parser.add_argument("--cxx-options", default="--heaviest 12 --data 100", help="of examples/cxx/generate.py")
    parser.add_argument("--driver", choices=tuple(drivers.OF_CXX), default="make", help="of cxx")
    parser.add_argument("--project", type=Path, action="append", default=[], metavar="FOLDER",
                        help="that is configured: it has a build.ninja, or a Makefile with a target clean")
    parser.add_argument("--limits", type=factors, default="1.15,1.5,2,3", help="multiples of the largest job")
    parser.add_argument("--processors", type=numbers, default="1,2", help="how many the builds may use")
    parser.add_argument("--fixed", type=numbers, default="1,2,3,4,6,8", help="the -j that are tried, in this order")
    parser.add_argument("--jobs", type=int, default=8, help="the -j under memguard (default 8)")
    parser.add_argument("--watch", action="store_true", help="only watch the limit, as without a memory controller")
    parser.add_argument("--only", choices=("plain", "memguard"), help="without memguard, or memguard alone")
    parser.add_argument("--mbx", type=Path, help="the program of mr-boxington, to be compared with too")
    parser.add_argument("--patience", type=float, default=600, help="seconds for one build")
    parser.add_argument("--memguard", type=Path, default=ROOT / "build/bench/memguard")
    parser.add_argument("--folder", type=Path, help="where to build (default: a temporary folder)")
    parser.add_argument("--json", type=Path, help="all results; those that are there already are kept")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="puts a table of all cells into a page of docs/")
    return parser.parse_args()


def arena(given: argparse.Namespace) -> Arena:
    try:
        return watched.Watched() if given.watch else limited.Limited()
    except limited.NoLimits as why:
        print(f"limits are only watched here: {why}", file=sys.stderr)
        return watched.Watched()


def projects(given: argparse.Namespace, folder: Path) -> Iterator[tuple[Workload, drivers.Driver]]:
    for number in given.workspaces:
        drawn = workspaces.draw(number)
        source = folder / f"source{number}"
        workspaces.write(drawn, number, source)
        workload = Workload(f"workspace {number}", drawn.about, 0, [], parallel=given.jobs,
                            cargo=("build", "--release", "--offline", "--manifest-path", f"{source}/Cargo.toml"))
        yield workload, drivers.Cargo(workload, folder / f"workspace{number}")
    for tools in given.cxx.split(",") if given.cxx else []:
        compiler, linker = str(tools).split(":")
        workload = Workload(f"cxx by {given.driver}, {compiler}, {linker}", f"examples/cxx {given.cxx_options}", 0, [],
                            parallel=given.jobs)
        maker = drivers.OF_CXX[given.driver]
        yield workload, maker(workload, folder / f"cxx-{compiler}-{linker}", given.cxx_options.split(), tools)
    for project in given.project:
        workload = Workload(project.resolve().name, str(project), 0, [], parallel=given.jobs)
        yield workload, drivers.Configured(workload, project.resolve())


def on(processors: int) -> None:
    """This process and all it starts from now on."""
    mine = sorted(os.sched_getaffinity(0))
    if processors > len(mine):
        sys.exit(f"there are {len(mine)} processors here, and not {processors}")
    os.sched_setaffinity(0, mine[-processors:])


def largest_job(field: contenders.Field, state: Path) -> int:
    """Bytes, of a build at -j1 that has all the memory there is. What that makes, every later one has to make."""
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir(parents=True)
    contenders.clean(field)
    report = state / "run.json"
    command = [str(field.memguard), "run", "--no-history", "--json", str(report), "--", *field.driver.command(1)]
    ran = field.arena.run(Order(command, field.folder, Limit(1 << 50), field.patience, guards=True,
                                environment={"XDG_STATE_HOME": str(state)}))
    if ran.status != 0:
        sys.exit(f"{field.workload.name} cannot be built at all: {' '.join(command)} ended with {ran.status}")
    field.driver.keep_measure()
    return max(int(job["peak_bytes"]) for job in json.loads(report.read_text())["job"])


def survivors(field: contenders.Field, fixed: list[int]) -> Iterator[contenders.Result]:
    """After two that are lost all that follow are lost too."""
    lost = 0
    for jobs in fixed:
        result = contenders.fixed(field, jobs)
        yield result
        lost += not result.ended
        if lost == 2:
            return


def compete(field: contenders.Field, given: argparse.Namespace) -> Iterator[contenders.Result]:
    if given.only != "memguard":
        yield from survivors(field, given.fixed)
    if given.mbx and field.arena.hierarchy and field.workload.cargo:
        yield contenders.by_mbx(field, given.mbx.resolve())
    if given.only != "plain":
        yield from contenders.guarded_twice(field)


def cell(field: contenders.Field, given: argparse.Namespace, factor: float, processors: int) -> dict[str, Any]:
    """One project under one limit on so many processors: a table on stdout, and the same for programs."""
    results = list(compete(field, given))
    print(f"\n{processors} processors, limit {factor:g} times the largest job")
    print(table.show(results, field.workload), flush=True)
    best = table.oracle(results)
    return {"how": how(given), "kernel": platform.release(), "project": field.workload.name,
            "about": field.workload.about, "limit_bytes": field.workload.limit, "factor": factor,
            "processors": processors, "kept": isinstance(field.arena, limited.Limited),
            "results": [dataclasses.asdict(result) | {"ratios": table.ratios(result, best, field.workload)}
                        for result in results]}


def how(given: argparse.Namespace) -> str:
    """What makes a result another one, besides its project, processors and limit."""
    beside = ", mbx" if given.mbx else ""
    return f"-j{given.jobs} of {given.fixed}, {given.only or 'all'}{beside}, {given.cxx_options}"


def place_of(one: dict[str, Any]) -> tuple[Any, ...]:
    return (one["project"], one["processors"], one["factor"], one["kept"])


def wanted(given: argparse.Namespace, workload: Workload, done: list[dict[str, Any]],
           kept: bool) -> list[tuple[int, float]]:
    """Processors and limits of this project that are not measured yet, or were otherwise."""
    known = {place_of(one) for one in done if one["how"] == how(given)}
    return [(processors, factor) for processors in given.processors for factor in given.limits
            if (workload.name, processors, factor, kept) not in known]


def cells(given: argparse.Namespace, folder: Path, done: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    where = arena(given)
    everywhere = os.sched_getaffinity(0)
    for workload, driver in projects(given, folder):
        left = wanted(given, workload, done, isinstance(where, limited.Limited))
        if not left:
            continue
        field = contenders.Field(workload, driver.folder, where, driver, given.memguard.resolve(), Path(),
                                 given.patience)
        largest = largest_job(field, folder / "measured")
        for processors, factor in left:
            on(processors)
            limited_to = dataclasses.replace(workload, limit=int(factor * largest))
            yield cell(dataclasses.replace(field, workload=limited_to), given, factor, processors)
            os.sched_setaffinity(0, everywhere)
        driver.clean()


def summary(done: list[dict[str, Any]]) -> str:
    """Over all cells: memguard's time over that of the best -j that survived, and what was lost."""
    lines = [f"\n{len(done)} cells"]
    for contender in (*GUARDED, MBX):
        results = [result for one in done for result in one["results"] if result["contender"].endswith(contender)]
        over = [result["ratios"]["oracle"] for result in results if "oracle" in result["ratios"]]
        lost = sum(not result["ended"] for result in results)
        if over:
            lines.append(f"  {contender.strip(', '):18} of the best -j: geometric mean "
                         f"{statistics.geometric_mean(over):.3f}, most {max(over):.2f}, above 1.00 in "
                         f"{sum(o > 1 for o in over)} of {len(over)}; lost {lost}")
        elif results:
            lines.append(f"  {contender.strip(', '):18} ended {len(results) - lost} of {len(results)}")
    return "\n".join(lines)


def told_of(result: dict[str, Any]) -> str:
    if not result["ended"]:
        return "lost"
    return f"{result['ratios']['oracle']:.2f}" if "oracle" in result["ratios"] else "ended"


def of_guards(one: dict[str, Any]) -> str:
    """What memguard took on a first and a second build next to the best -j, and what mr-boxington did."""
    told = {result["contender"]: told_of(result) for result in one["results"]}
    both = " ".join(told.get(contender, "-") for contender in GUARDED)
    return both + "".join(f", mbx {word}" for contender, word in told.items() if contender.endswith(MBX))


def table_of(done: list[dict[str, Any]]) -> str:
    """A row for each project and number of processors, a column for each limit: first and second build."""
    limits = sorted({one["factor"] for one in done})
    rows: dict[tuple[str, int], dict[float, str]] = {}
    for one in done:
        rows.setdefault((one["project"], one["processors"]), {})[one["factor"]] = of_guards(one)
    lines = ["| | processors | " + " | ".join(f"{limit:g} times" for limit in limits) + " |",
             "|---|---:|" + "---|" * len(limits)]
    lines += [f"| {project} | {processors} | " + " | ".join(row.get(limit, "") for limit in limits) + " |"
              for (project, processors), row in rows.items()]
    told = ". ".join(" ".join(line.split()) for line in summary(done).strip().splitlines())
    where = "Limits kept by the kernel" if done[0]["kept"] else "Limits watched, as in tier freezer"
    kernels = ", ".join(sorted({one["kernel"].split("-")[0] for one in done}))
    return "\n".join([*lines, "", textwrap.fill(f"{where}, Linux {kernels}. {told}.", 120, break_on_hyphens=False)])


def page_table(done: list[dict[str, Any]]) -> str:
    """A table of limits that the kernel keeps, and one of those that are only watched."""
    both = ([one for one in done if one["kept"] == kept] for kept in (True, False))
    return "\n\n".join(table_of(some) for some in both if some)


def known_from(path: Path | None) -> list[dict[str, Any]]:
    if path is None or not path.exists():
        return []
    cells_there: list[dict[str, Any]] = json.loads(path.read_text())["cells"]
    return cells_there


def keep(path: Path, done: list[dict[str, Any]]) -> None:
    """A cell a line. A run may be cut off at any moment, also here."""
    lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in done)
    new = path.with_name(path.name + ".new")
    new.write_text(f'{{"cells":[\n{lines}\n]}}\n')
    new.replace(path)


def main() -> int:
    given = options()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    done = known_from(given.json)
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        for one in cells(given, Path(folder), done):
            done = [other for other in done if place_of(other) != place_of(one)] + [one]
            # After each, so that a run that is cut off has told what it knew.
            if given.json:
                keep(given.json, done)
    print(summary(done))
    if given.write and done:
        written.put(given.write, "mix", page_table(done))
    return 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""The tables of docs/evidence/POLICY.md: builds of the study, simulated, next to the best -j of each world.

    bench/simulated.py [--worlds 50] [--seed 1000] [--workloads links2048,late] [--memguard FILE]
    bench/simulated.py --processors [...]  on few processors, next to the same without the rule about them
    bench/simulated.py --swap [...]        with 2 GiB of swap, next to the same build without
    bench/simulated.py (--swap | --processors) --check docs/evidence/POLICY.md

Time is the geometric mean over the worlds of time / time of the best surviving -j; p95 the 95th percentile of the same;
e and k are evictions and kills by the kernel per build. The last line says whether anything was lost. --check compares
the table with the one that the file has between `<!-- simulated.py --swap -->` (or --processors) and `<!-- end -->`,
figure by figure.
"""

import argparse
import difflib
import json
import math
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

World = dict[str, Any]

ROOT = Path(__file__).resolve().parents[1]
# What makes each column.
KNOWN = tuple(("--know", what) for what in ("nothing", "predictions", "recorded"))
SPEEDS = ("500MiB", "100MiB")
PROCESSORS = ("1", "2", "4")
WITHOUT_PROCESSORS = ("--set", "processor_free=-1000")
ON_FEW = ("links1024", "links2048", "mixed8", "mixed32", "med8", "late", "uniform", "lock")
SWAPPED = ("links512", "mixed8", "mixed32", "med8", "late", "uniform")


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1000)
    parser.add_argument("--workloads", help="which, with commas between (default: all)")
    parser.add_argument("--memguard", type=Path, default=ROOT / "build/bench/memguard")
    parser.add_argument("--swap", action="store_true", help="the table of builds with swap")
    parser.add_argument("--processors", action="store_true", help="the table of builds on few processors, at -j8")
    parser.add_argument("--check", type=Path, metavar="FILE", help="fail where FILE has another table")
    given = parser.parse_args()
    if given.check and given.swap == given.processors:
        parser.error("--check is for the table of --swap or of --processors")
    return given


def names(memguard: Path) -> list[str]:
    listed = subprocess.run([memguard, "simulate", "--workload", "list"], check=True, capture_output=True, text=True)
    return [line.split()[0] for line in listed.stdout.splitlines()]


def worlds(given: argparse.Namespace, name: str, options: tuple[str, ...]) -> list[World]:
    command = [given.memguard, "simulate", "--workload", name, "--worlds", str(given.worlds), "--seed",
               str(given.seed), *options, "--json", "-"]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return list(told["worlds"])


def per_build(of: list[World], key: str) -> float:
    return float(sum(world["memguard"][key] for world in of)) / len(of)


def cell(of: list[World]) -> str:
    ratios = sorted(world["times_best_fixed"] for world in of if world["times_best_fixed"])
    if not ratios:
        return "no -j survives"
    mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
    said = f"{mean:.3f} (p95 {ratios[math.ceil(0.95 * len(ratios)) - 1]:.2f})"
    for letter, key in (("e", "evicted"), ("k", "oom_kills")):
        if per_build(of, key) >= 0.05:
            said += f" {letter}{per_build(of, key):.1f}"
    return said


def first_table(given: argparse.Namespace, chosen: list[str]) -> tuple[list[str], int]:
    lines = ["| builds | first, nothing known | first, predictions | second |", "|---|---|---|---|"]
    lost = 0
    with ThreadPoolExecutor() as pool:
        for name in chosen:
            columns = list(pool.map(partial(worlds, given, name), KNOWN))
            lines.append(f"| {name} | {' | '.join(map(cell, columns))} |")
            lost += sum(world["memguard"]["lost"] for column in columns for world in column)
    return lines, lost


def change(without: list[World], swapped: list[World]) -> str:
    """Time next to the same worlds without swap; what else has changed."""
    ratios = [b["memguard"]["seconds"] / a["memguard"]["seconds"] for a, b in zip(without, swapped)]
    said = f"{math.exp(sum(map(math.log, ratios)) / len(ratios)):.3f}"
    for letter, key in (("e", "evicted"), ("k", "oom_kills")):
        before, after = (f"{per_build(of, key):.1f}" for of in (without, swapped))
        if (before, after) != ("0.0", "0.0"):
            said += f" {letter}{before}→{after}"
    lost = [sum(world["memguard"]["lost"] for world in of) for of in (without, swapped)]
    return said if lost == [0, 0] else f"{said}, {lost[0]} lost → {lost[1]}"


def swap_table(given: argparse.Namespace, chosen: list[str]) -> tuple[list[str], int]:
    lines = ["| builds | 500 MiB/s (zram) | 100 MiB/s (disk) | nobody restarts, 500 MiB/s | 100 MiB/s |",
             "|---|---|---|---|---|"]
    for name in chosen:
        cells = []
        for restarts in ((), ("--no-restart",)):
            with ThreadPoolExecutor() as pool:
                swaps = [("--swap", "2GiB", "--swap-speed", speed, *restarts) for speed in SPEEDS]
                without, *swapped = pool.map(partial(worlds, given, name), [restarts, *swaps])
            cells += [change(without, of) for of in swapped]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines, 0


def processors_table(given: argparse.Namespace, chosen: list[str]) -> tuple[list[str], int]:
    lines = ["| builds | 1 processor | without | 2 | without | 4 | without |", "|---|---|---|---|---|---|---|"]
    lost = 0
    for name in chosen:
        rules = ((), WITHOUT_PROCESSORS)
        machines = [("--jobs", "8", "--cores", count, *rule) for count in PROCESSORS for rule in rules]
        with ThreadPoolExecutor() as pool:
            columns = list(pool.map(partial(worlds, given, name), machines))
        lines.append(f"| {name} | {' | '.join(map(cell, columns))} |")
        lost += sum(world["memguard"]["lost"] for column in columns for world in column)
    return lines, lost


def differences(table: list[str], file: Path, which: str) -> list[str]:
    begin, end = f"<!-- simulated.py --{which} -->", "<!-- end -->"
    told = file.read_text().partition(begin)[2].partition(end)[0].split("\n")
    there = [line for line in told if line.startswith("|")]
    return list(difflib.unified_diff(there, table, str(file), "simulated now", lineterm="", n=0))


def main() -> int:
    given = options()
    known = names(given.memguard)
    usual = SWAPPED if given.swap else ON_FEW if given.processors else known
    chosen = given.workloads.split(",") if given.workloads else list(usual)
    if unknown := set(chosen) - set(known):
        sys.exit(f"no such workload: {', '.join(unknown)}; there are {', '.join(known)}")
    make = swap_table if given.swap else processors_table if given.processors else first_table
    table, lost = make(given, chosen)
    if given.check:
        other = differences(table, given.check, "swap" if given.swap else "processors")
        print("\n".join(other) or f"{given.check} has the table of today")
        return bool(other)
    print("\n".join(table))
    if not given.swap:
        print(f"\n{lost} jobs lost")
    return lost > 0


if __name__ == "__main__":
    sys.exit(main())

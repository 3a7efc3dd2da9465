#!/usr/bin/env python3
"""The table of docs/POLICY.md: builds of the study, simulated, next to the best -j of each world.

    bench/simulated.py [--worlds 50] [--seed 1000] [--workloads links2048,late] [--memguard FILE]

Time is the geometric mean over the worlds of time / time of the best surviving -j; p95 the 95th percentile of the same;
e and k are evictions and kills by the kernel per build. The last line says whether anything was lost.
"""

import argparse
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
KNOWN = ("nothing", "predictions", "recorded")


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1000)
    parser.add_argument("--workloads", help="which, with commas between (default: all)")
    parser.add_argument("--memguard", type=Path, default=ROOT / "build/bench/memguard")
    return parser.parse_args()


def names(memguard: Path) -> list[str]:
    listed = subprocess.run([memguard, "simulate", "--workload", "list"], check=True, capture_output=True, text=True)
    return [line.split()[0] for line in listed.stdout.splitlines()]


def worlds(given: argparse.Namespace, name: str, know: str) -> list[World]:
    command = [given.memguard, "simulate", "--workload", name, "--worlds", str(given.worlds), "--seed",
               str(given.seed), "--know", know, "--json", "-"]
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


def main() -> int:
    given = options()
    known = names(given.memguard)
    chosen = given.workloads.split(",") if given.workloads else known
    if unknown := set(chosen) - set(known):
        sys.exit(f"no such workload: {', '.join(unknown)}; there are {', '.join(known)}")
    print("| builds | first, nothing known | first, predictions | second |\n|---|---|---|---|")
    lost = 0
    with ThreadPoolExecutor() as pool:
        for name in chosen:
            columns = list(pool.map(partial(worlds, given, name), KNOWN))
            print(f"| {name} | {' | '.join(map(cell, columns))} |", flush=True)
            lost += sum(world["memguard"]["lost"] for column in columns for world in column)
    print(f"\n{lost} jobs lost")
    return lost > 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""What each constant of the policy does: simulated builds with it at nothing, at half and at twice its value.

    bench/ablation.py [--constants alpha_most,wall] [--workloads links1024,mixed8,...] [--worlds 2] [--seed 1000]
                      [--know nothing,recorded] [--memguard FILE] [--json FILE] [--write PAGE]

A row is a constant at another value, next to the policy as it is over the same worlds: geometric mean of the times,
evictions (e) and kills by the kernel (k) for each build, jobs that were lost. `same`: no build is another. A constant
of which all three are the same is of no use here; it may be for what the simulator does not know, as pressure and
memory.high. `no end`: a build does not end within --patience seconds.
"""

import argparse
import json
import math
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "bench/builds"))

import written  # noqa: E402  (from the folder above)

World = dict[str, Any]
USUAL = "links1024,mixed8,mixed32,med8,late,uniform,saw,lock"


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--constants", default="", help="which, with commas between (default: all)")
    parser.add_argument("--workloads", default=USUAL)
    parser.add_argument("--worlds", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1000)
    parser.add_argument("--know", default="nothing,recorded", help="first builds, second builds")
    parser.add_argument("--patience", type=float, default=60)
    parser.add_argument("--memguard", type=Path, default=ROOT / "build/bench/memguard")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--write", type=Path, metavar="PAGE", help="puts the table into a page of docs/")
    return parser.parse_args()


def constants(memguard: Path) -> dict[str, str]:
    """Name and value as it is typed."""
    listed = subprocess.run([memguard, "simulate", "--set", "list"], check=True, capture_output=True, text=True).stdout
    return dict(line.split() for line in listed.splitlines())


def times(value: str, factor: float) -> str:
    """`0.25s` times 2 is `0.5s`; whole numbers and sizes stay whole."""
    found = re.fullmatch(r"(-?[0-9.]+(?:e[-+]?[0-9]+)?)(.*)", value)
    if not found:
        raise ValueError(f"no number: {value}")
    number, unit = float(found[1]) * factor, found[2]
    whole = "." not in found[1] and "e" not in found[1] and unit != "s"
    return f"{math.ceil(number) if whole else number:g}{unit}" if abs(number) < 1e15 else f"{number:.0f}{unit}"


def simulated(given: argparse.Namespace, change: str = "") -> list[World] | None:
    """The builds of all worlds, in one order; nothing when one does not end."""
    done: list[World] = []
    for workload in given.workloads.split(","):
        for know in given.know.split(","):
            command = [given.memguard, "simulate", "--workload", workload, "--worlds", str(given.worlds), "--seed",
                       str(given.seed), "--know", know, "--json", "-", *(["--set", change] if change else [])]
            try:
                told = subprocess.run(command, check=True, capture_output=True, text=True, timeout=given.patience)
            except subprocess.TimeoutExpired:
                return None
            done += [world["memguard"] for world in json.loads(told.stdout)["worlds"]]
    return done


def compared(usual: list[World], other: list[World] | None) -> dict[str, Any]:
    if other is None:
        return {"ends": False}
    ratio = math.exp(sum(math.log(b["seconds"] / a["seconds"]) for a, b in zip(usual, other)) / len(usual))
    found: dict[str, Any] = {"ends": True, "time": ratio}
    for key in ("evicted", "oom_kills", "lost"):
        found[key] = sum(world[key] for world in other) / len(other)
    keys = ("seconds", "evicted", "oom_kills", "lost")
    found["same"] = all(a[key] == b[key] for a, b in zip(usual, other) for key in keys)
    return found


def told(one: dict[str, Any]) -> str:
    if not one["ends"]:
        return "no end"
    if one["same"]:
        return "same"
    lost = f", {one['lost']:.1f} lost" if one["lost"] else ""
    return f"{one['time']:.3f} e{one['evicted']:.1f} k{one['oom_kills']:.1f}{lost}"


def values_of(value: str) -> list[str]:
    return [times(value, factor) for factor in (0, 0.5, 2)]


def row(name: str, value: str, found: list[dict[str, Any]]) -> str:
    return f"| `{name}` | {value} | {' | '.join(told(one) for one in found)} |"


def main() -> int:
    given = options()
    all_constants = constants(given.memguard)
    chosen = given.constants.split(",") if given.constants else list(all_constants)
    if unknown := set(chosen) - set(all_constants):
        sys.exit(f"no such constant: {', '.join(sorted(unknown))}; memguard simulate --set list has them")
    usual = simulated(given) or sys.exit("the policy as it is does not end a build within --patience")
    as_it_is = compared(usual, usual)
    lines = [f"Builds {given.workloads}, {given.worlds} worlds each from seed {given.seed}, told {given.know}. As it",
             f"is: e{as_it_is['evicted']:.1f} k{as_it_is['oom_kills']:.1f}.", "",
             "| constant | value | nothing | half | twice |", "|---|---|---|---|---|"]
    print("\n".join(lines), flush=True)
    results: dict[str, Any] = {}
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        changes = [f"{name}={value}" for name in chosen for value in values_of(all_constants[name])]
        done = pool.map(lambda change: compared(usual, simulated(given, change)), changes)
        for name in chosen:
            results[name] = [next(done) for _ in range(3)]
            lines.append(row(name, all_constants[name], results[name]))
            print(lines[-1], flush=True)
    idle = [name for name, found in results.items() if all(one.get("same") for one in found)]
    lines += ["", f"Of {len(results)} constants {len(idle)} change nothing here: {', '.join(idle) or 'none'}."]
    print(lines[-1])
    if given.json:
        given.json.write_text(json.dumps(results, indent=1) + "\n")
    if given.write:
        written.put(given.write, "ablation", "\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())

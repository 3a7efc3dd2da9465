#!/usr/bin/env python3
"""A picture of what run.py --json wrote: time next to the fastest -j that survived.

    bench/builds/picture.py builds.svg links.json late.json...
"""

import argparse
import json
from pathlib import Path
from typing import Any

import matplotlib  # type: ignore[import]

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402  (after the choice of what draws)
from matplotlib.axes import Axes  # type: ignore[import]  # noqa: E402

FIXED, OTHER, OURS, LOST = "#9aa5b1", "#c8a15a", "#2f6fb0", "#c23b3b"
TALLEST = 4.0


def colour(result: dict[str, Any]) -> str:
    if result["contender"].startswith("memguard"):
        return OURS
    return FIXED if result["fixed"] else OTHER


def draw(axes: Axes, built: dict[str, Any]) -> float:
    """One workload: a bar for each contender that ended, "lost" for each that did not. Gives the highest bar."""
    results = built["results"]
    highest = 1.0
    best = min((result["seconds"] for result in results if result["fixed"] and result["ended"]), default=None)
    for at, result in enumerate(results):
        if not result["ended"]:
            axes.text(at, 0.05, "lost", rotation=90, color=LOST, ha="center", va="bottom")
        elif best:
            ratio = result["seconds"] / best
            height = min(ratio, TALLEST)
            axes.bar(at, height, color=colour(result))
            axes.text(at, height + 0.03, f"{ratio:.2f}", ha="center", fontsize=8)
            highest = max(highest, height)
    axes.axhline(1, color="black", linewidth=0.6)
    axes.set_xticks(range(len(results)), [result["contender"] for result in results], rotation=60, ha="right")
    axes.set_title(f"{built['workload']}, {built['limit_bytes'] >> 20} MiB", fontsize=10)
    return highest


def main() -> None:
    # Text stays text, and the same results make the same file.
    matplotlib.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "memguard"}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("picture", type=Path, help="what to write, .svg or .png")
    parser.add_argument("results", type=Path, nargs="+")
    given = parser.parse_args()
    builds = [built for file in given.results for built in json.loads(file.read_text())["builds"]]
    figure, all_axes = pyplot.subplots(1, len(builds), figsize=(3.4 * len(builds), 3.8), sharey=True, squeeze=False)
    highest = max(draw(axes, built) for axes, built in zip(all_axes[0], builds))
    all_axes[0][0].set_ylim(0, highest + 0.25)
    all_axes[0][0].set_ylabel("time / fastest -j that survived")
    figure.tight_layout()
    figure.savefig(given.picture, metadata={"Date": None} if given.picture.suffix == ".svg" else None)


if __name__ == "__main__":
    main()

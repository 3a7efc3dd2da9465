#!/usr/bin/env python3
"""How good the first guesses are: what memguard expected of jobs that it had never seen, next to what they took.

    bench/predictions.py [--builds heavy,hyperfine,ripgrep,cxx] [--linkers rust,bfd,lld,mold] [--keep FOLDER]
    bench/predictions.py --from FOLDER [--fit]        what an earlier run kept, and what would fit it best

Each build is made once by each linker, with an empty history, where memory is plentiful:

    heavy        examples/heavy
    NAME         NAME of crates.io by cargo install, with all its crates; a version may be given, as hyperfine@1.20.0
    crates       a program with twenty crates of many kinds, with all that they need: what rustc's models were fitted
                 to; crates:dev and crates:check are other ways to build it
    c            a program with nine crates that compile C: what that model was fitted to
    cxx          the links of this project's own programs and tests, whose objects --objects has (default: build/dev)

Two guesses are judged for links, rustc, and the C and C++ of build scripts: `shipped`, the model of docs/HISTORY.md and
nothing else, and `told`, what memguard made of it within the build as peaks came in. Of each, the median of
|guess / peak - 1|, and the smallest and the largest guess / peak. Only jobs that history keeps are judged: those whose
peak was read late enough in their lives.
"""

import argparse
import itertools
import json
import math
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
CRATES = {
    "crates": """
        axum = "0.7"
        chrono = "0.4"
        clap = { version = "4", features = ["derive"] }
        image = { version = "0.24", default-features = false, features = ["png", "jpeg"] }
        itertools = "0.12"
        nalgebra = "0.32"
        nom = "7"
        pest_derive = "2"
        petgraph = "0.6"
        rayon = "1"
        regex = "1"
        rhai = "1"
        rusqlite = { version = "0.31", features = ["bundled"] }
        serde = { version = "1", features = ["derive"] }
        serde_json = "1"
        syntect = { version = "5", default-features = false, features = ["default-fancy"] }
        tera = { version = "1", default-features = false }
        tokio = { version = "1", features = ["full"] }
        toml = "0.8"
        ureq = "2"
        """,
    "c": """
        bzip2-sys = "0.1"
        libgit2-sys = "0.16"
        libmimalloc-sys = "0.1"
        libsqlite3-sys = { version = "0.28", features = ["bundled"] }
        libz-sys = { version = "1", features = ["static"] }
        lzma-sys = { version = "0.1", features = ["static"] }
        onig_sys = "69"
        ring = "0.17"
        zstd-sys = "2"
        """,
}
WAYS = {"": ["build", "--release"], "dev": ["build"], "check": ["check"]}
FLAGS = {"rust": "lld", "bfd": "bfd", "lld": "lld", "mold": "mold"}
MIB = 1 << 20
# The table of docs/HISTORY.md: constant, bytes a byte of objects, bytes a byte of sources.
HISTORY = ROOT / "docs/HISTORY.md"


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--builds", default="heavy,hyperfine@1.20.0,cxx")
    parser.add_argument("--linkers", default="rust,bfd", help=", ".join(FLAGS))
    parser.add_argument("--memguard", type=Path, default=ROOT / "build/bench/memguard")
    parser.add_argument("--objects", type=Path, default=ROOT / "build/dev")
    parser.add_argument("--held-out", action="store_true", help="of `cxx` only what no coefficient was fitted to")
    parser.add_argument("--keep", type=Path, help="keeps reports and histories there")
    parser.add_argument("--fit", action="store_true", help="prints the coefficients that fit each group best")
    parser.add_argument("--from", type=Path, dest="source", help="a folder that --keep filled")
    return parser.parse_args()


def shipped_models() -> dict[str, tuple[float, float, float]]:
    """From the table of docs/HISTORY.md."""
    found = {}
    for line in HISTORY.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 4 and cells[1].endswith("MiB"):
            numbers = (float(cells[1].split()[0]) * MIB, float(cells[2]), float(cells[3]))
            for group in cells[0].split("`")[1::2]:
                found[group] = numbers
    return found


def group_of(unit: dict[str, Any], program: str) -> str:
    """As history/model.h has it."""
    if unit["class"] == "link":
        return f"link {program}"
    if unit["class"] == "cc":
        by_clang = program.startswith("clang") and unit["name"].endswith((".c", ".i"))
        return "cc C" if program == "cc1" or by_clang else "cc"
    words = unit["profile"].split()
    if "emit=metadata" in words:
        return "rustc metadata"
    whole = {"lto", "lto=fat", "lto=thin"} & set(words)
    return "rustc lto" if whole and unit["kind"] not in ("lib", "rlib") else "rustc codegen"


class Guess:
    """One job of one build."""

    def __init__(self, unit: dict[str, Any], run: dict[str, Any], told: int,
                 models: dict[str, tuple[float, float, float]]):
        self.job_class, self.name, self.peak, self.told = unit["class"], unit["name"], run["peak_bytes"], told
        self.group, self.objects = group_of(unit, run["program"]), run["object_bytes"]
        self.sources = run["source_bytes"]
        self.shipped = self.by(models.get(self.group, models["link ld"]))

    def by(self, model: tuple[float, float, float]) -> float:
        return float(model[0] + model[1] * self.objects + model[2] * self.sources)


def guesses(folder: Path, models: dict[str, tuple[float, float, float]]) -> list[Guess]:
    told = {job["peak_bytes"]: job["predicted_bytes"] for job in json.loads((folder / "run.json").read_text())["job"]}
    found = []
    for unit in json.loads((folder / "history.json").read_text())["units"]:
        for run in unit["runs"]:
            if unit["class"] in ("rustc", "link", "cc") and run["completed"]:
                found.append(Guess(unit, run, told.get(run["peak_bytes"], 0), models))
    return found


# --- builds


def commands(given: argparse.Namespace, build: str, work: Path, linker: str) -> list[str]:
    if build == "cxx":
        return ["sh", str(links_of(given.objects, work, linker))]
    if build == "heavy":
        return ["cargo", "build", "--release", "--offline", "-q", "--manifest-path",
                str(ROOT / "examples/heavy/Cargo.toml")]
    project, _, way = build.partition(":")
    if project in CRATES:
        return ["cargo", *WAYS[way], "-q", "--manifest-path", str(program_with(CRATES[project], work))]
    name, _, version = build.partition("@")
    return ["cargo", "install", "-q", "--locked", "--force", "--root", str(work / "installed"),
            *(["--version", version] if version else []), name]


def program_with(crates: str, work: Path) -> Path:
    """A program that does nothing, and needs these."""
    (work / "src").mkdir()
    (work / "src/main.rs").write_text("fn main() {}\n")
    manifest = work / "Cargo.toml"
    manifest.write_text(f'[package]\nname = "bench"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\n{crates}')
    return manifest


def links_of(objects: Path, work: Path, linker: str) -> Path:
    """A script of all links that Ninja would do in that folder, into `work`."""
    text = subprocess.run(["ninja", "-C", objects, "-t", "commands"], capture_output=True, text=True, check=True).stdout
    script = work / "links.sh"
    flag = "" if linker == "rust" else f" -fuse-ld={linker}"
    with script.open("w") as file:
        print(f"cd {shlex.quote(str(objects))}", file=file)
        for number, line in enumerate(text.splitlines()):
            before, found, after = line.partition(".o -o ")
            if not found or " -c " in line:
                continue
            output, _, rest = after.partition(" ")
            target = work / f"{number}-{Path(output).name}"
            print(f"{before}.o{flag} -o {target} {rest.partition(' && ')[0]}; rm -f {target}", file=file)
    return script


def make(given: argparse.Namespace, build: str, linker: str, folder: Path) -> None:
    folder.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        environment = {**os.environ, "CARGO_TARGET_DIR": str(work / "target"), "XDG_STATE_HOME": str(work / "state")}
        if linker != "rust":
            environment["RUSTFLAGS"] = f"-Clink-self-contained=-linker -Clink-arg=-fuse-ld={FLAGS[linker]}"
        subprocess.run([given.memguard, "run", "--quiet", "--json", folder / "run.json", "--",
                        *commands(given, build, work, linker)], env=environment, check=True)
        subprocess.run([given.memguard, "history", "--export", folder / "history.json"], env=environment, check=True)


def builds(given: argparse.Namespace, keep: Path) -> Iterator[Path]:
    for build in given.builds.split(","):
        for linker in given.linkers.split(","):
            if build == "cxx" and linker == "rust":
                continue
            folder = keep / f"{build} {linker}"
            try:
                make(given, build, linker, folder)
            except subprocess.CalledProcessError as error:
                print(f"{folder.name}: {error}", file=sys.stderr)
                continue
            yield folder


# --- what is shown


def row(name: str, what: str, found: list[Guess]) -> str:
    cells = [name, what, str(len(found))]
    for told in (False, True):
        ratios = sorted((guess.told if told else guess.shipped) / guess.peak for guess in found)
        errors = sorted(abs(ratio - 1) for ratio in ratios)
        cells += [f"{100 * statistics.median(errors):.0f} %", f"{ratios[0]:.2f}", f"{ratios[-1]:.2f}"]
    return "| " + " | ".join(cells) + " |"


def best_fit(found: list[Guess]) -> str:
    """By the least squares of the logarithms, over a grid."""
    grid = itertools.product((5, 8, 10, 12, 15, 20, 25, 30, 40, 60, 100), (0, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 2, 4, 12),
                             (0, 40, 60, 80, 100, 120, 200, 300))
    models = ((constant * MIB, objects, sources) for constant, objects, sources in grid)
    best = min(models, key=lambda model: sum(math.log(guess.by(model) / guess.peak) ** 2 for guess in found))
    return f"{best[0] / MIB:g} MiB, {best[1]} a byte of objects, {best[2]} of sources"


def main() -> int:
    given = options()
    models = shipped_models()
    print("| build, linker | jobs | | shipped: median error | least | most | told: median error | least | most |")
    print("|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as temporary:
        keep = given.keep or Path(temporary)
        folders = sorted(given.source.iterdir()) if given.source else builds(given, keep)
        every: list[Guess] = []
        for folder in folders:
            found = guesses(folder, models)
            if given.held_out and folder.name.startswith("cxx "):
                # Links sorted by size: the first, third, ... are those of docs/HISTORY.md's fit.
                found = sorted(found, key=lambda guess: (guess.objects, guess.peak))[1::2]
            for group in sorted({guess.group for guess in found}):
                print(row(folder.name, group, [guess for guess in found if guess.group == group]), flush=True)
            every += found
        for group in sorted({guess.group for guess in every}) if given.fit else []:
            print(f"{group}: {best_fit([guess for guess in every if guess.group == group])}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

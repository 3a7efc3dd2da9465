"""The builds that are compared: files for make and ninja whose compilers and linkers are `hog`.

The sizes are those of `memguard simulate --workload NAME` (simulate/study.cc), whose seeds are other dice. A hog grows
along its curve and mostly sleeps, so that sixteen of them can be acted on two processors.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

MIB = 1 << 20
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Stretch:
    """Memory changes evenly to `mib` within `seconds`."""

    mib: float
    seconds: float


@dataclass(frozen=True)
class Job:
    """One compile or link: its output, its memory over time, and the outputs that must be there before."""

    output: str
    program: str
    curve: tuple[Stretch, ...]
    after: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        return sum(stretch.seconds for stretch in self.curve)

    @property
    def mib_seconds(self) -> float:
        """The area below its curve: what it takes of memory and time together."""
        before = [0.0, *(stretch.mib for stretch in self.curve)]
        return sum((low + stretch.mib) / 2 * stretch.seconds for low, stretch in zip(before, self.curve))


@dataclass(frozen=True)
class Workload:
    """`thief_after`: seconds after which another program takes half of the limit within 10 s; 0 for none."""

    name: str
    about: str
    limit: int  # bytes
    jobs: list[Job] = field(repr=False)
    scale: float = 1  # of the sizes that the curves have
    parallel: int = 16  # the -j a machine of that many processors would give
    thief_after: float = 0
    share: float = 0.03  # of their time, for which hogs compute
    cargo: tuple[str, ...] = ()  # what cargo is asked to do, instead of `jobs`

    @property
    def is_flat(self) -> bool:
        """Whether no job waits for another."""
        return bool(self.jobs) and not any(job.after for job in self.jobs)

    @property
    def largest(self) -> int:
        """Bytes of the largest job."""
        return int(self.scale * max(stretch.mib for job in self.jobs for stretch in job.curve) * MIB)


def ramp(mib: float, seconds: float, grows: float = 1.0) -> tuple[Stretch, ...]:
    """Grows to `mib` in the part `grows` of its time, and keeps it for the rest."""
    peak = max(mib, 1)
    first = Stretch(peak, seconds * grows)
    return (first,) if grows >= 1 else (first, Stretch(peak, seconds * (1 - grows)))


def triples_late(mib: float, seconds: float) -> tuple[Stretch, ...]:
    """A third of its memory for three quarters of its time, then all of it: what LTO does."""
    third, all_of_it = max(mib / 3, 1), max(mib, 3)
    return (Stretch(third, 0.1 * seconds), Stretch(third, 0.65 * seconds),
            Stretch(all_of_it, 0.1 * seconds), Stretch(all_of_it, 0.15 * seconds))


def compile_job(number: int, curve: tuple[Stretch, ...], after: tuple[str, ...] = ()) -> Job:
    return Job(f"{number}.o", "cc1plus", curve, after)


def links(dice: random.Random, part: float) -> Workload:
    compiles = [
        compile_job(i, ramp(dice.uniform(30, 120), dice.uniform(0.5, 3), 0.8)) for i in range(round(200 * part))
    ]
    objects = tuple(job.output for job in compiles)
    last = [Job(f"program{i}", "ld", ramp(440, 8), objects) for i in range(12)]
    about = f"{len(compiles)} compiles, then 12 links that grow to 440 MiB in 8 s"
    return Workload("links", about, 2048 * MIB, compiles + last)


def mixed(dice: random.Random, part: float) -> Workload:
    limit_mib = 0.35 * 16 * 100 * 1.65
    jobs = []
    for i in range(round(300 * part)):
        peak = min(dice.lognormvariate(4.6, 1.0), 0.85 * limit_mib)
        seconds = dice.uniform(0.5, 4.5)
        curve = triples_late(peak, seconds) if dice.random() < 0.3 else ramp(peak, seconds, dice.uniform(0.1, 0.5))
        after = tuple({f"{dice.randrange(i)}.o" for _ in range(dice.randint(0, 2))}) if i else ()
        jobs.append(compile_job(i, curve, after))
    about = f"{len(jobs)} jobs of log-normal peaks that wait for each other"
    return Workload("mixed", about, int(limit_mib * MIB), jobs)


def uniform(dice: random.Random, part: float) -> Workload:
    jobs = [
        compile_job(i, ramp(200 * dice.uniform(0.955, 1.045), 3 * dice.uniform(0.95, 1.05), 0.33))
        for i in range(round(100 * part))
    ]
    return Workload("uniform", f"{len(jobs)} jobs of 200 MiB and 3 s", 1024 * MIB, jobs)


def late(dice: random.Random, part: float) -> Workload:
    jobs = [
        compile_job(i, triples_late(dice.uniform(100, 300), dice.uniform(4, 12) * max(part, 0.5)))
        for i in range(round(75 * part))
    ]
    return Workload("late", f"{len(jobs)} jobs of 100 to 300 MiB that triple at the end", 1408 * MIB, jobs)


def plenty(dice: random.Random, part: float) -> Workload:
    jobs = [compile_job(i, ramp(dice.uniform(10, 60), dice.uniform(0.5, 2), 0.5)) for i in range(round(200 * part))]
    return Workload("plenty", f"{len(jobs)} jobs that all fit", 2048 * MIB, jobs)


def thief(dice: random.Random, part: float) -> Workload:
    """The thief comes when, at the pace of four at a time, half of the compiles are done."""
    made = links(dice, part)
    compiling = sum(job.seconds for job in made.jobs if job.program != "ld")
    about = f"{made.about}; after {compiling / 8:.0f} s another program takes half of the limit"
    return replace(made, name="thief", about=about, thief_after=compiling / 8)


def heavy(_dice: random.Random, _part: float) -> Workload:
    manifest = str(ROOT / "examples/heavy/Cargo.toml")
    return Workload("heavy", "examples/heavy, a release build with fat LTO", 450 * MIB, [], parallel=8,
                    cargo=("build", "--release", "--offline", "--manifest-path", manifest))


def real(_dice: random.Random, _part: float) -> Workload:
    """Its crates come from the network before anything is timed."""
    about = "hyperfine 1.20.0 with its crates, from crates.io"
    return Workload("real", about, 400 * MIB, [], parallel=8,
                    cargo=("install", "--locked", "--force", "--version", "1.20.0", "--root", "installed", "hyperfine"))


MAKERS: dict[str, Callable[[random.Random, float], Workload]] = {
    maker.__name__: maker for maker in (links, mixed, uniform, late, plenty, thief, heavy, real)
}


def make(name: str, seed: int, part: float, scale: float, share: float = 0.03) -> Workload:
    """`part` of the jobs of the study's, and `scale` of their sizes and of the limit; of a project's, of its limit."""
    made = MAKERS[name](random.Random(seed), part)
    made = replace(made, limit=int(scale * made.limit))
    return made if made.cargo else replace(made, scale=scale, share=share)

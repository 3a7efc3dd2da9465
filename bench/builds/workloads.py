"""The builds that are compared: files for make and ninja whose compilers and linkers are `hog`.

The sizes are those of `memguard simulate --workload NAME` (simulate/study.cc), whose seeds are other dice. A hog grows
along its curve and mostly sleeps, so that sixteen of them can be acted on two processors.
"""

import random
from dataclasses import dataclass, field, replace
from pathlib import Path

MIB = 1 << 20


@dataclass(frozen=True)
class Job:
    """One compile or link: its output, what it does (steps of hog), and the outputs that must be there before."""

    output: str
    program: str
    steps: tuple[str, ...]
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class Workload:
    name: str
    about: str
    limit: int  # bytes
    jobs: list[Job] = field(repr=False)
    scale: float = 1  # of the sizes that the steps have
    parallel: int = 16  # the -j a machine of that many processors would give


def ramp(mib: float, seconds: float, grows: float = 1.0) -> tuple[str, ...]:
    """Grows to `mib` in the part `grows` of its time, and keeps it for the rest."""
    steps = ("--ramp", f"{max(mib, 1):.0f}MiB:{seconds * grows:.3f}s")
    return steps if grows >= 1 else (*steps, "--hold", f"{seconds * (1 - grows):.3f}s")


def triples_late(mib: float, seconds: float) -> tuple[str, ...]:
    """A third of its memory for three quarters of its time, then all of it: what LTO does."""
    first = ramp(mib / 3, 0.1 * seconds)
    last = ("--ramp", f"{mib:.0f}MiB:{0.1 * seconds:.3f}s", "--hold", f"{0.15 * seconds:.3f}s")
    return (*first, "--hold", f"{0.65 * seconds:.3f}s", *last)


def compile_job(number: int, steps: tuple[str, ...], after: tuple[str, ...] = ()) -> Job:
    return Job(f"{number}.o", "cc1plus", steps, after)


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
        steps = triples_late(peak, seconds) if dice.random() < 0.3 else ramp(peak, seconds, dice.uniform(0.1, 0.5))
        after = tuple({f"{dice.randrange(i)}.o" for _ in range(dice.randint(0, 2))}) if i else ()
        jobs.append(compile_job(i, steps, after))
    return Workload("mixed", f"{len(jobs)} jobs of log-normal peaks that wait for each other", int(limit_mib * MIB), jobs)


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


MAKERS = {maker.__name__: maker for maker in (links, mixed, uniform, late, plenty)}


def make(name: str, seed: int, part: float, scale: float) -> Workload:
    """`part` of the jobs of the study's, and `scale` of their sizes and of the limit."""
    made = MAKERS[name](random.Random(seed), part)
    return replace(made, limit=int(scale * made.limit), scale=scale)


def write(workload: Workload, folder: Path, hog: Path) -> None:
    """A Makefile and a build.ninja; those that end in -flock let only one linker run at a time, by flock(1)."""
    folder.mkdir(parents=True, exist_ok=True)
    for program in ("cc1plus", "ld"):
        (folder / program).unlink(missing_ok=True)
        (folder / program).symlink_to(hog)
    for suffix, lock in (("", ""), ("-flock", "flock links.lock ")):
        (folder / f"Makefile{suffix}").write_text(makefile(workload, lock))
        (folder / f"build{suffix}.ninja").write_text(ninja_file(workload, lock))


def command(workload: Workload, job: Job, lock: str) -> str:
    prefix = lock if job.program == "ld" else ""
    return f"{prefix}./{job.program} --share 0.03 --scale {workload.scale} {' '.join(job.steps)} -o {job.output}"


def makefile(workload: Workload, lock: str) -> str:
    rules = [f"all: {' '.join(job.output for job in workload.jobs)}"]
    for job in workload.jobs:
        rules.append(f"{job.output}: {' '.join(job.after)}\n\t@{command(workload, job, lock)} >/dev/null")
    return "\n".join(rules) + "\n"


def ninja_file(workload: Workload, lock: str) -> str:
    rules = ["rule run\n  command = $c >/dev/null"]
    for job in workload.jobs:
        rules.append(f"build {job.output}: run {' '.join(job.after)}\n  c = {command(workload, job, lock)}")
    return "\n".join(rules) + "\n"


def clean(workload: Workload, folder: Path) -> None:
    for job in workload.jobs:
        (folder / job.output).unlink(missing_ok=True)


def all_made(workload: Workload, folder: Path) -> bool:
    return all((folder / job.output).exists() for job in workload.jobs)

"""A Makefile and a build.ninja for a workload, whose programs are `hog` under a compiler's and a linker's name.

In Makefile-rustc the compilers are called rustc, and each link has a rustc above it: memguard can start them again.
Each is told of a source, or it were no work but a question such as `rustc -vV`. The file `jobs` has those of a workload
in which nobody waits for another, a line each.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from workloads import Job, Workload


# What make is to run for a job, by itself or behind flock(1).
Command = Callable[[Workload, Job, str], str]


def write(workload: Workload, folder: Path, hog: Path) -> None:
    """Those that end in -flock let only one linker run at a time, by flock(1)."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "linking").mkdir(exist_ok=True)
    for program, real in {"cc1plus": hog, "rustc": hog, "ld": hog, "linking/rustc": Path("/bin/sh")}.items():
        (folder / program).unlink(missing_ok=True)
        (folder / program).symlink_to(real)
    for suffix, lock in (("", ""), ("-flock", "flock links.lock ")):
        (folder / f"Makefile{suffix}").write_text(makefile(workload, command, lock))
        (folder / f"Makefile-rustc{suffix}").write_text(makefile(workload, by_rustc, lock))
        (folder / f"build{suffix}.ninja").write_text(ninja_file(workload, lock))
    if workload.is_flat:
        (folder / "jobs").write_text("".join(f"{command(workload, job, '')} >/dev/null\n" for job in workload.jobs))


def steps(job: Job) -> Iterator[str]:
    held = 0.0
    for stretch in job.curve:
        # hog grows by whole mebibytes; what grows by less is kept as it is.
        if stretch.mib > held:
            yield f"--ramp {stretch.mib:.2f}MiB:{stretch.seconds:.3f}s"
        else:
            yield f"--hold {stretch.seconds:.3f}s"
        held = stretch.mib


def command(workload: Workload, job: Job, lock: str) -> str:
    prefix = lock if job.program == "ld" else ""
    works = f"--share {workload.share} --scale {workload.scale} {' '.join(steps(job))}"
    return f"{prefix}./{job.program} {works} -o {job.output}"


def by_rustc(workload: Workload, job: Job, lock: str) -> str:
    if job.program == "ld":
        # As rustc says it, because only then its linker may have been taken from it for memory.
        failed = 'echo "error: linking with \\`ld\\` failed: status $$?" >&2; exit 1'
        linking = f"linking/rustc -c '{command(workload, job, lock)} || {{ {failed}; }}'"
        return f"{linking} main.rs --crate-name {job.output} --crate-type bin"
    plain = command(workload, replace(job, program="rustc"), lock)
    return f"{plain} --crate-name c{job.output.removesuffix('.o')} --source lib.rs"


def makefile(workload: Workload, command: Command, lock: str) -> str:
    rules = [f"all: {' '.join(job.output for job in workload.jobs)}"]
    for job in workload.jobs:
        rules.append(f"{job.output}: {' '.join(job.after)}\n\t@{command(workload, job, lock)} >/dev/null")
    return "\n".join(rules) + "\n"


def ninja_file(workload: Workload, lock: str) -> str:
    rules = ["rule run\n  command = $c >/dev/null"]
    for job in workload.jobs:
        rules.append(f"build {job.output}: run {' '.join(job.after)}\n  c = {command(workload, job, lock)}")
    return "\n".join(rules) + "\n"

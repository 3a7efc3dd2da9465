"""What no scheduler can beat: the least time that a workload's jobs need on its processors and in its limit."""

from collections.abc import Iterable

from workloads import MIB, Job, Workload


def critical_path(jobs: Iterable[Job]) -> float:
    """Seconds of the longest chain of jobs that wait for each other; `jobs` in an order that they can be done in."""
    ends: dict[str, float] = {}
    for job in jobs:
        ends[job.output] = job.seconds + max((ends.get(name, 0.0) for name in job.after), default=0.0)
    return max(ends.values(), default=0.0)


def least_seconds(jobs: list[Job], workload: Workload) -> float:
    """The largest of the longest chain, the work over the processors, and memory times seconds over the limit."""
    limit_mib = workload.limit / MIB / workload.scale
    return max(critical_path(jobs), sum(job.seconds for job in jobs) / workload.parallel,
               sum(job.mib_seconds for job in jobs) / limit_mib)


def physical(workload: Workload) -> float:
    """0 where the jobs are not known."""
    return least_seconds(workload.jobs, workload)


def by_phases(workload: Workload) -> float:
    """Links cannot start before all compiles have ended, so the bounds of both add up."""
    compiles = [job for job in workload.jobs if job.program != "ld"]
    last = [job for job in workload.jobs if job.program == "ld"]
    return least_seconds(compiles, workload) + least_seconds(last, workload)


def idle(workload: Workload, seconds: float) -> float:
    """The part of all processors' time in which no job worked."""
    return 1 - sum(job.seconds for job in workload.jobs) / (seconds * workload.parallel)

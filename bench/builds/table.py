"""The results of one workload for people."""

import bounds
from contenders import Result
from workloads import Workload

COUNTS = ("held", "frozen", "evicted", "restarted", "lost")


def oracle(results: list[Result]) -> Result | None:
    """The fastest fixed -j that survived: what a person could have found by trying them all."""
    survivors = [result for result in results if result.fixed and result.ended]
    return min(survivors, key=lambda result: result.seconds) if survivors else None


def outcome(result: Result) -> str:
    if result.ended:
        return "ended"
    return "gave up" if result.gave_up else "lost"


def ratios(result: Result, best: Result | None, workload: Workload) -> dict[str, float]:
    """Of a build that ended: its time over the oracle's and over what nobody can beat, and the idle part of it."""
    if not result.ended:
        return {}
    over = {"oracle": result.seconds / best.seconds} if best else {}
    if workload.jobs:
        over["bound"] = result.seconds / bounds.physical(workload)
        over["phases"] = result.seconds / bounds.by_phases(workload)
        over["idle"] = bounds.idle(workload, result.seconds)
    return over


def row(result: Result, best: Result | None, workload: Workload) -> str:
    shown = {key: f"{value:.2f}" for key, value in ratios(result, best, workload).items()}
    columns = " ".join(f"{shown.get(key, '-'):>6}" for key in ("oracle", "bound", "phases", "idle"))
    counts = ", ".join(f"{key} {result.told[key]:.0f}" for key in COUNTS if result.told.get(key))
    return (f"  {result.contender:18} {outcome(result):8} {result.seconds:8.1f} {columns} "
            f"{100 * result.peak / workload.limit:6.0f} % {result.oom_kills:6}  {counts}").rstrip()


def title(workload: Workload) -> str:
    said = f"{workload.name}: {workload.about}; limit {workload.limit >> 20} MiB"
    if not workload.jobs:
        return said
    return (f"{said}, sizes times {workload.scale:g}, at least {bounds.physical(workload):.1f} s, with phases "
            f"{bounds.by_phases(workload):.1f} s")


def show(results: list[Result], workload: Workload) -> str:
    best = oracle(results)
    head = (f"  {'':18} {'':8} {'seconds':>8} {'oracle':>6} {'bound':>6} {'phases':>6} {'idle':>6} {'of limit':>8} "
            f"{'kills':>6}")
    return "\n".join([title(workload), head, *(row(result, best, workload) for result in results)])

"""The results of one workload for people."""

from contenders import Result


def oracle(results: list[Result]) -> Result | None:
    """The fastest fixed -j that survived: what a person could have found by trying them all."""
    survivors = [result for result in results if result.fixed and result.ended]
    return min(survivors, key=lambda result: result.seconds, default=None)


def outcome(result: Result) -> str:
    if result.ended:
        return "ended"
    return "gave up" if result.gave_up else "lost"


def row(result: Result, best: Result | None, limit: int) -> str:
    ratio = f"{result.seconds / best.seconds:.2f}" if best and result.ended else "-"
    counts = ", ".join(f"{key} {value}" for key, value in result.counts.items() if value)
    return (f"  {result.contender:18} {outcome(result):8} {result.seconds:8.1f} {ratio:>6} "
            f"{100 * result.peak / limit:5.0f} % {result.oom_kills:6}  {counts}").rstrip()


def show(title: str, results: list[Result], limit: int) -> str:
    best = oracle(results)
    head = f"  {'':18} {'':8} {'seconds':>8} {'oracle':>6} {'of limit':>7} {'kills':>6}"
    return "\n".join([title, head, *(row(result, best, limit) for result in results)])

"""Reports as memguard writes them, as large and as hostile as one likes."""
import json
import random

MIB = 1 << 20
HOSTILE = ["</script><script>document.title='broken'</script>", "<img src=x onerror=document.title='broken'>",
           "\x1b[2J\x1b]0;broken\x07", "\u202egnp.app", "x" * 10_000, "'\"&amp;", "a\nb", "\ud83d\ude00 crate"]


class Builder:
    """Runs jobs through so many places, and keeps what each did and had."""

    def __init__(self, jobs, samples, places, seed):
        self.dice = random.Random(seed)
        self.jobs, self.changes = [], []
        free = [0.0] * places
        for number in range(jobs):
            place = min(range(places), key=free.__getitem__)
            free[place] = self.add_job(number, free[place])
        self.wall = max(free)
        self.at = [round(i * self.wall / samples, 6) for i in range(samples)]
        self.used = [0] * samples
        self.memory = [self.memory_of(job) for job in self.jobs]

    def add_job(self, number, start):
        kind = self.dice.choice(["cc"] * 6 + ["rustc"] * 3 + ["link"])
        held = self.dice.choice([0, 0, 0, self.dice.uniform(0.5, 6)])
        end = round(start + held + self.dice.uniform(0.3, 9), 6)
        peak = int(self.dice.lognormvariate(4.5, 0.8) * MIB)
        self.changes.append([start, number, "held" if held else "runs", "no_room" if held else "fits",
                             1 << 30, 700 * MIB, 900 * MIB, peak, 4, 0, 2] + ([number - 1] if held and number else []))
        if held:
            self.changes.append([round(start + held, 6), number, "runs", "fits",
                                 1 << 30, 1 << 28, 1 << 28, peak, 3, 0, 1])
        self.jobs.append({
            "id": number, "class": kind, "crate": f"crate-{number}" if kind == "rustc" else "", "version": "",
            "output": f"obj/part-{number}.o", "program": kind, "unit": f"part-{number}", "pid": 1000 + number,
            "start": round(start, 6), "end": end, "peak_bytes": peak, "predicted_bytes": int(peak * 1.1),
            "cpu_seconds": round(end - start - held, 3), "held_seconds": round(held, 6), "frozen_seconds": 0,
            "restarts": 0, "outcome": "done", "killer": "", "family": 16 * number, "above": None})
        return end

    def memory_of(self, job):
        step = self.wall / len(self.at)
        first = min(len(self.at) - 1, int((job["start"] + job["held_seconds"]) / step) + 1)
        last = max(first + 1, min(len(self.at), int(job["end"] / step)))
        memory = [int(job["peak_bytes"] * (i - first + 1) / (last - first)) for i in range(first, last)]
        for i, size in enumerate(memory):
            self.used[first + i] += size
        return {"job": job["id"], "first": first, "bytes": memory}


def report(jobs=5000, samples=2000, places=16, seed=1, hostile=False):
    """The JSON text of a run."""
    built = Builder(jobs, samples, places, seed)
    if hostile:
        for job, name in zip(built.jobs, HOSTILE):
            job.update({"class": "rustc", "crate": name, "unit": name})
    held = sum(job["held_seconds"] for job in built.jobs)
    limit = [int(max(built.used) * 1.1)] * samples
    zeros = [0] * samples
    return json.dumps({
        "version": 1, "ended_at": "2026-05-01T12:00:00Z", "folder": "/home/you/large",
        "command": ["make", f"-j{places}"] + (HOSTILE if hostile else []), "tier": "full", "exit_status": 0,
        "wall_seconds": built.wall, "limit_bytes": limit[0], "peak_bytes": max(built.used), "jobs": jobs,
        "held": sum(job["held_seconds"] > 0 for job in built.jobs), "held_seconds": held, "frozen": 0,
        "frozen_seconds": 0, "evicted": 0, "restarted": 0, "oom_kills": 0, "lost": 0, "reclaimed_bytes": 0,
        "psi_full_seconds": 0, "supervisor_cpu_seconds": 0, "supervisor_peak_bytes": 0, "processors": places,
        "job": built.jobs,
        "timeline": {"step_seconds": built.wall / samples, "at": built.at, "used_bytes": built.used,
                     "limit_bytes": limit, "high_bytes": [None] * samples, "psi_some_seconds": zeros,
                     "psi_full_seconds": zeros, "free_tokens": [-1] * samples, "memory": built.memory,
                     "changes": sorted(built.changes, key=lambda change: change[0]), "changes_left_out": 0}})

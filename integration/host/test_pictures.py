"""What `memguard report` and `memguard explain` tell of real builds that were held up."""
import json
import os
import signal

import machine
from harness import Case
from machine import until
from places import DELEGATED, HERE, READ_ONLY, USER, in_each

MAKEFILE = """all: app.o part.o
app.o: ; ./ld --ramp 60MiB:0.2s --until old.end -o $@
part.o: old ; ./cc1plus --ramp 40MiB:0.2s --hold 0.3s --source src/part.cc -o $@
old: ; ./waiter --until go.file
"""


class OfAMake(Case):
    """A make whose compiler waits for its linker."""

    def setUp(self):
        super().setUp()
        (self.folder / "Makefile").write_text(MAKEFILE)
        self.program("waiter")

    def start_make(self, **more):
        run = self.start(["make", "-j2"], ["--memory", self.limit], **more)
        link = run.the("ld")
        until(lambda: link.kilobytes("VmRSS") > 60 << 10, "the link has grown")
        run.until_looked()
        (self.folder / "go.file").touch()
        run.until_held("cc1plus")
        return run

    def make(self):
        run = self.start_make()
        self.let_old_end()
        self.assert_ends(run)
        return run

    def shown(self, run, *words):
        shown = self.plain(["env", f"XDG_STATE_HOME={self.folder / f'state-{run.number}'}", machine.memguard, *words])
        self.assertEqual(shown.returncode, 0, shown.stderr)
        return shown.stdout

    def job(self, run, job_class):
        (job,) = [job for job in run.report()["job"] if job["class"] == job_class]
        return job


@in_each(HERE, USER, DELEGATED, READ_ONLY)
class Told(OfAMake):
    def test_what_waited_why_and_for_whom(self):
        run = self.make()
        link, compiler = self.job(run, "link"), self.job(run, "cc")
        held = [change for change in run.report()["timeline"]["changes"]
                if change[1] == compiler["id"] and change[2] == "held"]
        # On one processor it may wait for that at first.
        named = [change for change in held if change[3] != "processors_busy"]
        if machine.processors() == 1 and not named:
            self.skipTest("one processor, and that is all it waited for")
        self.assertEqual(named[0][11], link["id"])
        explained = self.shown(run, "explain", "part.o")
        self.assertRegex(explained, "held before its first instruction, because ")
        self.assertRegex(explained, r"it waited .* for link app\.o")
        self.assertEqual(explained, self.shown(run, "explain", str(compiler["id"]), str(run.json_file)))
        report = self.shown(run, "report")
        self.assertRegex(report, r"(Memory limited this build for|[Jj]obs waited in) .* of ")
        self.assertIn("link app.o", report)
        self.assertIn("To change\n  1. ", report)

    def test_memory_of_each_job_over_time(self):
        run = self.make()
        timeline = run.report()["timeline"]
        self.assertEqual(timeline["at"], sorted(timeline["at"]))
        memory = {of["job"]: of["bytes"] for of in timeline["memory"]}
        link = max(memory[self.job(run, "link")["id"]])
        self.assertGreater(link, 55 << 20)
        self.assertLess(link, 100 << 20)

    def test_the_pictures_are_written(self):
        run = self.make()
        page, trace = self.folder / "run.html", self.folder / "run.trace"
        self.shown(run, "report", "--html", page, "--trace", trace)
        self.assertIn("link app.o", page.read_text())
        names = [event["name"] for event in json.loads(trace.read_text())["traceEvents"]]
        self.assertIn("held", names)
        self.assertIn("waits for", names)
        self.assertIn("| link app.o |", self.shown(run, "report", "--markdown"))


@in_each(HERE, USER)
class Kept(OfAMake):
    def test_a_killed_supervisor_loses_nothing_of_the_timeline(self):
        run = self.start_make()
        killed = run.supervisor()
        os.kill(killed.pid, signal.SIGKILL)
        until(lambda: not killed.alive and run.named("memguard-super"), "the next supervisor")
        self.let_old_end()
        self.assert_ends(run)
        compiler = self.job(run, "cc")
        states = [change[2] for change in run.report()["timeline"]["changes"] if change[1] == compiler["id"]]
        self.assertEqual(states, ["held", "runs"])

    def test_two_builds_that_end_at_once_are_both_kept(self):
        homes = {"XDG_STATE_HOME": str(self.folder / "state-both")}
        runs = [self.start("read go; ./ld --hold 0.1s -o app", environment=homes) for _ in range(2)]
        for run in runs:
            run.go()
        for run in runs:
            self.assert_ends(run)
        kept = self.plain(["env", f"XDG_STATE_HOME={homes['XDG_STATE_HOME']}", machine.memguard, "report", "--list"])
        self.assertEqual(len(kept.stdout.splitlines()), 3, kept.stdout)

    def test_a_run_without_jobs_is_not_the_last_one(self):
        homes = {"XDG_STATE_HOME": str(self.folder / "state-both")}
        self.assert_ends(self.guarded("./ld --hold 0.1s -o app", environment=homes))
        self.assert_ends(self.guarded("true", environment=homes))
        last = self.plain(["env", f"XDG_STATE_HOME={homes['XDG_STATE_HOME']}", machine.memguard, "report"])
        self.assertIn("./ld --hold", last.stdout)


@in_each(HERE)
class Bad(OfAMake):
    def test_a_picture_that_cannot_be_written_is_an_error_and_leaves_the_old_one(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("no /dev/full")
        run = self.guarded("./ld --hold 0.1s -o app")
        for option in ("--html", "--trace"):
            old = self.folder / "old"
            old.write_text("as it was")
            for path, problem in (("/nowhere/x", "No such file"), ("/dev/full", "No space left"), (".", "directory")):
                bad = self.plain([machine.memguard, "report", option, path, run.json_file])
                self.assertEqual(bad.returncode, 125, path)
                self.assertIn(problem, bad.stderr)
            limited = self.plain(["sh", "-c", 'ulimit -f 1; exec "$@"', "sh", machine.memguard, "report", option, old,
                                  run.json_file])
            if limited.returncode:
                self.assertEqual(old.read_text(), "as it was")

    def test_a_reader_that_goes_away_is_no_crash(self):
        run = self.guarded("./ld --hold 0.1s -o app")
        for words in ("report", "report --markdown", "explain app"):
            ended = self.plain(f"{machine.memguard} {words} {run.json_file} | true")
            self.assertEqual(ended.stderr, "")
        closed = self.plain(f"{machine.memguard} report {run.json_file} >&-")
        self.assertLess(closed.returncode, 126)

"""A run is looked at and acted on from outside: memguard status, and the socket that it asks."""
import json
import os
import shutil
import signal
import socket
import subprocess

import machine
from harness import Case
from machine import until
from onlooker import Onlooker, ask, jobs, socket_of, until_job
from places import DELEGATED, HERE, READ_ONLY, USER, in_each

MEBI = 1 << 20

# Six links that grow to 60 MiB; the second of them ends when old.end is there.
MAKEFILE = """
all: app1 app2 app3 app4
app%:
\t./ld --ramp 60MiB:0.3s --until go.$* --hold 0.1s -o $@
.PHONY: all
"""


class Watched(Case):
    def status(self, run, *options, columns="80"):
        """What memguard status prints in the place of the run."""
        command = [machine.memguard, "status", "--pid", run.front.pid, *options]
        return self.plain(["env", f"COLUMNS={columns}", *command])

    def start_make(self, options=()):
        if not shutil.which("make"):
            self.skipTest("no make")
        (self.folder / "Makefile").write_text(MAKEFILE)
        run = self.start(["make", "-j4"], ["--memory", "100MiB", "--explain", *options])
        until(lambda: len(run.named("ld")) == 4, lambda: f"four links: {run.named('ld')}")
        return run

    def let_all_end(self):
        for number in range(1, 5):
            (self.folder / f"go.{number}").touch()

    def start_two(self, options=()):
        """An older link, which runs, and a younger one, which is held for its sake until let_end("old")."""
        run = self.start_behind_old("./ld --until new.end -o new && wait $old", options)
        until(lambda: len(run.named("ld")) == 2, lambda: f"two links: {run.named('ld')}")
        return run


@in_each(HERE, USER, READ_ONLY)
class Status(Watched):
    def test_shows_a_make_build_that_is_held_up(self):
        run = self.start_make()

        def held_up():
            states = [job["state"] for job in json.loads(self.status(run, "--json").stdout)["runs"][0]["jobs"]]
            return sorted(states) == ["held", "held", "held", "running"]

        until(held_up, lambda: self.status(run).stdout)
        (told,) = json.loads(self.status(run, "--json").stdout)["runs"]
        self.assertEqual((told["pid"], told["command"], told["tier"]), (run.front.pid, "make -j4", self.place.tier))
        self.assertEqual(told["folder"], str(self.folder))
        self.assertEqual(told["limit_bytes"], 100 * MEBI)
        self.assertEqual(told["headroom_bytes"], told["limit_now_bytes"] - told["used_bytes"])
        running = next(job for job in told["jobs"] if job["state"] == "running")
        for job in told["jobs"]:
            if job["state"] == "held":
                self.assertEqual(job["class"], "link")
                # On one processor they may wait for that.
                others = () if machine.processors() > 1 else (None,)
                self.assertIn(job.get("waits_for"), (running["id"], *others))
                self.assertLess(job["memory_bytes"], MEBI)
                self.assertTrue(job["why"])
        for columns in ("80", "60"):
            shown = self.status(run, columns=columns)
            self.assertEqual(shown.returncode, 0)
            self.assertLessEqual(max(map(len, shown.stdout.splitlines())), int(columns))
            self.assertRegex(shown.stdout, rf"make -j4 +pid {run.front.pid}, tier {self.place.tier}, since ")
            self.assertIn("1 running, 3 held", shown.stdout)
            if machine.processors() > 1:
                self.assertIn(f"waits for {running['name']}", shown.stdout)
        self.let_all_end()
        self.assert_ends(run)

    def test_of_no_run_is_said_by_its_exit_status(self):
        run = self.start("read go")
        until(lambda: self.status(run).returncode == 0, "the run is found")
        run.go()
        self.assert_ends(run)
        gone = self.status(run)
        self.assertEqual((gone.returncode, gone.stderr), (1, ""))
        self.assertIsNone(socket_of(run))
        self.assertEqual(json.loads(self.status(run, "--json").stdout), {"version": 1, "runs": []})

    def test_of_a_run_that_was_killed_with_all_of_it_is_swept(self):
        run = self.start("sleep 1000")
        until(lambda: socket_of(run), "the run has a socket")
        path = socket_of(run)
        for process in (run.keeper(), run.witness(), run.front, run.supervisor()):
            os.kill(process.pid, signal.SIGKILL)
        run.wait()
        # As long as one of them is dying it holds its end.
        until(lambda: self.status(run).returncode == 1 and not path.exists(), "nothing answers, and nothing is left")

    def test_a_name_drives_no_terminal(self):
        name = "\x1b[2J\x1b]0;owned\x07\u202e" + "x" * 3000
        run = self.start(["sh", "-c", './ld --until end.end -o "$1"', "sh", name], ["--memory", "100MiB"])
        run.the("ld")
        until(lambda: "running" in self.status(run).stdout, "it is shown")
        for columns in ("60", "200"):
            shown = self.status(run, columns=columns).stdout
            self.assertFalse(set(shown) & set("\x1b\x07\u202e"), shown)
            self.assertLessEqual(max(map(len, shown.splitlines())), int(columns))
        self.assertNotIn("\x1b", self.status(run, "--json").stdout)
        self.let_end("end")
        self.assert_ends(run)


@in_each(HERE, DELEGATED)
class Commands(Watched):
    """What one may do to a build, and what stands above it."""

    def test_a_held_job_that_is_let_go_starts(self):
        run = self.start_two()
        held = until_job(run, "link new", "held")
        reply = ask(run, "let_go", job=held["id"])
        self.assertEqual(reply.get("done"), "link new was let go")
        until_job(run, "link new", "running")
        run.until_explained("start link new: you asked for it")
        self.let_end("new")
        self.let_old_end()
        self.assert_ends(run)

    def test_a_job_that_was_frozen_stays_so_until_it_is_let_go(self):
        run = self.start("./ld --until old.end -o old & old=$!; read go; ./ld --until new.end -o new && wait $old",
                         ["--memory", "2GiB", "--explain"])
        until_job(run, "link old", "running")
        run.go()
        new = until_job(run, "link new", "running")
        self.assertIn("was frozen", ask(run, "freeze", job=new["id"]).get("done", ""))
        frozen = until_job(run, "link new", "frozen")
        self.assertTrue(frozen["by_user"])
        self.assertEqual(frozen["why"], "you asked for it")
        run.until_looked(40)
        self.assertEqual(jobs(run)["link new"]["state"], "frozen")
        self.assertIn("was let go", ask(run, "let_go", job=new["id"]).get("done", ""))
        until_job(run, "link new", "running")
        self.let_end("new")
        self.let_old_end()
        self.assert_ends(run)

    def test_a_job_that_was_frozen_goes_on_when_it_is_the_oldest(self):
        run = self.start_two(["--memory", "2GiB"])
        new = until_job(run, "link new", "running")
        ask(run, "freeze", job=new["id"])
        until_job(run, "link new", "frozen")
        self.let_end("new")
        self.let_old_end()
        self.assert_ends(run)

    def test_the_oldest_is_neither_frozen_nor_evicted(self):
        run = self.start_two()
        until_job(run, "link new", "held")
        oldest = next(job for job in jobs(run).values() if job["state"] == "running")
        for what in ("freeze", "evict"):
            self.assertIn("the oldest always runs", ask(run, what, job=oldest["id"]).get("error", ""))
        self.let_end("new")
        self.let_old_end()
        self.assert_ends(run)

    def test_an_evicted_job_is_started_again(self):
        run = self.start_two(["--memory", "2GiB"])
        new = until_job(run, "link new", "running")
        until(lambda: jobs(run)["link new"]["restartable"], "it has its shim")
        self.assertIn("is evicted", ask(run, "evict", job=new["id"]).get("done", ""))
        until(lambda: jobs(run).get("link new", new)["id"] != new["id"], "it has come again")
        self.assertGreater(jobs(run)["link new"]["restarts"], 0)
        self.let_end("new")
        self.let_old_end()
        self.assert_ends(run)
        self.assertEqual((run.report()["evicted"], run.report()["restarted"], run.report()["lost"]), (1, 1, 0))

    def test_the_limit_moves_and_what_fits_starts(self):
        run = self.start_two()
        until_job(run, "link new", "held")
        self.assertIn("the limit is 2.0 GiB now", ask(run, "limit", bytes=2048 * MEBI).get("done", ""))
        until_job(run, "link new", "running")
        told = ask(run, "status")["run"]
        self.assertEqual(told["limit_bytes"], 2048 * MEBI)
        if self.place.tier == "full":
            (group,) = [path for path in run.cgroups() if (path / "build").exists()]
            self.assertEqual((group / "build" / "memory.max").read_text().strip(), str(2048 * MEBI))
        self.assertIn("too small", ask(run, "limit", bytes=1).get("error", ""))
        self.assertIn("more than", ask(run, "limit", bytes=1 << 60).get("error", ""))
        self.let_end("new")
        self.let_old_end()
        self.assert_ends(run)
        self.assertEqual(run.report()["limit_bytes"], 2048 * MEBI)

    def test_what_was_asked_survives_the_supervisor(self):
        run = self.start_two(["--memory", "2GiB"])
        new = until_job(run, "link new", "running")
        ask(run, "limit", bytes=1024 * MEBI)
        ask(run, "freeze", job=new["id"])
        until_job(run, "link new", "frozen")
        first = run.supervisor()
        os.kill(first.pid, signal.SIGKILL)
        until(lambda: not first.alive, "it is dead")
        self.assertEqual(ask(run, "status")["run"]["limit_bytes"], 1024 * MEBI)
        self.assertTrue(until_job(run, "link new", "frozen")["by_user"])
        self.let_end("new")
        self.let_old_end()
        self.assert_ends(run)

    def test_what_was_asked_is_decided_again_by_a_replay(self):
        record = self.folder / "run.record"
        run = self.start_two(["--record", record])
        held = until_job(run, "link new", "held")
        ask(run, "let_go", job=held["id"])
        until_job(run, "link new", "running")
        self.let_end("new")
        self.let_old_end()
        self.assert_ends(run)
        self.assertIn('"go"]', record.read_text())
        replayed = subprocess.run([machine.memguard, "simulate", "--replay", record], capture_output=True, text=True)
        self.assertEqual(replayed.returncode, 0, replayed.stdout + replayed.stderr)

    def test_what_makes_no_sense_is_refused(self):
        run = self.start_two()
        until_job(run, "link new", "held")
        self.assertIn("no job 4000", ask(run, "freeze", job=4000).get("error", ""))
        self.assertIn("nothing that can be asked", ask(run, "explode").get("error", ""))
        running = next(job for job in jobs(run).values() if job["state"] == "running")
        self.assertIn("runs already", ask(run, "let_go", job=running["id"]).get("error", ""))
        held = jobs(run)["link new"]
        self.assertIn("no memory yet", ask(run, "evict", job=held["id"]).get("error", ""))
        self.let_end("new")
        self.let_old_end()
        self.assert_ends(run)


@in_each(HERE)
class Strangers(Watched):
    """Who connects and means no good changes nothing for the build."""

    def files_of(self, process):
        return len(os.listdir(f"/proc/{process.pid}/fd"))

    def test_a_hundred_that_are_stuck_and_one_that_sends_a_gibibyte(self):
        run = self.start_two()
        until_job(run, "link new", "held")
        supervisor = run.supervisor()
        files, memory = self.files_of(supervisor), supervisor.kilobytes("VmRSS")
        stuck = [Onlooker(run) for _ in range(20)]
        for _ in range(80):
            stuck.append(Onlooker(run))
            stuck[-1].socket.sendall(b'{"version":1,"do":"status"}\n')
            if len(stuck) % 20 == 0:
                self.assertIn("link new", jobs(run))
        sent = self.send_without_end(run, 1 << 30)
        self.assertLess(sent, 4 * MEBI)
        for garbage in (b"\0" * 100 + b"\n", b"[" * 4000 + b"\n", b'{"version":1,"do":"freeze","job":1e999}\n'):
            with Onlooker(run) as onlooker:
                onlooker.socket.sendall(garbage)
                self.assertIs(json.loads(onlooker.socket.makefile().readline())["ok"], False)
        half = Onlooker(run)
        half.socket.sendall(b'{"version":1,')
        half.close()
        self.assertIn("link new", jobs(run))
        self.assertEqual(run.supervisor(), supervisor, "it is the same supervisor")
        self.assertLessEqual(self.files_of(supervisor) - files, 20)
        self.assertLess(supervisor.kilobytes("VmRSS") - memory, 8 << 10)
        for onlooker in stuck:
            onlooker.close()
        until(lambda: self.files_of(supervisor) <= files + 1, "it has closed its ends")
        self.let_end("new")
        self.let_old_end()
        self.assert_ends(run)

    def send_without_end(self, run, most):
        sent = 0
        with Onlooker(run) as onlooker:
            try:
                while sent < most:
                    sent += onlooker.socket.send(b"x" * MEBI)
            except (BrokenPipeError, ConnectionResetError):
                pass
        return sent

    def test_another_user_is_not_let_in(self):
        if not machine.is_root():
            self.skipTest("only root can become another user")
        run = self.start("read go")
        until(lambda: socket_of(run), "the run has a socket")
        path = os.fspath(socket_of(run))
        self.assertEqual(os.stat(os.path.dirname(path)).st_mode & 0o777, 0o700)
        child = os.fork()
        if child == 0:
            os.setuid(65534)
            try:
                socket.socket(socket.AF_UNIX).connect(path)
            except PermissionError:
                os._exit(13)
            os._exit(0)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 13)
        run.go()
        self.assert_ends(run)

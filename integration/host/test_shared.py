"""`--shared`: a server of sccache that a run of its own guards, and that outlives builds."""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess

import machine
from harness import Case
from machine import until
from places import HERE, USER, in_each
from test_cargo import WithCargo

# Some seconds of rustc for each.
SLOW = """#![allow(long_running_const_eval)]
const fn sum(n: u64) -> u64 { let (mut i, mut s) = (0, 0u64); while i < n { s = s.wrapping_add(i * i); i += 1; } s }
pub const SUM: u64 = sum(%d);
"""
FAST, FOREVER = 10, 10**12
STARTED = "guards an sccache server now"


class WithServer(WithCargo):
    def setUp(self):
        super().setUp()
        if not machine.have("sccache"):
            self.skipTest("no sccache")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = f"SCCACHE_SERVER_PORT={free.getsockname()[1]}"
        self.environment = {"RUSTC_WRAPPER": "sccache", "SCCACHE_DIR": str(self.folder / "cache"),
                            "CARGO_INCREMENTAL": "0", "XDG_STATE_HOME": str(self.folder / "state"),
                            **dict([self.port.split("=")])}
        self.addCleanup(self.sccache, "--stop-server")

    def sccache(self, option):
        """As nobody's test: a server that is started by it is not taken for one of a run."""
        return subprocess.run([*self.place.prefix(), "sccache", option], capture_output=True, text=True, check=False,
                              env={**os.environ, **self.environment}, timeout=machine.PATIENCE)

    def servers(self):
        return [p for p in machine.processes_with(self.port)
                if p.comm == "sccache" and "SCCACHE_START_SERVER=1" in p.environment()]

    def library(self, steps):
        command = self.package("fn main() {}")
        (self.folder / "src/lib.rs").write_text(SLOW % steps)
        return command

    def build(self, command, *options, status=0, **more):
        run = self.start(command, ["--shared", *options], environment=self.environment, **more)
        self.assertEqual(run.wait(), status, run.err)
        return run

    @staticmethod
    def rustc_of(server):
        """Which compiles: those before it answer questions. At its first exec it still is what becomes its shim."""
        def found():
            return [p for p in server.descendants()
                    if p.comm == "rustc" and machine.Process(p.parent).comm == "memguard-shim"
                    and re.search("emit[= \0][^\0]*link", machine.read(p.proc / "cmdline"))]
        return until(found, "a rustc of the server")[0]

    def stop_server(self):
        self.assertEqual(self.sccache("--stop-server").returncode, 0)
        for run in self.runs:
            self.assert_nothing_left(run)


@in_each(HERE, USER)
class Shared(WithServer):
    def test_the_server_of_one_build_serves_the_next(self):
        command = self.library(FAST)
        first = self.build(command)
        self.assertIn(STARTED, first.err)
        (server,) = self.servers()
        subprocess.run(["rm", "-r", str(self.folder / "target")], check=True)
        second = self.build(command)
        self.assertNotIn("sccache server", second.err)
        self.assertEqual(self.servers(), [server])
        self.assertRegex(self.sccache("--show-stats").stdout, r"Cache hits +1\n")
        self.stop_server()

    def test_of_two_builds_that_start_at_once_one_starts_the_server(self):
        runs = [self.start("true", ["--shared"], environment=self.environment) for _ in range(2)]
        for run in runs:
            self.assertEqual(run.wait(), 0, run.err)
        until(lambda: len(self.servers()) == 1, "one server")
        self.assertEqual(len([run for run in runs if STARTED in run.err]), 1, [run.err for run in runs])
        self.stop_server()

    def test_a_build_without_the_option_uses_it_without_a_word(self):
        command = self.library(FAST)
        self.build(command)
        (self.folder / "src/lib.rs").write_text(SLOW % (FAST + 1))
        run = self.guarded(command, environment=self.environment)
        self.assertEqual(run.status, 0)
        self.assertNotIn("sccache server", run.err)
        self.assertEqual(len(self.servers()), 1)
        self.stop_server()

    def test_what_it_compiles_is_guarded_by_its_own_run(self):
        run = self.start(self.library(FOREVER), ["--shared"], environment=self.environment)
        server = until(self.servers, "the server")[0]
        rustc = self.rustc_of(server)
        self.assertNotIn(rustc, run.front.descendants())
        guard = self.servers()[0].parent
        self.assertEqual(machine.Process(guard).comm, "memguard")

        def seen():
            return [job for status in self.guarded_by(guard) for job in status["jobs"] if job["pid"] == rustc.pid]

        (job,) = until(seen, lambda: f"its memguard knows the job {rustc}: {self.guarded_by(guard)}")
        until(lambda: seen()[0]["restartable"], "and could start it again")
        self.assertIn("rustc small", job["name"])
        # The build ends, and its server goes on, with what it has begun.
        run.kill(signal.SIGTERM)
        run.wait()
        self.assertEqual(self.servers(), [server])
        self.assertTrue(server.alive)
        self.assertNotIn(server.state, "T")
        os.kill(rustc.pid, signal.SIGKILL)
        self.stop_server()

    def guarded_by(self, front):
        done = subprocess.run([str(machine.memguard), "status", "--json", "--pid", str(front)], capture_output=True,
                              text=True, env={**os.environ, **self.environment}, check=False)
        return json.loads(done.stdout)["runs"] if done.returncode == 0 else []

    def test_its_run_can_be_looked_at_when_it_is_over(self):
        self.build(self.library(FAST))
        self.stop_server()
        done = subprocess.run([str(machine.memguard), "report", "--list"], capture_output=True, text=True, check=False,
                              env={**os.environ, **self.environment})
        self.assertRegex(done.stdout, r"sccache")

    def test_a_build_that_loses_it_compiles_by_itself(self):
        run = self.start(self.library(FAST * 10**5), ["--shared"], environment=self.environment)
        server = until(self.servers, "the server")[0]
        self.rustc_of(server)
        os.kill(server.parent, signal.SIGKILL)
        self.assertEqual(run.wait(), 0, run.err)
        until(lambda: not server.alive, "the server is ended with its memguard")
        self.assert_nothing_left(run)

    def test_its_run_writes_no_file_of_the_builds(self):
        report = self.folder / "report.json"
        self.environment["MEMGUARD_METRICS"] = str(self.folder / "m.prom")
        self.build(self.library(FAST), "--json", report, report=False)
        before = report.stat().st_mtime_ns, (self.folder / "m.prom").stat().st_mtime_ns
        self.stop_server()
        self.assertEqual((report.stat().st_mtime_ns, (self.folder / "m.prom").stat().st_mtime_ns), before)

    def test_it_has_the_limit_of_the_build_that_started_it(self):
        self.build(self.library(FAST), "--memory", "345MiB")
        (server,) = self.servers()
        (status,) = self.guarded_by(server.parent)
        self.assertEqual(status["limit_bytes"], 345 << 20)
        self.stop_server()

    def test_nobody_waits_for_it_who_waits_for_the_build(self):
        # A pipe from the build ends with the build.
        words = ["sh", "-c", f"{machine.memguard} run --shared -- true | cat; echo ended"]
        run = self.start(words, environment=self.environment, instead=[*self.place.prefix(), *words])
        self.assertEqual(run.wait(), 0)
        self.assertEqual(run.out, "ended\n")
        self.assertEqual(len(self.servers()), 1)
        self.stop_server()


@in_each(HERE)
class NotShared(WithServer):
    def test_without_sccache_the_build_runs_and_a_line_says_so(self):
        run = self.guarded(["/bin/echo", "built"], ["--shared"], environment={"PATH": "/nosuch"})
        self.assertEqual((run.status, run.out), (0, "built\n"))
        self.assertIn("there is no sccache on PATH: with --shared nothing is shared", run.err)

    def test_a_server_that_cannot_start_is_said_and_the_build_runs(self):
        self.script("bin/sccache", "echo broken >&2; exit 3")
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        run = self.guarded("echo built", ["--shared"], environment={**self.environment, "PATH": path})
        self.assertEqual((run.status, run.out), (0, "built\n"))
        self.assertIn("no shared sccache server could be started", run.err)
        self.assertIn("broken", (self.folder / "state/memguard/shared.log").read_text())
        self.assert_nothing_left(run)

    def test_a_server_that_nobody_guards_is_told_of_and_none_is_started(self):
        self.assertEqual(self.sccache("--start-server").returncode, 0)
        run = self.build(self.library(FAST))
        self.assertIn("sccache server runs already", run.err)
        self.assertEqual(len(self.servers()), 1)

    def test_the_server_of_another_build_is_told_of(self):
        serves = self.folder / "serves"
        other = self.start(f"sccache --start-server && touch '{serves}'; read go", environment=self.environment)
        # Not before: while it becomes a daemon the process that was seen is left by its child.
        until(serves.exists, "the server of a build")
        run = self.guarded(self.library(FAST), environment=self.environment)
        self.assertEqual(run.status, 0)
        self.assertIn("the sccache server of another build compiles for this one", run.err)
        other.go()
        self.assert_ends(other)
        self.assertEqual(self.servers(), [])

    def test_an_inner_run_leaves_that_to_the_outer_one(self):
        run = self.guarded([machine.memguard, "run", "--shared", "--", "true"], environment=self.environment)
        self.assertEqual(run.status, 0)
        self.assertIn("not obeyed: --shared", run.err)
        self.assertEqual(self.servers(), [])


BLOCK = "```sh\n"


@in_each(HERE)
class Page(WithServer):
    """docs/SCCACHE.md, as it stands there."""

    def test_its_service_serves_a_build(self):
        page = (pathlib.Path(__file__).parents[2] / "docs/SCCACHE.md").read_text()
        line = [block.split("```")[0] for block in page.split(BLOCK)[1:]][-1].strip()
        self.assertIn("memguard run", line)
        service = self.start(line, environment={**self.environment,
                                                "PATH": f"{machine.memguard.parent}:{os.environ['PATH']}"},
                             instead=["sh", "-c", line])
        until(self.servers, "the server")
        until(lambda: self.sccache("--show-stats").returncode == 0, "it listens")
        run = self.guarded(self.library(FAST), environment=self.environment)
        self.assertEqual(run.status, 0)
        self.assertNotIn("sccache server", run.err)
        self.assertEqual(self.sccache("--stop-server").returncode, 0)
        self.assertEqual(service.wait(), 0)


del Case

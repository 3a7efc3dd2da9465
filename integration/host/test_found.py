"""What takes memory is guarded whatever it is called, and whoever others wait for is never stopped."""
import shutil

from harness import Case
from machine import until
from places import HERE, READ_ONLY, USER, in_each

# Of 240 MiB less the margin: a process is worth managing from 16 MiB on.
LIMIT = "240MiB"


class Found(Case):
    def let_it_be_found(self, run, program):
        """It has grown to its size, and the supervisor has seen that; then it ends by let_end("seen")."""
        run.until_explained(" found ")
        until(lambda: run.the(program[:15]).kilobytes("VmRSS") > 100 << 10, "it has grown")
        run.until_looked()
        self.let_end("seen")

    def others(self, run):
        return [job for job in run.report()["job"] if job["class"] == "other"]


@in_each(HERE, USER, READ_ONLY)
class FoundBySize(Found):
    def setUp(self):
        super().setUp()
        self.program("gen")
        self.program("codegen-1a2b3c4d5e6f7081")

    def test_programs_that_nobody_knows_are_stalled_and_not_lost(self):
        one = "./gen --ramp 90MiB:1.5s"
        run = self.guarded(f"{one} & {one} & {one} & {one} & wait", ["--memory", LIMIT])
        self.assertEqual(run.status, 0, run.err)
        report = run.report()
        self.assertEqual(len(self.others(run)), 4)
        self.assertEqual(report["lost"], 0)
        self.assertGreater(report["frozen"] + report["held"], 0, "all four ran at once")
        self.assertEqual(run.out.count("done 90 MiB"), 4)

    def test_a_program_that_was_seen_to_need_memory_is_held_at_birth(self):
        # What ended with 100 MiB says what the next one will need; the old job leaves room for none.
        script = ("./gen --ramp 100MiB:0.3s --until seen.end; "
                  "./ld --ramp 180MiB:0.1s --until old.end & old=$!; read go; ./gen --until new.end; wait $old")
        run = self.start(script, ["--memory", LIMIT, "--explain"])
        self.let_it_be_found(run, "gen")
        ld = run.the("ld")
        until(lambda: ld.kilobytes("VmRSS") > 180 << 10, "the old job has grown")
        run.go()
        run.until_held("gen")
        (self.folder / "new.end").touch()
        self.let_old_end()
        self.assert_ends(run)

    def test_the_next_build_holds_it_from_its_beginning_whatever_hash_it_has(self):
        state = {"XDG_STATE_HOME": str(self.folder / "state")}
        first = self.start("./codegen-1a2b3c4d5e6f7081 --ramp 100MiB:0.5s --until seen.end",
                           ["--memory", LIMIT, "--explain"], environment=state)
        self.let_it_be_found(first, "codegen-1a2b3c4d5e6f7081")
        self.assert_ends(first)
        self.assertEqual(len(self.others(first)), 1)
        self.program("codegen-ffeeddccbbaa9988")
        script = ("./ld --ramp 180MiB:0.1s --until old.end & old=$!; read go; "
                  "./codegen-ffeeddccbbaa9988 --until new.end; wait $old")
        run = self.start(script, ["--memory", LIMIT, "--explain"], environment=state)
        ld = run.the("ld")
        until(lambda: ld.kilobytes("VmRSS") > 180 << 10, "the old job has grown")
        run.go()
        run.until_held("codegen-ffeeddc")
        (self.folder / "new.end").touch()
        self.let_old_end()
        self.assert_ends(run)

    def test_workers_that_are_forked_and_execute_nothing_are_jobs(self):
        self.script("pool", "import os, time\n"
                    "for _ in range(3):\n"
                    "    if os.fork() == 0:\n"
                    "        grown = []\n"
                    "        for _ in range(50):\n"
                    "            grown.append(b'x' * (1 << 20)); time.sleep(0.01)\n"
                    "        while not os.path.exists('pool.end'): time.sleep(0.01)\n"
                    "        os._exit(0)\n"
                    "for _ in range(3): assert os.wait()[1] == 0", "/usr/bin/env python3")
        run = self.start(["./pool"], ["--memory", LIMIT, "--explain"])
        until(lambda: run.err.count(" found python") == 3, lambda: f"three workers are found: {run.err}")
        self.let_end("pool")
        self.assert_ends(run)
        self.assertEqual(len(self.others(run)), 3)

    def test_small_processes_are_no_jobs(self):
        run = self.guarded("for i in 1 2 3 4 5; do ./gen --ramp 4MiB:0.1s --wait 0.3s & done; wait",
                           ["--memory", LIMIT])
        self.assertEqual(run.status, 0, run.err)
        self.assertEqual(run.report()["job"], [])


# A driver that has grown to 60 MiB, and then runs sixteen jobs at once of which two fit, in the words of each tool.
PYTHON = """
import subprocess
grown = b'x' * (60 << 20)
jobs = [subprocess.Popen(['./cc1', '--ramp', '40MiB:0.3s']) for _ in range(16)]
raise SystemExit(any([job.wait() for job in jobs]))
"""
NODE = """
const { spawn } = require('child_process');
const grown = Buffer.alloc(60 << 20, 'x');
for (let i = 0; i < 16; ++i)
  spawn('./cc1', ['--ramp', '40MiB:0.3s'], { stdio: 'ignore' })
    .on('exit', (code) => { if (code !== 0) process.exit(1); });
setInterval(() => grown[0], 1000).unref();
"""
# As bazel: the client waits for a server, which is no child of it and runs what the client asks for.
SERVER = """
import os, socket, subprocess, sys
ours, theirs = socket.socketpair()
if os.fork() == 0:
    os.setsid()
    if os.fork() > 0:
        os._exit(0)
    grown = b'x' * (60 << 20)
    theirs.recv(1)
    jobs = [subprocess.Popen(['./cc1', '--ramp', '40MiB:0.3s']) for _ in range(16)]
    theirs.send(bytes([any([job.wait() for job in jobs])]))
    os._exit(0)
os.wait()
grown = b'x' * (40 << 20)
ours.send(b'x')
sys.exit(ours.recv(1)[0])
"""
SHELL = """
pids=
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do ./cc1 --ramp 40MiB:0.3s & pids="$pids $!"; done
for pid in $pids; do wait $pid || exit 1; done
"""


@in_each(HERE, READ_ONLY)
class Drivers(Found):
    def check(self, command):
        run = self.guarded(command, ["--memory", LIMIT, "--explain"])
        self.assertEqual(run.status, 0, run.err)
        report = run.report()
        done = [job for job in report["job"] if job["class"] == "cc" and job["outcome"] == "done"]
        self.assertEqual(len(done), 16)
        self.assertEqual(report["lost"], 0)
        self.assertGreater(report["held"], 0)
        return run

    def check_alone(self, command):
        """Before its first job nobody waits for a driver: where it grows for seconds, it may be stopped meanwhile."""
        lines = self.check(command).err.splitlines()
        first = next(i for i, line in enumerate(lines) if " cc " in line)
        stopped = [line for line in lines[first:] if ": freeze " in line and " cc " not in line]
        self.assertEqual(stopped, [], "the driver was stopped")

    def test_a_python_is_not_stopped(self):
        self.script("build", PYTHON, "/usr/bin/env python3")
        self.check_alone(["./build"])

    def test_a_node_is_not_stopped(self):
        if not shutil.which("node"):
            self.skipTest("no node on this machine")
        self.script("build", NODE, "/usr/bin/env node")
        self.check_alone(["./build"])

    def test_a_build_server_is_not_stopped(self):
        self.script("build", SERVER, "/usr/bin/env python3")
        self.check_alone(["./build"])

    def test_a_shell_is_not_stopped(self):
        self.check_alone(SHELL)

    def test_two_drivers_side_by_side_end_both(self):
        # The younger may be stopped before it has started its first job: nobody waits for it yet.
        self.script("build", PYTHON.replace("range(16)", "range(8)").replace("60 << 20", "30 << 20"),
                    "/usr/bin/env python3")
        self.check("./build & one=$!; ./build & two=$!; wait $one && wait $two")

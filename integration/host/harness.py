"""A run of memguard under test, and what every test class shares."""
import itertools
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

import machine
from machine import Process, until

# A job held at birth has not run: its stack, its arguments and what the kernel maps for it.
HELD_KILOBYTES = 100

_run_numbers = itertools.count()


class Run:
    """One `memguard run`, started. Its command waits for go() wherever it reads a line."""

    def __init__(self, place, folder, command, options=(), environment=None, streams=None, prefix=(), outer=(),
                 instead=None, report=True):
        """`prefix` and `outer` are words between the place's and memguard, and before the place's. `instead` is started
        in place of it all; it is to start `guarded_command`."""
        self.number = next(_run_numbers)
        self.mark = f"MEMGUARD_TEST={os.getpid()}-{self.number}"
        self.place = place
        self.json_file = folder / f"report-{self.number}.json"
        self.out_file = folder / f"out-{self.number}"
        self.err_file = folder / f"err-{self.number}"
        json_options = ["--json", str(self.json_file)] if report else []
        self.guarded_command = [*place.prefix(), *prefix, str(machine.memguard), "run", *json_options,
                                *map(str, options), "--", *map(str, command)]
        self.command = [*outer, *(instead or self.guarded_command)]
        self.started_at = machine.seconds()
        with open(self.out_file, "wb") as out, open(self.err_file, "wb") as err:
            streams = streams or {"stdin": subprocess.PIPE, "stdout": out, "stderr": err}
            self.process = subprocess.Popen(self.command, env=self._environment(folder, environment or {}),
                                            cwd=folder, **streams)
        self.front = Process(self.process.pid)
        self._show_out = lambda: machine.read(self.out_file)

    def _environment(self, folder, more):
        own = {k: v for k, v in os.environ.items() if not k.startswith(("MEMGUARD_", "XDG_"))}
        name, value = self.mark.split("=")
        # A run that remembers another would hold other jobs.
        homes = {"XDG_CONFIG_HOME": str(folder / "no-config"), "XDG_STATE_HOME": str(folder / f"state-{self.number}")}
        return {**own, **homes, **more, name: value}

    # --- what it does

    def go(self):
        """Lets a command that reads a line go on."""
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()

    def kill(self, number=signal.SIGKILL):
        self.process.send_signal(number)

    def wait(self, patience=machine.PATIENCE):
        """Its exit status; negative when a signal ended it."""
        if self.process.stdin:
            self.process.stdin.close()
        try:
            return self.process.wait(patience)
        except subprocess.TimeoutExpired:
            raise AssertionError("memguard did not end") from None

    # --- what it shows

    def find_front(self):
        """When something else has started it."""
        self.front = self.the("memguard")

    @property
    def out(self):
        return self._show_out()

    def show_out(self, function):
        """Where its output is to be had, when `streams` says where it goes."""
        self._show_out = function

    @property
    def err(self):
        return machine.read(self.err_file)

    def report(self):
        return json.loads(self.json_file.read_text())

    def processes(self):
        """All of it that lives: memguard's own and the build's."""
        return machine.processes_with(self.mark)

    def named(self, comm):
        """Not what is traced: it has taken the detour, and is the shim in a moment."""
        return [p for p in self.processes() if p.comm == comm and int(p.status("TracerPid") or 0) == 0]

    def the(self, comm):
        """Waits until exactly one process of that name lives, and gives it."""
        found = []

        def exactly_one():
            found[:] = self.named(comm)
            return len(found) == 1

        until(exactly_one, lambda: f"one process {comm}; there are {self.processes()}")
        return found[0]

    def supervisor(self):
        return self.the("memguard-super")

    def keeper(self):
        return self.the("mg-keeper")

    def witness(self):
        return self.the("mg-witness")

    def build(self):
        """The build's own processes."""
        ours = ("memguard", "memguard-super", "mg-keeper", "mg-witness", "mg-report")
        return [p for p in self.processes() if p.comm not in ours]

    def cgroups(self):
        return machine.cgroups_named(f"memguard-{self.front.pid}")

    def stopped(self, process):
        """Whether memguard has stopped it."""
        if self.place.tier == "signal":
            return process.state == "T"
        return bool(re.search(r"/build/job-\d+$", process.cgroup)) and process.frozen

    def held(self, process):
        """Whether memguard has stopped it before its first instruction."""
        return self.stopped(process) and process.kilobytes("VmRSS") < HELD_KILOBYTES

    def until_held(self, comm):
        """Of that name there is one process, and it is held."""
        def only_one_is_held():
            found = self.named(comm)
            return found[0] if len(found) == 1 and self.held(found[0]) else None
        return until(only_one_is_held, lambda: f"{comm} is held: {self.named(comm)}")

    def until_stopped(self, comm):
        process = self.the(comm)
        until(lambda: self.stopped(process), lambda: f"{comm} is stopped; {process!r}")
        return process

    def until_out(self, text):
        until(lambda: text in self.out, lambda: f"{text!r} in what was printed: {self.out!r}")

    def until_explained(self, text):
        until(lambda: re.search(text, self.err), f"an explanation with {text!r}")

    def until_looked(self, times=10):
        """Until the supervisor has woken up so often: it has seen all there is, and lost its patience if it had any."""
        supervisor = self.supervisor()
        woken = int(supervisor.status("voluntary_ctxt_switches"))
        until(lambda: int(supervisor.status("voluntary_ctxt_switches") or 0) > woken + times, "the supervisor looks")

    def notes(self):
        """For the reader of a failure."""
        lines = [f"  command: {' '.join(self.command)}", f"  status: {self.process.poll()}"]
        lines += [f"  {name}: {line}" for name in ("out", "err") for line in getattr(self, name).splitlines()[-60:]]
        lines += [f"  left: {p!r}" for p in self.processes()] + [f"  left: {g}" for g in self.cgroups()]
        return lines

    def destroy(self):
        """Whatever happened, nothing of it stays on the machine."""
        for path in self.cgroups():
            try:
                (path / "cgroup.kill").write_text("1")
            except OSError:
                pass
        # The kernel kills a stopped or frozen process too; new ones come only from those that still live.
        while living := self.processes():
            for process in living:
                try:
                    os.kill(process.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            self.process.poll()
            time.sleep(machine.POLL_SECONDS)
        for path in self.cgroups():
            for below in sorted(path.glob("**/"), reverse=True):
                try:
                    below.rmdir()
                except OSError:
                    pass
        if self.process.poll() is None:
            self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream:
                try:
                    stream.close()
                except OSError:
                    pass


class Case:
    """What a test needs; to be used with places.in_each."""

    place = None
    #: Below what two jobs need, so that all but the oldest are held.
    limit = "100MiB"

    def setUp(self):
        self.runs = []
        self._notes = []
        if self.place.lacks():
            self.skipTest(self.place.lacks())
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=machine.folder))
        self.folder.chmod(0o777)
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.place.enter()
        self.addCleanup(self.place.leave)
        for name in ("ld", "rustc", "cc1", "cc1plus"):
            self.program(name)

    def tearDown(self):
        self._notes = self.notes()
        for run in self.runs:
            run.destroy()

    def notes(self):
        """What the runs looked like before they were cleaned up."""
        return self._notes or [line for run in self.runs for line in run.notes()]

    # --- means

    def program(self, name, victim="hog"):
        """A victim under another name; memguard takes it for a job by that."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        if not path.exists():
            os.link(machine.victims / victim, path)
        return path

    def script(self, name, text, interpreter="/bin/sh"):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!{interpreter}\n{text}\n")
        path.chmod(0o755)
        return path

    def need_32_bit(self):
        program = machine.victims / "i386_exit"
        if not program.exists():
            self.skipTest("the compiler makes no 32-bit programs")
        if self.plain([program]).returncode != 7:
            self.skipTest("this kernel runs no 32-bit programs")

    def need_tier(self, *tiers):
        if self.place.tier not in tiers:
            self.skipTest(f"tier {self.place.tier}, not {' or '.join(tiers)}")

    def start(self, command, options=(), **more):
        """Starts memguard with a command: a list, or a text for sh."""
        words = ["sh", "-c", command] if isinstance(command, str) else command
        self.runs.append(Run(self.place, self.folder, words, options, **more))
        return self.runs[-1]

    def guarded(self, command, options=(), **more):
        """The same, to its end."""
        run = self.start(command, options, **more)
        run.status = run.wait()
        return run

    def plain(self, command):
        """The command without memguard, in the same place."""
        words = ["sh", "-c", command] if isinstance(command, str) else [str(word) for word in command]
        # By a shell, as `env`, `nice` and others would: what cannot be executed is a status, not an exception here.
        return subprocess.run([*self.place.prefix(), "sh", "-c", 'exec "$@"', "sh", *words], cwd=self.folder, text=True,
                              capture_output=True, stdin=subprocess.DEVNULL, timeout=300)

    def start_behind_old(self, command, options=(), **more):
        """Starts `command` (for sh) when an older job runs already, which takes all the room until let_old_end()."""
        script = f"./ld --until old.end & old=$!; read go; {command}"
        run = self.start(script, ["--memory", self.limit, "--explain", *options], **more)
        run.the("ld")
        run.go()
        return run

    def start_frozen(self, young="", start=None):
        """Starts two jobs, cc1plus and the younger cc1, that outgrow what is expected of them until cc1 is frozen. They
        end after let_end("old") and let_end("young"). `young` are more words for cc1; `start` is used for start().

        A supervisor that a busy machine keeps waiting must not find reason to evict cc1: the older job was seen not to
        grow any more, and cc1 is slow where freezing it is due, and stops below the limit."""
        small = "./cc1 --ramp 20MiB:0.3s"
        script = (f"{small} & {small} & {small} & {small} & wait; "
                  "./cc1plus --until old.grow --ramp 150MiB:0.5s --until old.end & old=$!; read go; "
                  f"./cc1 {young} --until young.grow --ramp 80MiB:1s --ramp 89MiB:7s "
                  "--until young.end --ramp 150MiB:1s && wait $old")
        run = (start or self.start)(script, ["--memory", "240MiB", "--explain"])
        old = run.the("cc1plus")
        run.go()
        young = run.the("cc1")
        until(lambda: not run.stopped(young) and young.kilobytes("VmRSS") > HELD_KILOBYTES, "the younger job runs")
        # Both are taken for small ones. The older grows first and leaves the younger too little.
        (self.folder / "old.grow").touch()
        until(lambda: old.kilobytes("VmRSS") > 150 << 10, "the older job has grown")
        run.until_looked()
        (self.folder / "young.grow").touch()
        run.until_stopped("cc1")
        return run

    def let_old_end(self):
        self.let_end("old")

    def let_end(self, name):
        """Ends what runs with `--until NAME.end`."""
        (self.folder / f"{name}.end").touch()

    # --- checks

    def assert_nothing_left(self, run):
        until(lambda: not run.processes(), lambda: f"no process is left: {run.processes()}")
        until(lambda: not run.cgroups(), lambda: f"no cgroup is left: {run.cgroups()}")
        if all(other is run or other.process.poll() is not None for other in self.runs):
            until(self.place.as_found, "the place is as it was found")

    def assert_all_survived(self, report, jobs):
        """So many jobs ended by themselves, some after they were evicted and started again: each start is told."""
        starts = jobs + report["restarted"]
        self.assertEqual((len(report["job"]), report["jobs"], report["lost"]), (starts, starts, 0))
        self.assertLessEqual({job["outcome"] for job in report["job"]}, {"done", "evicted"})

    def assert_ends(self, run, status=0, patience=machine.PATIENCE):
        """Ends with that status and leaves nothing."""
        self.assertEqual(run.wait(patience), status)
        self.assert_nothing_left(run)

"""What the command gets, and what its caller gets of it: as without memguard."""
import ctypes
import os
import signal
import subprocess

import machine
from harness import Case
from places import HERE, READ_ONLY, USER, in_each


@in_each(HERE, USER, READ_ONLY)
class ExitStatus(Case):
    def check(self, command, status):
        run = self.guarded(command, ["--quiet"])
        self.assertEqual(run.status, status)
        self.assertEqual(run.report()["exit_status"], status if status >= 0 else 128 - status)
        self.assert_nothing_left(run)
        return run

    def test_is_the_commands_own(self):
        for status in (0, 1, 42, 101, 255):
            self.check(f"exit {status}", status)

    def test_by_a_signal_memguard_dies_of_the_same(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT):
            run = self.check(f"kill -{int(number)} $$", -number)
            self.assertEqual(list(self.folder.glob("core*")), [], "a core file of memguard's own")
            self.assertEqual(run.err, "")

    def test_127_when_there_is_no_such_command(self):
        run = self.check(["/no-such-command"], 127)
        self.assertIn("no-such-command", run.err)

    def test_126_when_the_command_cannot_be_executed(self):
        (self.folder / "text").write_text("no program")
        self.assertIn("text", self.check([self.folder / "text"], 126).err)
        self.assertIn("It is a folder", self.check([self.folder], 126).err)

    def test_127_with_the_likely_cause(self):
        script = self.script("script", "exit 0", "/no/such/interpreter")
        self.assertIn("its interpreter /no/such/interpreter is not", self.check([script], 127).err)
        self.assertIn("leave the quotes out", self.check([f"{self.folder}/cargo build"], 127).err)

    def test_of_what_is_no_name_says_so(self):
        for command, hint in ((["cargo build"], "leave the quotes out"), (["FOO=1", "cargo"], "env NAME=VALUE")):
            run = self.guarded(command, ["--quiet"])
            # 126 where PATH has a folder that may not be searched.
            self.assertIn(run.status, (126, 127))
            self.assertIn(hint, run.err)

    def test_of_a_bad_format_is_that_of_other_tools(self):
        bad = self.folder / "bad"
        bad.write_bytes(b"\x7fELF" + bytes(100))
        bad.chmod(0o755)
        self.check([bad], self.plain(["env", bad]).returncode)


@in_each(HERE, USER, READ_ONLY)
class Surroundings(Case):
    def test_output_is_the_commands_alone(self):
        run = self.guarded("echo out; echo err >&2", ["--quiet"])
        self.assertEqual((run.out, run.err), ("out\n", "err\n"))

    def test_standard_input_is_the_commands(self):
        run = self.start("read line; echo got $line")
        run.process.stdin.write(b"a line\n")
        self.assert_ends(run)
        self.assertEqual(run.out, "got a line\n")

    def test_no_descriptor_of_ours_is_in_the_build(self):
        plain = self.plain("ls /proc/self/fd")
        run = self.guarded("ls /proc/self/fd")
        self.assertEqual(run.out, plain.stdout)

    def test_no_descriptor_of_ours_is_in_a_job(self):
        self.script("list/rustc", "ls /proc/self/fd")
        run = self.guarded("./list/rustc main.rs")
        self.assertEqual(run.out, self.plain("./list/rustc main.rs").stdout)
        self.assertEqual(len(run.report()["job"]), 1)

    def test_the_environment_is_the_same_and_names_the_run(self):
        run = self.guarded(["env"])
        ours = f"MEMGUARD_RUN={run.process.pid}:"
        self.assertEqual(run.out.count(ours), 1)
        self.assertIn(run.mark, run.out)
        names = {line.split("=")[0] for line in run.out.splitlines()}
        self.assertEqual({name for name in names if name.startswith("MEMGUARD")}, {"MEMGUARD_RUN", "MEMGUARD_TEST"})

    def test_signal_masks_and_dispositions_are_the_same(self):
        lines = "grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status"
        self.assertEqual(self.guarded(lines).out, self.plain(lines).stdout)

    def test_limits_nice_and_folder_are_the_same(self):
        lines = "ulimit -a; nice; pwd; umask; cat /proc/self/oom_score_adj"
        self.assertEqual(self.guarded(lines).out, self.plain(lines).stdout)

    def test_the_command_is_in_the_callers_process_group_and_session(self):
        run = self.start("read go")
        run.supervisor()
        command = run.the("sh")
        self.assertEqual(os.getpgid(command.pid), os.getpgid(run.process.pid))
        self.assertEqual(os.getsid(command.pid), os.getsid(run.process.pid))
        self.assert_ends(run, 1)

    def run_by(self, script, **more):
        """By a shell, in which "$@" is memguard with its options."""
        words = [machine.memguard, "run", "--json", self.folder / "report.json", "--explain"]
        environment = {**os.environ, "XDG_STATE_HOME": str(self.folder / "state")}
        return subprocess.run([*self.place.prefix(), "sh", "-c", script, "sh", *map(str, words)], cwd=self.folder,
                              env=environment, timeout=machine.PATIENCE, check=False, **more).returncode

    def test_a_standard_error_that_takes_nothing_ends_no_build(self):
        self.assertEqual(self.run_by('"$@" -- sh -c "exit 3" 2>/dev/full'), 3)
        reader, writer = os.pipe()
        os.close(reader)
        self.assertEqual(self.run_by('"$@" -- sh -c "exit 4"', stderr=writer), 4)
        os.close(writer)

    def test_a_limit_of_file_sizes_ends_no_build(self):
        self.assertEqual(self.run_by('ulimit -f 0; "$@" -- sh -c "exit 5"'), 5)

    def test_closed_standard_streams_are_closed_for_the_command(self):
        for closed in ("0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"):
            with self.subTest(closed):
                self.assertEqual(self.run_by(f'"$@" -- sh -c "ls /proc/self/fd >guarded; exit 3" {closed}'), 3)
                self.plain(f"exec {closed}; ls /proc/self/fd >plain")
                self.assertTrue(machine.read(self.folder / "guarded"))
                self.assertEqual(machine.read(self.folder / "guarded"), machine.read(self.folder / "plain"))

    def test_no_file_of_ours_takes_the_place_of_a_closed_standard_stream(self):
        record = self.folder / "record"
        run = self.start("./ld --until old.end", ["--explain", "--record", record],
                         prefix=["sh", "-c", 'exec "$@" 0<&- 1>&- 2>&-', "sh"])
        run.the("ld")
        run.until_looked()
        for process in (run.front, run.supervisor(), run.keeper()):
            files = [os.readlink(process.proc / "fd" / str(stream)) for stream in (0, 1, 2)]
            self.assertEqual(files, ["/dev/null"] * 3, process)
        self.let_old_end()
        self.assert_ends(run)
        self.assertNotIn("memguard:", machine.read(record))

    def test_a_closed_standard_error_ends_no_build(self):
        run = self.guarded('exec 2>&-; ./ld --ramp 20MiB:0.1s', ["--explain"])
        self.assertEqual(run.status, 0)


@in_each(HERE, USER, READ_ONLY)
class LastRun(Case):
    """What `memguard report` shows."""

    def run_and_report(self, command, options=()):
        environment = {"XDG_STATE_HOME": str(self.folder / "state")}
        self.assertEqual(self.guarded(command, options, environment=environment).status, 0)
        report = self.plain(f"XDG_STATE_HOME={self.folder}/state exec {machine.memguard} report")
        return report.stdout

    def test_is_the_last_one_with_a_job(self):
        shown = rf"^\./ld --ramp 20MiB:0\.2s\nended \S+Z in {self.folder}\n"
        self.assertRegex(self.run_and_report(["./ld", "--ramp", "20MiB:0.2s"]), shown)
        self.assertRegex(self.run_and_report(["true"]), shown)

    def test_stays_when_one_is_to_leave_no_history(self):
        self.run_and_report(["./ld", "--hold", "0.1s"])
        line = self.run_and_report(["./ld", "--hold", "0.2s"], ["--no-history"])
        self.assertRegex(line, r"^\./ld --hold 0\.1s\nended ")


@in_each(HERE, USER, READ_ONLY)
class InterruptedBuild(Case):
    """What history keeps of it."""

    jobs = "".join(f"./ld --ramp 20MiB:0.1s --until go -o app{i} & " for i in range(4)) + "wait"

    def history(self):
        environment = f"XDG_STATE_HOME={self.folder}/state"
        return self.plain(f"{environment} exec {machine.memguard} history").stdout

    def start_jobs(self):
        environment = {"XDG_STATE_HOME": str(self.folder / "state")}
        run = self.start(self.jobs, environment=environment, prefix=["setsid"])
        machine.until(lambda: all(p.kilobytes("VmRSS") > 20 << 10 for p in run.named("ld"))
                      and len(run.named("ld")) == 4, "all jobs run")
        run.until_looked()
        return run

    def test_that_ends_by_itself_is_remembered(self):
        run = self.start_jobs()
        self.let_go()
        self.assert_ends(run)
        self.assertIn("app3", self.history())

    def test_that_is_interrupted_leaves_nothing_to_be_believed(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number):
                run = self.start_jobs()
                os.killpg(os.getpgid(run.front.pid), number)
                run.wait()
                self.assert_nothing_left(run)
                self.assertNotIn("app", self.history())
                self.assertNotIn("done", [job["outcome"] for job in run.report()["job"]])

    def let_go(self):
        (self.folder / "go").touch()


@in_each(HERE, USER, READ_ONLY)
class Signals(Case):
    """Sent to memguard alone, as kill(1) does, they are the command's."""

    def check(self, number):
        # A shell would wait for its child first.
        run = self.start_behind_old("exec ./rustc --until new.rs")
        run.until_held("rustc")
        run.kill(number)
        self.assert_ends(run, -number)
        self.assertEqual(run.report()["exit_status"], 128 + number)

    def test_interrupt(self):
        self.check(signal.SIGINT)

    def test_terminate(self):
        self.check(signal.SIGTERM)

    def test_hang_up(self):
        self.check(signal.SIGHUP)

    def test_quit(self):
        self.check(signal.SIGQUIT)

    def test_a_command_that_handles_the_signal_gives_its_own_status(self):
        run = self.start("trap 'echo cleaning up; exit 9' TERM; echo ready; read go")
        run.until_out("ready")
        run.kill(signal.SIGTERM)
        run.until_out("cleaning up")
        self.assert_ends(run, 9)

    def test_a_shell_that_lives_on_is_guarded_again(self):
        os.mkfifo(self.folder / "fifo")
        run = self.start_behind_old("trap 'echo caught' INT; echo ready; until [ -e next ]; do read line <fifo; done; "
                                    "exec ./rustc --until new.rs")
        run.until_out("ready")
        first = run.supervisor()
        run.kill(signal.SIGINT)
        machine.until(lambda: run.supervisor().pid != first.pid, lambda: "another supervisor is there")
        (self.folder / "next").touch()
        (self.folder / "fifo").write_text("go\n")
        run.until_held("rustc")
        self.let_old_end()
        (self.folder / "new.rs").touch()
        self.assert_ends(run)

    def test_a_build_that_ignores_the_signal_is_killed_after_the_stop_timeout(self):
        run = self.start("trap '' TERM; echo ready; while :; do sleep 1000; done", ["--stop-timeout", "500ms"])
        run.until_out("ready")
        run.kill(signal.SIGTERM)
        self.assert_ends(run, -signal.SIGKILL)

    def test_without_a_stop_timeout_a_command_has_the_time_it_takes(self):
        run = self.start_behind_old("trap 'echo cleaning up; ./rustc --until new.rs; exit 9' TERM; echo ready; "
                                    "until read word <fifo; do :; done")
        os.mkfifo(self.folder / "fifo")
        run.until_out("ready")
        first = run.supervisor()
        run.kill(signal.SIGTERM)
        run.until_out("cleaning up")
        # The patience of before, and what it cleans up with is guarded again.
        machine.until(lambda: run.supervisor().pid != first.pid, lambda: "another supervisor is there")
        run.the("rustc")
        for name in ("old.end", "new.rs"):
            (self.folder / name).touch()
        self.assert_ends(run, 9)

    def count(self, name, send):
        """How often the command gets a signal that `send` sends."""
        number = getattr(signal, f"SIG{name}")
        script = self.script("counting", f"""
import signal, sys
counted = []
signal.signal({int(number)}, lambda *_: counted.append(1))
signal.signal(signal.SIGRTMIN + 9, lambda *_: (print(len(counted), "times", flush=True), sys.exit(7)))
print("ready", flush=True)
while True:
    signal.pause()""", "/usr/bin/env python3")
        run = self.start([script], prefix=["setsid"])
        run.until_out("ready")
        send(run, number)
        # The kernel delivers a signal of a higher number after this one.
        os.kill(run.front.pid, signal.SIGRTMIN + 9)
        self.assert_ends(run, 7)
        return int(run.out.split()[1])

    def test_others_reach_the_command_and_end_nobody(self):
        for name in ("USR1", "USR2", "ALRM", "WINCH", "CONT", "PWR", "RTMIN", "XFSZ", "PIPE"):
            with self.subTest(name):
                self.assertEqual(self.count(name, lambda run, number: run.kill(number)), 1)

    def test_of_the_process_group_arrive_once(self):
        for name in ("USR1", "TERM", "HUP", "RTMIN"):
            with self.subTest(name):
                group = self.count(name, lambda run, number: os.killpg(os.getpgid(run.front.pid), number))
                self.assertEqual(group, 1)

    def test_of_a_service_that_is_stopped_arrive_once(self):
        # As systemd does: to each process, one after the other.
        def to_each(run, number):
            for process in [run.front, *run.front.descendants()]:
                os.kill(process.pid, number)
        self.assertEqual(self.count("TERM", to_each), 1)

    def test_sent_to_all_whose_arguments_match_reach_the_command(self):
        # As `pkill -f 'memguard run'` does: keeper, witness and supervisor are forks of memguard.
        def to_matching(run, number):
            mine = [run.front, *run.front.descendants()]
            matching = [p for p in mine if f"{machine.memguard}\0run" in machine.read(p.proc / "cmdline")]
            self.assertEqual(matching, [run.front])
            for process in matching:
                os.kill(process.pid, number)
        self.assertEqual(self.count("TERM", to_matching), 1)

    def test_bring_their_value(self):
        script = self.script("waiting", """
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
print("ready", flush=True)
print("value", signal.sigwaitinfo({signal.SIGUSR1}).si_code, flush=True)""", "/usr/bin/env python3")
        run = self.start([script])
        run.until_out("ready")
        ctypes.CDLL(None).sigqueue(run.front.pid, int(signal.SIGUSR1), ctypes.c_void_p(77))
        self.assert_ends(run)
        self.assertIn("value -1", run.out)  # SI_QUEUE

    def test_a_stop_of_the_terminal_that_memguard_alone_gets_stops_the_command(self):
        # In an orphaned process group, which that of the tests may be, the kernel ignores it.
        own_group = ["python3", "-c", "import os, sys; os.setpgid(0, 0); os.execvp(sys.argv[1], sys.argv[1:])"]
        run = self.start("echo ready; read go; exit 3", outer=own_group)
        run.until_out("ready")
        command = run.the("sh")
        run.kill(signal.SIGTSTP)
        machine.until(lambda: run.front.state == command.state == "T", lambda: f"{run.front} and {command} are stopped")
        run.kill(signal.SIGCONT)
        machine.until(lambda: "T" not in run.front.state + command.state, "both run again")
        run.go()
        self.assert_ends(run, 3)

    def test_what_the_command_leaves_running_is_told_to_end_and_named(self):
        self.script("cleaning", "trap 'echo cleaned up; exit' TERM; echo ready; while :; do sleep 0.1; done")
        run = self.start("./cleaning & while ! grep -q ready *; do :; done; exit 4", ["--memory", self.limit])
        self.assert_ends(run, 4)
        self.assertIn("cleaned up", run.out)
        self.assertRegex(run.err, r"memguard: the command left .* running, told to end \(TERM\): .*cleaning")
        self.assertNotIn("KILL", run.err)

    def test_what_the_command_leaves_running_and_will_not_end_is_killed(self):
        run = self.start("(trap '' TERM; echo ready; while :; do sleep 1000; done) & read go; exit 4",
                         ["--stop-timeout", "200ms"])
        run.until_out("ready")
        run.go()
        self.assert_ends(run, 4)
        self.assertRegex(run.err, r"memguard: the command left .* running, told to end \(TERM\): .*sh.*; KILL ended ")

    def test_ignored_ones_stay_ignored(self):
        # nohup
        run = self.start("read go; exit 7", prefix=["sh", "-c", "trap '' HUP; exec \"$@\"", "sh"])
        run.supervisor()
        run.kill(signal.SIGHUP)
        run.go()
        self.assert_ends(run, 7)

    def test_a_frozen_job_that_handles_the_interrupt_sees_it(self):
        run = self.start_frozen(young="--catch-int 130")
        run.kill(signal.SIGINT)
        os.kill(run.the("cc1").pid, signal.SIGINT)
        self.assert_ends(run, -signal.SIGINT)
        self.assertIn("got SIGINT", run.out)

    def test_a_signal_that_waits_for_a_frozen_job_thaws_it(self):
        # Nobody tells memguard: as `timeout` or `ninja` do to their children.
        run = self.start_frozen(young="--catch-int 130")
        os.kill(run.the("cc1").pid, signal.SIGINT)
        run.until_out("got SIGINT")
        self.let_old_end()
        self.assert_ends(run, 130)

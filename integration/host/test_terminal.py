"""The terminal is the command's: its keys, its job control, its end."""
import shlex
import shutil
import signal
import termios

import machine
from harness import HELD_KILOBYTES, Case
from machine import until
from places import DELEGATED, HERE, READ_ONLY, USER, in_each
from terminal import Terminal, WithTerminal

CTRL_C = "\x03"
CTRL_Z = "\x1a"
CTRL_BACKSLASH = "\x1c"


class OnTerminal(WithTerminal, Case):
    """Starts memguard on a terminal of its own."""

    def start(self, command, options=(), **more):
        run = super().start(command, options, streams=self.terminal.streams(), outer=Terminal.PREFIX, **more)
        run.go = lambda: self.terminal.type("\n")
        run.show_out(lambda: self.terminal.shown)
        self.terminal.started()
        return run


@in_each(HERE, USER, READ_ONLY)
class Foreground(OnTerminal):
    def test_the_command_has_the_terminal(self):
        run = self.start('test -t 0 && test -t 1 && test -t 2 && echo all three; read word && echo "got $word"')
        self.terminal.until_shown("all three")
        self.terminal.type("a word\n")
        self.terminal.until_shown("got a word")
        self.assert_ends(run)

    def test_its_settings_stay_as_they_are(self):
        run = self.start("read go")
        run.go()
        self.assert_ends(run)
        self.assertEqual(termios.tcgetattr(self.terminal.master), self.terminal.settings)


@in_each(HERE, USER, DELEGATED, READ_ONLY)
class Keys(OnTerminal):
    def test_ctrl_c_ends_the_command_and_memguard_by_interrupt(self):
        run = self.start("sleep 1000; true")
        run.the("sleep")
        self.terminal.type(CTRL_C)
        self.assert_ends(run, -signal.SIGINT)
        self.assertEqual(run.report()["exit_status"], 130)

    def test_ctrl_c_ends_a_held_job(self):
        run = self.start_behind_old("exec ./rustc --until new.rs")
        run.until_held("rustc")
        self.terminal.type(CTRL_C)
        self.assert_ends(run, -signal.SIGINT)

    def test_ctrl_c_is_seen_by_a_frozen_job_that_handles_it(self):
        run = self.start_frozen(young="--catch-int 130")
        self.terminal.type(CTRL_C)
        self.terminal.until_shown("got SIGINT")
        self.assert_ends(run, -signal.SIGINT)

    def test_ctrl_c_with_a_command_that_handles_it_gives_that_ones_status(self):
        run = self.start([machine.victims / "handler"])
        self.terminal.until_shown("ready")
        self.terminal.type(CTRL_C)
        self.assert_ends(run, 130)
        self.assertIn("got SIGINT", self.terminal.shown)

    def test_ctrl_c_means_what_an_interactive_command_makes_of_it(self):
        run = self.start("trap 'echo interrupted' INT; echo ready; until read word; do :; done; echo got $word; exit 5")
        self.terminal.until_shown("ready")
        self.terminal.type(CTRL_C)
        self.terminal.until_shown("interrupted")
        self.terminal.type("more\n")
        self.assert_ends(run, 5)
        self.assertIn("got more", self.terminal.shown)

    def test_ctrl_backslash_ends_the_command_and_memguard_by_quit(self):
        run = self.start("ulimit -c 0; sleep 1000; true")
        run.the("sleep")
        self.terminal.type(CTRL_BACKSLASH)
        self.assert_ends(run, -signal.SIGQUIT)

    def test_a_terminal_that_is_closed_ends_all(self):
        run = self.start_behind_old("./rustc --until new.rs & (trap '' HUP; echo ready; sleep 1000) & wait")
        run.until_held("rustc")
        run.the("sleep")
        self.terminal.close()
        run.wait()
        self.assert_nothing_left(run)


@in_each(HERE, USER, DELEGATED, READ_ONLY)
class JobControl(OnTerminal):
    """Ctrl-Z and fg of a shell that memguard was started from."""

    def setUp(self):
        super().setUp()
        if not shutil.which("bash"):
            self.skipTest("no bash")

    def start_from_shell(self, script, options=("--memory", "100MiB", "--explain")):
        """A shell with job control; memguard is its foreground job."""
        shell = ["bash", "--norc", "--noprofile", "-i"]
        run = self.start(script, options, instead=shell, environment={"PS1": "prompt> "})
        self.terminal.until_shown("prompt> ")
        self.terminal.type(shlex.join(run.guarded_command) + "\n")
        run.find_front()
        return run

    def start_held_from_shell(self):
        run = self.start_from_shell("./ld --until old.end & old=$!; read go; ./rustc --until new.rs && wait $old")
        run.the("ld")
        run.go()
        run.until_held("rustc")
        return run

    def suspend(self, run, running):
        self.terminal.type(CTRL_Z)
        self.terminal.until_shown("Stopped")
        until(lambda: run.front.state == "T" and running.state == "T", "memguard and the running job are stopped")
        run.until_looked(40)
        self.assertEqual((run.front.state, running.state), ("T", "T"), "somebody woke them up")

    def resume(self, run, running):
        self.terminal.type("fg; echo status $?\n")
        until(lambda: "T" not in run.front.state + running.state, "memguard and the running job run again")

    def end(self, run):
        for name in ("old.end", "young.end", "new.rs"):
            (self.folder / name).touch()
        self.terminal.until_shown("status 0")
        self.terminal.type("exit\n")
        self.assert_ends(run)

    def test_ctrl_z_stops_the_whole_build_and_fg_resumes_it(self):
        run = self.start_held_from_shell()
        self.suspend(run, run.the("ld"))
        self.resume(run, run.the("ld"))
        self.end(run)
        self.assertEqual(run.report()["held"], 1)

    def test_a_held_job_is_held_through_ctrl_z_and_fg(self):
        run = self.start_held_from_shell()
        held = run.the("rustc")
        self.suspend(run, run.the("ld"))
        self.resume(run, run.the("ld"))
        run.until_looked(40)
        until(lambda: run.stopped(held), "the held job is stopped")
        if run.place.tier != "signal":
            # Where only signals stop, fg wakes it with the whole process group, and it runs until it is stopped again.
            self.assertLess(held.kilobytes("VmRSS"), HELD_KILOBYTES)
        self.end(run)

    def test_a_frozen_job_is_frozen_through_ctrl_z_and_fg(self):
        run = self.start_frozen(start=self.start_from_shell)
        frozen = run.the("cc1")
        self.suspend(run, run.the("cc1plus"))
        before = len(self.terminal.shown)
        self.resume(run, run.the("cc1plus"))
        run.until_looked(40)
        # A decision may thaw it: it was frozen for its growth, and fits when it does not grow.
        until(lambda: run.stopped(frozen) or "thaw cc cc1 (" in self.terminal.shown[before:],
              "the frozen job is stopped")
        self.end(run)

    def test_an_exec_while_memguard_is_stopped_goes_on(self):
        # What has left the process group of the terminal is not stopped with the rest.
        self.script("outside", "while [ ! -e go ]; do sleep 0.1; done; ./rustc --until new.rs && touch ended")
        run = self.start_from_shell("./ld --until old.end & setsid ./outside & wait")
        running = run.the("ld")
        run.the("outside")
        self.suspend(run, running)
        (self.folder / "go").touch()
        (self.folder / "new.rs").touch()
        until((self.folder / "ended").exists, "the job has ended")
        self.assertEqual(run.front.state, "T")
        self.resume(run, running)
        self.end(run)

    def test_wall_time_is_without_the_time_it_was_stopped(self):
        run = self.start_held_from_shell()
        self.suspend(run, run.the("ld"))
        # From here on the supervisor knows that it is; some time has gone by before it looked.
        since = machine.seconds()
        run.until_looked()
        stopped = machine.seconds() - since
        self.resume(run, run.the("ld"))
        self.end(run)
        self.assertLess(run.report()["wall_seconds"], machine.seconds() - run.started_at - stopped)

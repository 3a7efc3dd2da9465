"""memguard top in real terminals."""
import os
import re
import signal
import subprocess
import termios

import machine
from harness import Case
from machine import Process, until
from onlooker import ask, jobs, until_job
from places import HERE, USER, in_each
from terminal import Terminal, WithTerminal
from tmux import Tmux

COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-7][;m]")
#: What xterm's terminfo says for giving the screen back.
SCREEN_BACK = "\x1b[?1049l"


class Top(Case):
    def top(self, run, *options):
        return [*self.place.prefix(), machine.memguard, "top", "--pid", str(run.front.pid), *options]

    def start_two(self):
        """An older link that runs and a younger one that is held."""
        run = self.start_behind_old("./ld --until new.end -o new && wait $old")
        until(lambda: len(run.named("ld")) == 2, lambda: f"two links: {run.named('ld')}")
        return run

    def end(self, run):
        self.let_end("new")
        self.let_old_end()
        self.assert_ends(run)


@in_each(HERE, USER)
class Screens(Top):
    def setUp(self):
        super().setUp()
        if Tmux.lacks():
            self.skipTest(Tmux.lacks())

    def tmux(self, run, width, height):
        terminal = Tmux(self.folder, width, height, self.top(run))
        self.addCleanup(terminal.close)
        return terminal

    def assert_fits(self, screen, width, height):
        self.assertLessEqual(len(screen), height)
        self.assertLessEqual(max(map(len, screen)), width)

    def test_of_80_and_60_columns_show_what_waits_and_why(self):
        run = self.start_two()
        facts = f"pid {run.front.pid}, tier {self.place.tier}, since "
        for width, height in ((80, 24), (60, 24), (60, 10)):
            terminal = self.tmux(run, width, height)
            shown = terminal.until_shown(facts, "1 running, 1 held", "link new", "of 100 MiB used")
            self.assert_fits(shown, width, height)
            self.assertTrue(shown[0].startswith("memguard top: run 1 of 1, by state"), shown)
            self.assertRegex("\n".join(shown), r"\nrunning .*\nheld +[0-9.]+ m?s +[0-9]+ K?i?B +100 MiB  link new")
            # The reason is in the row where there is room for it, and below the table of a job that is chosen.
            terminal.keys("End")
            terminal.until_shown("link new: no room; waits for link")
            terminal.close()
        self.end(run)

    def test_keys_act_on_the_build(self):
        run = self.start_two()
        terminal = self.tmux(run, 80, 24)
        terminal.until_shown("link new")
        terminal.keys("g")
        terminal.until_shown("choose a job first")
        terminal.keys("End")
        terminal.until_shown("link new: no room")
        terminal.keys("g")
        terminal.until_shown("link new was let go", "2 running")
        terminal.keys("+")
        terminal.until_shown("the limit is 110 MiB now", "of 110 MiB used")
        terminal.keys("h")
        terminal.until_shown("let the job go: it starts, or goes on")
        terminal.keys("x")
        terminal.until_shown("2 running")
        terminal.keys("q")
        terminal.until_shown("status 0")
        self.end(run)

    def test_an_eviction_is_asked_for_twice(self):
        run = self.start_two()
        terminal = self.tmux(run, 80, 24)
        terminal.until_shown("link new")
        terminal.keys("End", "g")
        terminal.until_shown("2 running")
        terminal.keys("e")
        terminal.until_shown("evict link new? y: yes")
        terminal.keys("n", "e", "y")
        # Without a shim nobody would start it again, and that is said.
        terminal.until_shown("evicted" if self.place.gate else "nobody would start it again")
        self.end(run)

    def test_a_window_that_changes_its_size_is_filled_anew(self):
        run = self.start_two()
        terminal = self.tmux(run, 80, 24)
        terminal.until_shown("expected".upper(), "WHY IT WAITS")
        terminal.resize(60, 10)
        until(lambda: "WHY IT WAITS" not in "\n".join(terminal.screen), "it has seen that")
        self.assert_fits(terminal.until_shown("link new", "q leave"), 60, 10)
        terminal.resize(100, 30)
        terminal.until_shown("WHY IT WAITS", "space stop")
        self.end(run)

    def test_a_run_that_ends_is_gone_from_it(self):
        run = self.start_two()
        terminal = self.tmux(run, 80, 24)
        terminal.until_shown("link new")
        self.end(run)
        terminal.until_shown("no build of yours runs under memguard")


@in_each(HERE)
class Terminals(WithTerminal, Top):
    """It leaves the terminal as it was, however it ends."""

    def show(self, run, environment=None):
        own = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **(environment or {})}
        before = termios.tcgetattr(self.terminal.slave)
        self.process = subprocess.Popen([*Terminal.PREFIX, *map(os.fspath, self.top(run))], env=own,
                                        **self.terminal.streams())
        self.addCleanup(self.end_process)
        self.terminal.started()
        return before

    def end_process(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def assert_left_as_it_was(self, before, status):
        self.assertEqual(self.process.wait(machine.PATIENCE), status)
        self.assertEqual(termios.tcgetattr(self.terminal.master), before)
        self.assertIn(SCREEN_BACK, self.terminal.shown)

    def test_when_the_user_leaves_it(self):
        run = self.start_two()
        before = self.show(run)
        self.terminal.until_shown("link new")
        self.terminal.type("q")
        self.assert_left_as_it_was(before, 0)
        self.end(run)

    def test_at_ctrl_c(self):
        run = self.start_two()
        before = self.show(run)
        self.terminal.until_shown("link new")
        self.terminal.type("\x03")
        self.assert_left_as_it_was(before, 0)
        self.end(run)

    def test_when_it_is_killed_by_term(self):
        run = self.start_two()
        before = self.show(run)
        self.terminal.until_shown("link new")
        self.process.send_signal(signal.SIGTERM)
        self.assert_left_as_it_was(before, -signal.SIGTERM)
        self.end(run)

    def test_while_ctrl_z_has_stopped_it_and_comes_back(self):
        run = self.start_two()
        before = self.show(run)
        self.terminal.until_shown("link new")
        self.terminal.type("\x1a")
        until(lambda: Process(self.process.pid).state == "T", "it is stopped")
        self.assertEqual(termios.tcgetattr(self.terminal.master), before)
        self.assertIn(SCREEN_BACK, self.terminal.shown)
        shown_before = len(self.terminal.shown)
        self.process.send_signal(signal.SIGCONT)
        until(lambda: "link new" in self.terminal.shown[shown_before:], "it is shown again")
        self.terminal.type("q")
        self.assert_left_as_it_was(before, 0)
        self.end(run)

    def test_a_terminal_that_is_closed_ends_it(self):
        run = self.start_two()
        self.show(run)
        self.terminal.until_shown("link new")
        self.terminal.close()
        self.process.wait(machine.PATIENCE)
        self.end(run)

    def test_it_has_colours_unless_no_color_is_set(self):
        run = self.start_two()
        self.show(run)
        self.terminal.until_shown("link new")
        self.assertRegex(self.terminal.shown, COLOUR)
        self.terminal.type("q")
        self.process.wait(machine.PATIENCE)
        self.terminal = Terminal()
        self.addCleanup(self.terminal.close)
        self.show(run, {"NO_COLOR": "1"})
        self.terminal.until_shown("link new")
        self.assertNotRegex(self.terminal.shown, COLOUR)
        self.end(run)

    def test_a_terminal_without_utf8_is_sent_none(self):
        run = self.start_two()
        self.show(run, {"LC_ALL": "C"})
        self.terminal.until_shown("link new")
        self.assertTrue(self.terminal.shown.isascii())
        self.end(run)

    def test_one_that_cannot_move_its_cursor_gets_one_screen_as_text(self):
        run = self.start_two()
        for term in ("dumb", "no-such-terminal"):
            self.show(run, {"TERM": term})
            self.assertEqual(self.process.wait(machine.PATIENCE), 0)
            self.assertIn("link new", self.terminal.shown)
            self.assertNotIn("\x1b", self.terminal.shown)
            self.terminal = Terminal()
            self.addCleanup(self.terminal.close)
        self.end(run)

    def test_without_a_terminal_it_prints_one_screen(self):
        run = self.start_two()
        for options in ((), ("--once",)):
            done = self.plain(self.top(run, *options))
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertIn("link new", done.stdout)
        self.end(run)

    def test_killing_it_changes_nothing_for_the_build(self):
        run = self.start_two()
        self.show(run)
        self.terminal.until_shown("link new")
        supervisor = run.supervisor()
        self.process.kill()
        self.process.wait()
        self.assertEqual(jobs(run)["link new"]["state"], "held")
        self.assertEqual(run.supervisor(), supervisor)
        held = until_job(run, "link new", "held")
        self.assertIn("was let go", ask(run, "let_go", job=held["id"]).get("done", ""))
        self.end(run)

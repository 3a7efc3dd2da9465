"""As the first process of a pid namespace, which is what containers start: orphans are reaped, signals are passed on,
and all ends with the command."""
import os
import re
import signal
import subprocess

import machine
from harness import Case
from machine import until
from places import DELEGATED, HERE, READ_ONLY, in_each

MAKE_FIRST = ["unshare", "--pid", "--fork", "--mount-proc"]


def first_below(process):
    """The pid, as it is seen here, of the first process of the namespace that a started unshare made."""
    def child():
        children = machine.read(f"/proc/{process.pid}/task/{process.pid}/children").split()
        return int(children[0]) if children else None
    return until(child, "unshare has a child")


@in_each(HERE, READ_ONLY)
class First(Case):
    def setUp(self):
        super().setUp()
        if not machine.is_root() or not machine.works([*MAKE_FIRST, "true"], self.place):
            self.skipTest("cannot make a pid namespace")

    def begin(self, command):
        """The started process, whose status is memguard's; what it prints is in files `out` and `err`."""
        words = [*self.place.prefix(), *MAKE_FIRST, str(machine.memguard), "run", "--no-history", "--", "sh", "-c",
                 command]
        with open(self.folder / "out", "wb") as out, open(self.folder / "err", "wb") as err:
            process = subprocess.Popen(words, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        self.addCleanup(lambda: (process.kill(), process.wait()))
        return process

    def until_out(self, text):
        until(lambda: text in machine.read(self.folder / "out"), lambda: f"{text} in {self.folder}/out")

    def test_is_that_and_its_status_is_the_commands(self):
        process = self.begin("ps -o comm= -p 1; exit 3")
        self.assertEqual(process.wait(machine.PATIENCE), 3)
        self.assertEqual(machine.read(self.folder / "out"), "memguard\n")

    def test_reaps_the_orphans_of_the_build(self):
        process = self.begin("for i in 1 2 3 4 5 6 7 8; do (sleep 0.05 & echo orphan); done; echo all; sleep 1000")
        self.until_out("all")
        first = first_below(process)

        def dead():
            children = machine.read(f"/proc/{first}/task/{first}/children").split()
            return [child for child in children if re.search(r"\) Z", machine.read(f"/proc/{child}/stat"))]

        def sleeps():
            return [child for child in machine.read(f"/proc/{first}/task/{first}/children").split()
                    if machine.read(f"/proc/{child}/cmdline") == "sleep\x000.05\0"]

        until(lambda: not dead() and not sleeps(), lambda: f"orphans are reaped: {dead()} {sleeps()}")
        os.kill(first, signal.SIGTERM)
        process.wait(machine.PATIENCE)

    def test_passes_int_and_term_on_and_ends_with_their_status(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(number):
                process = self.begin("echo begins; exec sleep 1000")
                self.until_out("begins")
                first = first_below(process)
                until(lambda: any(machine.read(f"/proc/{child}/comm") == "sleep\n" for child in
                                  machine.read(f"/proc/{first}/task/{first}/children").split()), "it sleeps")
                os.kill(first, number)
                self.assertEqual(process.wait(machine.PATIENCE), 128 + number)

    def test_a_command_that_deals_with_term_ends_as_it_likes(self):
        process = self.begin("trap 'echo told; exit 6' TERM; echo begins; while :; do sleep 0.05; done")
        self.until_out("begins")
        os.kill(first_below(process), signal.SIGTERM)
        self.assertEqual(process.wait(machine.PATIENCE), 6)
        self.assertIn("told", machine.read(self.folder / "out"))

    def test_ends_what_the_command_left(self):
        process = self.begin("(trap '' TERM HUP INT; sleep 1000) & exit 5")
        self.assertEqual(process.wait(machine.PATIENCE), 5)
        self.assertIn("the command left", machine.read(self.folder / "err"))


@in_each(DELEGATED)
class Paused(Case):
    """A container's pause freezes the group above us."""

    def test_memguard_and_what_it_holds_go_on_where_they_were(self):
        run = self.start_behind_old("./cc1 -o young; exit 3")
        run.until_held("cc1")
        supervisor = run.supervisor()
        (self.place.group / "cgroup.freeze").write_text("1")
        until(lambda: "frozen 1" in machine.read(self.place.group / "cgroup.events"), "all is frozen")
        # Longer than the 2 s after which a supervisor without a heartbeat is taken for hung.
        frozen_at = machine.seconds()
        until(lambda: machine.seconds() > frozen_at + 3, "it hangs by the clock")
        (self.place.group / "cgroup.freeze").write_text("0")
        run.until_looked()
        self.assertEqual(run.supervisor(), supervisor)
        run.until_held("cc1")
        self.let_old_end()
        self.assert_ends(run, 3)

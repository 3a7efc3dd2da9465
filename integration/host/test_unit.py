"""As a unit of systemd: who listens at NOTIFY_SOCKET hears what waits and that the build is guarded; the journal has
entries. Sockets of the test stand for systemd's."""
import os
import re
import signal
import socket

import machine
from harness import Case
from machine import until
from onlooker import ask, jobs, until_job
from places import HERE, Place, in_each
from test_without import allowed

# As systemd does it: the variable has the pid of the unit's main process.
MAIN = ["sh", "-c", 'export SYSTEMD_EXEC_PID=$$; exec "$@"', "sh"]


class WithManager(Case):
    def setUp(self):
        super().setUp()
        self.heard = []
        self.manager = self.listen("notify")
        self.unit = {"NOTIFY_SOCKET": str(self.folder / "notify"), "WATCHDOG_USEC": "400000"}

    def listen(self, name):
        """A socket as systemd has it."""
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(listener.close)
        listener.bind(str(self.folder / name))
        listener.setblocking(False)
        return listener

    def hear(self):
        """All messages so far."""
        try:
            while True:
                self.heard.append(self.manager.recv(65536).decode())
        except BlockingIOError:
            return self.heard

    def until_heard(self, pattern):
        until(lambda: any(re.fullmatch(pattern, text) for text in self.hear()),
              lambda: f"{pattern} in {self.heard[-20:]}")

    def start_in_unit(self, command, options=(), **more):
        return self.start_behind_old(command, options, environment=self.unit, prefix=MAIN, **more)


@in_each(HERE)
class Unit(WithManager):
    def test_hears_that_the_command_runs_what_waits_for_what_and_how_it_ended(self):
        run = self.start_in_unit("./cc1; exit 3", ["--quiet"])
        self.until_heard("READY=1")
        run.until_held("cc1")
        self.until_heard(r"STATUS=1 job waits for memory \([^)]+ of 100 MiB used\); cc .* is next, after .*")
        self.let_old_end()
        self.assert_ends(run, 3)
        self.assertEqual(self.hear()[-1], "STATUS=the command ended with status 3")
        self.assertEqual(self.heard.count("READY=1"), 1)

    def test_sees_signs_of_life_whatever_becomes_of_supervisors(self):
        run = self.start_in_unit("./cc1")
        run.until_held("cc1")
        for _ in range(3):
            before = self.hear().count("WATCHDOG=1")
            os.kill(run.supervisor().pid, signal.SIGKILL)
            until(lambda: self.hear().count("WATCHDOG=1") > before + 2, "signs of life")
        self.let_old_end()
        self.assert_ends(run)

    def test_sees_none_of_a_front_that_hangs(self):
        run = self.start_in_unit("./cc1")
        run.until_held("cc1")
        self.until_heard("WATCHDOG=1")
        run.kill(signal.SIGSTOP)
        until(lambda: run.front.state == "T", "the front is stopped")
        count = self.hear().count("WATCHDOG=1")
        run.until_looked(20)
        self.assertEqual(self.hear().count("WATCHDOG=1"), count)
        run.kill(signal.SIGCONT)
        until(lambda: self.hear().count("WATCHDOG=1") > count, "a sign of life")
        self.let_old_end()
        self.assert_ends(run)

    def test_does_not_show_its_manager_to_the_build(self):
        run = self.guarded(["env"], environment={**self.unit, "WATCHDOG_PID": ""}, prefix=MAIN)
        self.assertIn("SYSTEMD_EXEC_PID=", run.out)
        for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"):
            self.assertNotIn(name, run.out)
            self.assertIn(("environment", name), allowed())

    def test_of_another_process_is_left_to_that(self):
        environment = {**self.unit, "SYSTEMD_EXEC_PID": "1"}
        run = self.guarded(["env"], environment=environment)
        self.assertIn(f"NOTIFY_SOCKET={self.folder}/notify", run.out)
        self.assertIn("WATCHDOG_USEC=400000", run.out)
        self.assertEqual(self.hear(), [])

    def test_whose_manager_is_gone_or_reads_nothing_is_built_all_the_same(self):
        for address in (str(self.folder / "nobody"), "@nobody-" + "x" * 90, "vsock:2:1", "/" * 300, "relative"):
            run = self.guarded("./ld; exit 4", environment={"NOTIFY_SOCKET": address}, prefix=MAIN)
            self.assertEqual((run.status, run.err), (4, run.err if self.place.tier != "full" else ""))
        for _ in range(1000):
            try:
                socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK).sendto(
                    b"full", self.unit["NOTIFY_SOCKET"])
            except BlockingIOError:
                break
        run = self.guarded("./ld; exit 4", environment=self.unit, prefix=MAIN)
        self.assertEqual(run.status, 4)


class WithJournal(Place):
    """stderr goes to a journal whose socket is `journal` in the folder of the run."""

    name = "journal"

    def lacks(self):
        return "" if machine.is_root() and machine.have("unshare") else "cannot mount"

    def prefix(self):
        # All but the folder by which onlookers find the run.
        script = ('mkdir -p -m 700 /run/memguard && cd -P /run/memguard && mount -t tmpfs none /run && '
                  'mkdir -p /run/systemd/journal /run/memguard && mount --bind . /run/memguard && cd "$OLDPWD" && '
                  'ln -s "$PWD/journal" /run/systemd/journal/socket && '
                  'export JOURNAL_STREAM="$(stat -Lc %d:%i /proc/self/fd/2)" && exec "$@"')
        return ["unshare", "--mount", "sh", "-c", script, "sh"]


JOURNAL = WithJournal()


@in_each(JOURNAL)
class Journal(WithManager):
    def setUp(self):
        super().setUp()
        self.manager = self.listen("journal")

    def entries(self, message_id):
        """The messages of the entries that have it."""
        entries = [dict(line.split("=", 1) for line in text.splitlines()) for text in self.hear()]
        return [entry["MESSAGE"] for entry in entries if entry["MESSAGE_ID"] == message_id]

    def test_has_what_waits_for_long_instead_of_a_line(self):
        run = self.start("./ld --until old.end & old=$!; read go; ./cc1 -o 'a\nPRIORITY=0'; wait $old",
                         ["--memory", self.limit])
        run.the("ld")
        run.go()
        run.until_held("cc1")
        (said,) = until(lambda: self.entries("be97b99d22134dfe876d93380f3904f9"), "an entry")
        self.assertRegex(said, r"^1 job waits for memory .* is next, after 1\d(\.\d)? s$")
        self.assertNotIn("waits for memory", run.err)
        self.let_old_end()
        self.assert_ends(run)

    def test_has_what_passed_the_limit_instead_of_a_line(self):
        self.need_tier("freezer", "signal")
        run = self.guarded("./ld --ramp 150MiB:0.3s --hold 0.5s -o app", ["--memory", "100MiB"])
        (said,) = self.entries("1bff82ca400841588d7000df8141fb43")
        self.assertRegex(said, "^memory passed the limit of 100 MiB by .*; link app had")
        self.assertNotIn("passed the limit", run.err)

    def test_has_what_is_started_again(self):
        run = self.start("./ld --until old.end & old=$!; read go; ./ld --until new.end -o new && wait $old",
                         ["--memory", "2GiB"])
        run.the("ld")
        run.go()
        new = until_job(run, "link new", "running")
        until(lambda: jobs(run)["link new"]["restartable"], "it has its shim")
        ask(run, "evict", job=new["id"])
        (said,) = until(lambda: self.entries("be38fadbe92b44fd8609611ccbcc534b"), "an entry")
        self.assertEqual(said, "link new is started again: it was evicted")
        self.let_end("new")
        self.let_old_end()
        self.assert_ends(run)

    def test_has_what_is_lost_instead_of_a_line(self):
        self.need_tier("full")
        run = self.guarded("./ld --ramp 150MiB:0.3s -o app", ["--memory", "100MiB", "--swap", "none", "--no-restart"])
        (said,) = self.entries("44002d18e5e34a88af803ec4232ca8a3")
        self.assertRegex(said, "^link app did not fit: it used .*, alone, when it was killed at the build's limit")
        self.assertNotIn("did not fit", run.err)

    def test_has_nothing_of_a_quiet_run(self):
        run = self.guarded("./ld --ramp 150MiB:0.3s --hold 0.5s -o app", ["--memory", "100MiB", "--quiet"])
        self.assertEqual(self.hear(), [])
        # In tier full the shell tells that its job was killed.
        self.assertNotIn("memguard", run.err)

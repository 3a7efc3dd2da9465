"""A terminal with memguard, or a shell that starts it, in the foreground."""
import os
import pty
import shutil
import termios

from machine import until


class Terminal:
    def __init__(self):
        self.master, self.slave = pty.openpty()
        os.set_blocking(self.master, False)
        self._shown = ""

    #: What makes a program the leader of a session on its standard input; it becomes that program itself.
    PREFIX = ("setsid", "--ctty")

    @staticmethod
    def lacks():
        return "" if shutil.which("setsid") else "no setsid"

    def streams(self):
        return {"stdin": self.slave, "stdout": self.slave, "stderr": self.slave}

    def started(self):
        """To be called when the program has the terminal: only its processes keep it open then."""
        self.settings = termios.tcgetattr(self.slave)
        os.close(self.slave)

    def type(self, text):
        os.write(self.master, text.encode())

    @property
    def shown(self):
        """All that was printed so far."""
        try:
            while chunk := os.read(self.master, 65536):
                self._shown += chunk.decode(errors="replace").replace("\r\n", "\n")
        except OSError:  # nothing more now, or nobody has it open any more
            pass
        return self._shown

    def until_shown(self, text):
        until(lambda: text in self.shown, lambda: f"{text!r} on the terminal: {self.shown!r}")

    def close(self):
        if self.master >= 0:
            os.close(self.master)
        self.master = -1


class WithTerminal:
    """Beside a Case: each test has a terminal of its own."""

    def setUp(self):
        super().setUp()
        if Terminal.lacks():
            self.skipTest(Terminal.lacks())
        self.terminal = Terminal()
        self.addCleanup(self.terminal.close)

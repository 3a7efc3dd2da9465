"""A file system that hangs, as a home on a server that is away: memguard can be ended all the same."""
import ctypes
import os
import signal

import machine
from harness import Case
from machine import until
from places import DELEGATED, HERE, READ_ONLY, USER, in_each


class HungFolder:
    """A file system in user space (fuse(4)) whose server answers nothing: whoever looks into it waits."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
        options = f"fd={self.device},rootmode=40000,user_id=0,group_id=0,allow_other"
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.mount(b"hung", os.fsencode(folder), b"fuse", ctypes.c_ulong(0), options.encode()) != 0:
            raise OSError(ctypes.get_errno(), "mount a fuse")

    @staticmethod
    def lacks():
        if not machine.is_root():
            return "not root: cannot mount"
        try:
            os.close(os.open("/dev/fuse", os.O_RDWR))
        except OSError as error:
            return f"no /dev/fuse ({error.strerror})"
        return ""

    def close(self):
        detach = 2
        ctypes.CDLL(None).umount2(os.fsencode(self.folder), detach)
        os.close(self.device)


@in_each(HERE, USER, DELEGATED, READ_ONLY)
class Hung(Case):
    def hang(self, folder):
        if HungFolder.lacks():
            self.skipTest(HungFolder.lacks())
        hung = HungFolder(folder)
        self.addCleanup(hung.close)

    def test_a_home_that_hangs_at_the_start_leaves_signals_their_effect(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):
            with self.subTest(number):
                state = self.folder / f"state-of-{int(number)}"
                self.hang(state)
                run = self.start(["true"], environment={"XDG_STATE_HOME": str(state)})
                run.keeper()
                until(lambda: run.front.state == "D" or "fuse" in machine.read(run.front.proc / "wchan")
                      or run.front.state == "S", "memguard waits for it")
                run.kill(number)
                self.assert_ends(run, -number)

    def test_a_home_that_hangs_at_the_end_holds_nobody_who_is_told_to_end(self):
        if self.place is READ_ONLY:
            self.skipTest("what is mounted later is not seen there")
        state = self.folder / "later"
        state.mkdir(mode=0o777)
        state.chmod(0o777)
        run = self.start("./ld --hold 0.1s; read go; exit 4", ["--stop-timeout", "200ms"],
                         environment={"XDG_STATE_HOME": str(state)})
        run.supervisor()
        self.hang(state)
        run.go()
        run.the("mg-report")
        until(lambda: not run.build(), "the build has ended")
        run.kill(signal.SIGTERM)
        self.assert_ends(run, 4)

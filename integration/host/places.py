"""Where memguard is started: as whom, and with which part of the machine's features.

A place is a prefix of the command line; every process of the prefix becomes the next one, so the pid of what is started
is memguard's own.
"""
import functools
import itertools
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import machine

# Any user without privilege; nothing needs to be known of it.
UID = 65533


class Place:
    """What memguard is started behind. `lacks` says why this machine has no such place, or is empty."""

    name = "here"
    #: Whether a seccomp listener is to be had here.
    gate = True
    #: Whether being here changes more than what is started from here.
    changes_machine = False

    def lacks(self):
        return ""

    def prefix(self):
        return []

    def uid(self):
        return os.geteuid()

    def enter(self):
        """Before a test."""

    def leave(self):
        """After a test."""

    def as_found(self):
        """Whether nothing of the place shows that memguard was there."""
        return True

    @functools.cached_property
    def tier(self):
        """What memguard says it has here."""
        self.enter()
        try:
            with tempfile.TemporaryDirectory() as folder:
                os.chmod(folder, 0o777)
                report = pathlib.Path(folder) / "report.json"
                command = [*self.prefix(), str(machine.memguard), "run", "--json", str(report), "--", "true"]
                done = subprocess.run(command, capture_output=True, text=True, timeout=machine.PATIENCE, cwd="/")
                if not report.exists():
                    raise AssertionError(f"no tier {self.name}: {command}: status {done.returncode}, {done.stderr}")
                return json.loads(report.read_text())["tier"]
        finally:
            self.leave()


class AsUser(Place):
    """Without privilege, in no cgroup that the user may write."""

    name = "user"

    def lacks(self):
        if not machine.is_root():
            return "already a user"
        return "" if machine.have("setpriv") else "no setpriv"

    def prefix(self):
        return ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups"]

    def uid(self):
        return UID


class Delegated(AsUser):
    """Without privilege, in a cgroup that was given to the user, as systemd does for sessions and services. Somebody
    else sits in it too, as a user's shell does."""

    name = "delegated"
    _numbers = itertools.count()

    def __init__(self):
        self.group = None
        self.resident = None

    def lacks(self):
        if super().lacks():
            return super().lacks()
        if not machine.cgroup_mount():
            return "no cgroup v2"
        return "" if os.access(machine.cgroup_mount() / "cgroup.procs", os.W_OK) else "cgroup v2 is not writable"

    def enter(self):
        self.group = machine.cgroup_mount() / f"test-{os.getpid()}-{next(self._numbers)}"
        self.group.mkdir()
        self.resident = subprocess.Popen(["sleep", "infinity"])
        (self.group / "cgroup.procs").write_text(str(self.resident.pid))
        for path in [self.group, *(self.group / f"cgroup.{f}" for f in ("procs", "threads", "subtree_control"))]:
            os.chown(path, UID, UID)

    def leave(self):
        self.resident.kill()
        self.resident.wait()
        machine.until(self._removed, f"{self.group} can be removed: {list(self.group.glob('*/'))}")

    def _removed(self):
        try:
            for below in sorted(self.group.glob("**/"), reverse=True):
                below.rmdir()
            return True
        except OSError:
            return False

    def prefix(self):
        # Where a child of the resident would be.
        group = machine.Process(self.resident.pid).cgroup_folder
        return ["sh", "-c", f'echo $$ >"{group}/cgroup.procs" && exec "$@"', "sh", *super().prefix()]

    def as_found(self):
        """The group is as it was before memguard divided it."""
        inside = machine.read(self.group / "cgroup.procs").split()
        passed_on = machine.read(self.group / "cgroup.subtree_control").split()
        return str(self.resident.pid) in inside and not passed_on and not list(self.group.glob("*/"))


class ReadOnlyCgroup(Place):
    """Root, where cgroup v2 is mounted read-only, as in a container."""

    name = "read-only"

    def lacks(self):
        if not machine.is_root():
            return "not root: cannot mount"
        if not machine.cgroup_mounts():
            return "no cgroup v2"
        return "" if machine.have("unshare") else "no unshare"

    def prefix(self):
        remounts = " && ".join(f'mount -o remount,ro,bind "{mount}"' for mount in machine.cgroup_mounts())
        return ["unshare", "--mount", "sh", "-c", f'{remounts} && exec "$@"', "sh"]


class YamaUser(AsUser):
    """A user where processes may look only at their descendants, as Ubuntu sets it."""

    name = "yama"
    changes_machine = True
    scope = "1"
    _scope = pathlib.Path("/proc/sys/kernel/yama/ptrace_scope")

    def lacks(self):
        if super().lacks():
            return super().lacks()
        return "" if os.access(self._scope, os.W_OK) else "no Yama in this kernel"

    def enter(self):
        self._before = self._scope.read_text()
        self._scope.write_text(self.scope)

    def set_scope(self, scope):
        self._scope.write_text(str(scope))

    def leave(self):
        self._scope.write_text(self._before)


class YamaAdminOnly(YamaUser):
    """A user where only who may administer the machine may look into processes: arguments are not to be had before an
    exec."""

    name = "yama 2"
    scope = "2"


class Refused(Place):
    """A kernel or a container runtime that refuses something; `what` as victims/refuse has it."""

    def __init__(self, name, what, gate=True):
        self.name = name
        self.what = what
        self.gate = gate

    def prefix(self):
        return [str(machine.victims / "refuse"), self.what]


HERE = Place()
USER = AsUser()
DELEGATED = Delegated()
READ_ONLY = ReadOnlyCgroup()
YAMA = YamaUser()
YAMA_ADMIN = YamaAdminOnly()
# An exec that waits for its answer can be interrupted.
OLD_KERNEL = Refused("before 5.19", "wait-killable")
NO_SECCOMP = [Refused(f"seccomp {error}", f"seccomp:{error}", gate=False) for error in ("EPERM", "ENOSYS")]
# No exec can be let go on.
NO_CONTINUE = Refused("before 5.5", "continue", gate=False)
NO_PIDFD = [Refused(f"pidfd {error}", f"pidfd:{error}") for error in ("EPERM", "ENOSYS")]
UNREADABLE = Refused("unreadable", "memory")


def in_each(*places):
    """Makes of a class one set of tests for each place."""

    def make(cls):
        module = sys.modules[cls.__module__]
        for place in places:
            name = f"{cls.__name__} {place.name}"
            setattr(module, name, type(name, (cls, unittest.TestCase), {"place": place, "__module__": cls.__module__}))
        return cls

    return make


def describe_machine():
    kernel = os.uname()
    tiers = []
    for place in (HERE, USER, DELEGATED, READ_ONLY):
        tiers.append(f"{place.name} {place.lacks() or 'tier ' + place.tier}")
    return f"# {kernel.sysname} {kernel.release} {kernel.machine}, uid {os.geteuid()}: {'; '.join(tiers)}"

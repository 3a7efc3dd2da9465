"""What the tests find on this machine: processes, cgroups, and the folder they work in."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

# How long to wait for what must happen. Far more than it takes: a test that has to wait so long has failed.
PATIENCE = float(os.environ.get("MEMGUARD_TEST_PATIENCE", "60"))
POLL_SECONDS = 0.01

memguard = None
victims = None
folder = None


def prepare(memguard_file, victims_folder):
    """Copies the programs to a folder that every user can read."""
    global memguard, victims, folder
    folder = pathlib.Path(tempfile.mkdtemp(prefix="memguard-host-"))
    folder.chmod(0o755)
    victims = folder / "victims"
    victims.mkdir()
    for file in pathlib.Path(victims_folder).iterdir():
        if file.is_file() and os.access(file, os.X_OK):
            shutil.copy(file, victims / file.name)
    memguard = pathlib.Path(shutil.copy(memguard_file, folder / "memguard"))
    shim = pathlib.Path(memguard_file).with_name("memguard-shim")
    if shim.exists():
        shutil.copy(shim, folder / shim.name)


def clean_up():
    shutil.rmtree(folder, ignore_errors=True)


def seconds():
    return time.monotonic()


def until(condition, what, patience=PATIENCE):
    """Waits for `condition` to give something true, and gives it. `what` names it in the failure; may be a function."""
    end = seconds() + patience
    while True:
        result = condition()
        if result:
            return result
        if seconds() > end:
            raise AssertionError(f"waited {patience:.0f} s for: {what() if callable(what) else what}")
        time.sleep(POLL_SECONDS)


def free_bytes():
    """What is there for new processes, as the kernel estimates it."""
    return 1024 * next(int(line.split()[1]) for line in read("/proc/meminfo").splitlines() if "MemAvailable" in line)


def read(path):
    """The text of a file, empty when it is gone."""
    try:
        return pathlib.Path(path).read_text(errors="replace")
    except OSError:
        return ""


class Process:
    """One process as /proc shows it; everything about one that has ended is empty."""

    def __init__(self, pid):
        self.pid = os.getpid() if pid == "self" else int(pid)
        self.proc = pathlib.Path(f"/proc/{self.pid}")

    def __repr__(self):
        return f"{self.pid} {self.comm} {self.state} {self.cgroup}"

    def __eq__(self, other):
        return self.pid == other.pid

    def __hash__(self):
        return self.pid

    def _stat(self):
        text = read(self.proc / "stat")
        return text[text.rfind(")") + 2:].split()

    @property
    def comm(self):
        return read(self.proc / "comm").rstrip("\n")

    @property
    def state(self):
        """One letter: R, S, D, T stopped, Z; empty when it is gone."""
        return (self._stat() or [""])[0]

    @property
    def parent(self):
        return int((self._stat() or [0, 0])[1])

    def status(self, key):
        """A line of /proc/PID/status."""
        found = re.search(rf"^{key}:\s*(.*)$", read(self.proc / "status"), re.M)
        return found.group(1) if found else ""

    def kilobytes(self, key):
        return int((self.status(key).split() or [0])[0])

    @property
    def alive(self):
        return self.state not in ("", "Z", "X")

    @property
    def cgroup(self):
        """Its path in cgroup v2, as this process sees it."""
        found = re.search(r"^0::(.*)$", read(self.proc / "cgroup"), re.M)
        return found.group(1) if found else ""

    @property
    def cgroup_folder(self):
        return cgroup_mount() / self.cgroup.lstrip("/")

    @property
    def frozen(self):
        return "frozen 1" in read(self.cgroup_folder / "cgroup.events")

    def environment(self):
        return read(self.proc / "environ").split("\0")

    def descendants(self):
        everyone = processes()
        found, last = [], [self]
        while last:
            last = [p for p in everyone if p.parent in [above.pid for above in last]]
            found += last
        return found


def processes():
    return [Process(name) for name in os.listdir("/proc") if name.isdigit()]


def processes_with(variable):
    """Those whose environment has `variable` (NAME=VALUE)."""
    return [p for p in processes() if p.alive and variable in p.environment()]


def cgroup_mounts():
    """Every place where cgroup v2 is mounted."""
    mounts = []
    for line in read("/proc/self/mountinfo").splitlines():
        before, _, after = line.partition(" - ")
        if after.split()[0] == "cgroup2":
            mounts.append(pathlib.Path(before.split()[4]))
    return mounts


def cgroup_mount():
    mounts = cgroup_mounts()
    return mounts[0] if mounts else None


def cgroups_named(name):
    """Folders of that name anywhere in the cgroup tree."""
    found = []
    if cgroup_mount():
        for above, names, _ in os.walk(cgroup_mount()):
            if name in names:
                found.append(pathlib.Path(above) / name)
    return found


def controllers():
    """Of cgroup v2 at the top of its tree."""
    return read(cgroup_mount() / "cgroup.controllers").split() if cgroup_mount() else []


def processors():
    """How many these tests may use."""
    return len(os.sched_getaffinity(0))


def have(program):
    return shutil.which(program) is not None


def is_root():
    return os.geteuid() == 0


def works(command, place):
    """Whether a command succeeds in a place."""
    return subprocess.run([*place.prefix(), *command], capture_output=True, stdin=subprocess.DEVNULL).returncode == 0

"""systemd understands every line of what packaging/systemd has, as far as it tells without running it: units.py BUILD.

Exit status 77, the last line saying why, where there is no systemd-analyze."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SOURCES = pathlib.Path(__file__).resolve().parents[2] / "packaging/systemd"
# Of 100: what is left is what a build needs, the network, namespaces, and its own cgroup.
MOST_EXPOSED = 30


def output(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout, done.stderr


def verify(*units):
    """No error, and no warning."""
    _, said = output("systemd-analyze", "verify", "--man=no", *units)
    ours = [line for line in said.splitlines() if "memguard" in line or "build" in line]
    assert ours == [], said


def units(build, folder):
    """The units as they are installed, but for the program, which is that of the build."""
    service = (build / "packaging/memguard@.service").read_text()
    service, count = re.subn(r"(?m)^ExecStart=\S+/memguard ", f"ExecStart={build}/memguard ", service)
    assert count == 1, service
    (folder / "memguard@.service").write_text(service)
    shutil.copy(SOURCES / "memguard.slice", folder)
    verify(folder / "memguard@nightly.service", folder / "memguard.slice")
    output("systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED}",
           folder / "memguard@nightly.service")


def drop_in(build, folder):
    unit = folder / "build.service"
    unit.write_text(f"[Service]\nExecStart={build}/memguard run -- true\n")
    (folder / "build.service.d").mkdir()
    shutil.copy(SOURCES / "memguard-build.conf", folder / "build.service.d/50-memguard.conf")
    verify(unit)
    # It can fail: a line that systemd does not know is told.
    (folder / "build.service.d/60-wrong.conf").write_text("[Service]\nDelegat=yes\n")
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False)
    assert "Delegat" in done.stderr, done.stderr


def catalog(folder):
    there = folder / "usr/lib/systemd/catalog"
    there.mkdir(parents=True)
    (folder / "var/lib/systemd/catalog").mkdir(parents=True)
    shutil.copy(SOURCES / "memguard.catalog", there)
    output("journalctl", f"--root={folder}", "--update-catalog")
    listed, _ = output("journalctl", f"--root={folder}", "--list-catalog")
    entries = (SOURCES / "memguard.catalog").read_text().count("\n-- ")
    assert entries > 0 and listed.count(" memguard: ") == entries, listed


def main():
    if shutil.which("systemd-analyze") is None or shutil.which("journalctl") is None:
        print("no systemd-analyze, journalctl")
        sys.exit(77)
    build = pathlib.Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as name:
        for number, step in enumerate((lambda at: units(build, at), lambda at: drop_in(build, at), catalog)):
            folder = pathlib.Path(name) / str(number)
            folder.mkdir()
            step(folder)


if __name__ == "__main__":
    main()

"""The builds that endurance.py repeats, and what is to be the same after each."""

import hashlib
import os
import shutil
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "bench/builds"))

import build_files  # noqa: E402  (from the folder above)
import workloads  # noqa: E402

# Of an artifact: a hash of its bytes, and what it prints when it is a program.
Made = Mapping[str, tuple[str, str]]


class Build(ABC):
    """One build in one folder, which always starts from nothing."""

    memory: str  # --memory, when nothing else is asked for

    @abstractmethod
    def command(self, jobs: int) -> list[str]:
        """With an explicit -j: neither cargo nor make then takes a jobserver of ours."""

    @abstractmethod
    def clean(self) -> None:
        """Removes all it made."""

    @abstractmethod
    def artifacts(self) -> list[Path]:
        """What it has made, and not half made."""

    def made(self) -> Made:
        return {path.name: (hashlib.sha256(path.read_bytes()).hexdigest(), printed(path)) for path in self.artifacts()}


def printed(path: Path) -> str:
    """Its standard output and exit status; nothing for what is no program."""
    if path.suffix or not os.access(path, os.X_OK):
        return ""
    try:
        ran = subprocess.run([path], capture_output=True, text=True, errors="replace", timeout=600)
    except OSError as error:  # half a program
        return f"cannot be run: {error.strerror}"
    return f"{ran.stdout}{ran.returncode}"


class Heavy(Build):
    memory = "auto"

    def __init__(self, folder: Path, packages: list[str], heavy: Path) -> None:
        self.target = folder / "target"
        self.packages = [word for package in packages for word in ("-p", package)]
        self.manifest = heavy / "Cargo.toml"

    def command(self, jobs: int) -> list[str]:
        return ["cargo", "build", "--release", "--offline", "--quiet", "--manifest-path", str(self.manifest),
                "--target-dir", str(self.target), f"-j{jobs}", *self.packages]

    def clean(self) -> None:
        shutil.rmtree(self.target, ignore_errors=True)

    def artifacts(self) -> list[Path]:
        release = self.target / "release"
        programs = [path for path in release.glob("heavy-*") if path.is_file() and not path.suffix]
        return sorted([*programs, *release.glob("deps/*.rlib")])


class Links(Build):
    """12 links of 440 MB, of which one fits. With `rustc` each has a rustc above it, and can be started again."""

    memory = "512MiB"

    def __init__(self, folder: Path, rustc: bool, hog: Path, seconds: float) -> None:
        self.folder = folder / "links"
        curve = workloads.ramp(440e6 / workloads.MIB, seconds, 0.5)
        jobs = [workloads.Job(f"program{number}", "ld", curve) for number in range(12)]
        workload = workloads.Workload("links", "12 links of 440 MB", 512 * workloads.MIB, jobs)
        build_files.write(workload, self.folder, hog)
        self.outputs = [self.folder / job.output for job in jobs]
        self.makefile = "Makefile-rustc" if rustc else "Makefile"

    def command(self, jobs: int) -> list[str]:
        return ["make", "-s", "-C", str(self.folder), "-f", self.makefile, f"-j{jobs}", "all"]

    def clean(self) -> None:
        for output in self.outputs:
            output.unlink(missing_ok=True)

    def artifacts(self) -> list[Path]:
        return [output for output in self.outputs if output.exists()]

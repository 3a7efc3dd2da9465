"""Who starts the jobs of a build: make, ninja or cargo."""

import hashlib
import os
import shutil
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import build_files
from workloads import ROOT, Workload


class Driver(ABC):
    """One build in one folder."""

    def __init__(self, workload: Workload, folder: Path) -> None:
        self.workload = workload
        self.folder = folder

    @abstractmethod
    def command(self, jobs: int) -> list[str]:
        """To be run in the folder."""

    @abstractmethod
    def one_linker(self, jobs: int) -> list[str]:
        """The same with the linker wrapped in flock(1)."""

    def one_linker_environment(self) -> Mapping[str, str]:
        return {}

    @abstractmethod
    def clean(self) -> None:
        """The next build starts from nothing."""

    @abstractmethod
    def all_made(self) -> bool:
        """Whether all outputs are there, and, after keep_measure, with the bytes they had then."""

    def keep_measure(self) -> None:
        """The outputs of now are what every later build has to make."""


class OfHogs(Driver):
    def __init__(self, workload: Workload, folder: Path, hog: Path) -> None:
        super().__init__(workload, folder)
        build_files.write(workload, folder, hog)

    def clean(self) -> None:
        for job in self.workload.jobs:
            (self.folder / job.output).unlink(missing_ok=True)
        for log in (".ninja_log", ".ninja_deps"):
            (self.folder / log).unlink(missing_ok=True)

    def all_made(self) -> bool:
        return all((self.folder / job.output).exists() for job in self.workload.jobs)


class Make(OfHogs):
    def command(self, jobs: int) -> list[str]:
        return ["make", "-s", "-f", "Makefile", f"-j{jobs}", "all"]

    def one_linker(self, jobs: int) -> list[str]:
        return ["make", "-s", "-f", "Makefile-flock", f"-j{jobs}", "all"]


class MakeRustc(OfHogs):
    """Jobs that can be started again, as cargo's."""

    def command(self, jobs: int) -> list[str]:
        return ["make", "-s", "-f", "Makefile-rustc", f"-j{jobs}", "all"]

    def one_linker(self, jobs: int) -> list[str]:
        return ["make", "-s", "-f", "Makefile-rustc-flock", f"-j{jobs}", "all"]


class Ninja(OfHogs):
    def command(self, jobs: int) -> list[str]:
        return ["ninja", "--quiet", "-f", "build.ninja", f"-j{jobs}"]

    def one_linker(self, jobs: int) -> list[str]:
        return ["ninja", "--quiet", "-f", "build-flock.ninja", f"-j{jobs}"]


class Cargo(Driver):
    def __init__(self, workload: Workload, folder: Path) -> None:
        super().__init__(workload, folder)
        self.measure: dict[str, str] = {}
        self.words: dict[str, bytes] = {}
        folder.mkdir(parents=True)
        linker = folder / "one-linker"
        linker.write_text(f'#!/bin/sh\nexec flock "{folder}/links.lock" cc "$@"\n')
        linker.chmod(0o755)
        if workload.cargo[0] == "install":
            subprocess.run(self.command(os.cpu_count() or 1), cwd=folder, check=True)

    def command(self, jobs: int) -> list[str]:
        return ["cargo", *self.workload.cargo, "--quiet", "--target-dir", str(self.folder / "target"), f"-j{jobs}"]

    def one_linker(self, jobs: int) -> list[str]:
        return self.command(jobs)

    def one_linker_environment(self) -> Mapping[str, str]:
        """CARGO_TARGET_<triple>_LINKER, of this machine's triple."""
        told = subprocess.run(["rustc", "-vV"], check=True, capture_output=True, text=True).stdout
        triple = next(line.split()[1] for line in told.splitlines() if line.startswith("host:"))
        return {f"CARGO_TARGET_{triple.upper().replace('-', '_')}_LINKER": str(self.folder / "one-linker")}

    def clean(self) -> None:
        shutil.rmtree(self.folder / "target", ignore_errors=True)
        shutil.rmtree(self.folder / "installed", ignore_errors=True)

    def all_made(self) -> bool:
        """Programs of other bytes have to print the same: a rustc that compiles codegen units in parallel is not
        reproducible (one of 14 undisturbed builds of workspace 2 makes another program)."""
        made = sums(self.programs())
        if not self.measure:
            return True
        others = [program for program in made if made[program] != self.measure.get(program)]
        return made.keys() == self.measure.keys() and all(
            program in self.words and printed_by(program) == self.words[program] for program in others)

    def keep_measure(self) -> None:
        self.measure = sums(self.programs())
        self.words = {program: printed_by(program) for program in self.measure if not program.endswith(".so")}

    def programs(self) -> Iterator[Path]:
        return (file for file in (self.folder / "target/release").glob("*")
                if file.is_file() and os.access(file, os.X_OK))


class Cxx(Driver):
    """The project of examples/cxx; `tools` is a compiler and what -fuse-ld= names, with a colon between."""

    def __init__(self, workload: Workload, folder: Path, options: list[str], tools: str) -> None:
        super().__init__(workload, folder)
        self.compiler, _, self.linker = tools.partition(":")
        self.measure: dict[str, str] = {}
        subprocess.run([str(ROOT / "examples/cxx/generate.py"), str(folder), *options], check=True)

    def one_linker(self, jobs: int) -> list[str]:
        return self.command(jobs)

    def clean(self) -> None:
        for output in self.outputs():
            output.unlink()

    def all_made(self) -> bool:
        return not self.measure or sums(self.outputs()) == self.measure

    def keep_measure(self) -> None:
        self.measure = sums(self.outputs())

    def outputs(self) -> Iterator[Path]:
        yield from self.folder.rglob("*.o")
        yield from (file for file in self.folder.rglob("program?") if file.is_file())

    def link_option(self) -> str:
        return f"-fuse-ld={self.linker}"


class CxxMake(Cxx):
    def command(self, jobs: int) -> list[str]:
        return ["make", "-s", f"-j{jobs}", f"CXX={self.compiler}", f"LDFLAGS={self.link_option()}"]


BUILD_SCRIPT = """use std::{env, process::Command};
fn main() {
    let made = Command::new("make")
        .args([%s])
        .env("MAKEFLAGS", env::var("CARGO_MAKEFLAGS").unwrap_or_default())
        .status();
    assert!(made.expect("make does not start").success());
    println!("cargo:rerun-if-changed=%s");
}
"""


class CxxBelowCargo(Cxx):
    """By make, which a build script of cargo starts as the crate `cmake` does: with cargo's jobserver."""

    def __init__(self, workload: Workload, folder: Path, options: list[str], tools: str) -> None:
        super().__init__(workload, folder, options, tools)
        words = ["-s", "-C", str(folder), f"CXX={self.compiler}", f"LDFLAGS={self.link_option()}"]
        package = folder / "package"
        (package / "src").mkdir(parents=True)
        (package / "Cargo.toml").write_text('[package]\nname = "around"\nversion = "0.1.0"\nedition = "2021"\n\n'
                                            "[workspace]\n")
        (package / "src/lib.rs").touch()
        quoted = ", ".join(f'"{word}"' for word in words)
        (package / "build.rs").write_text(BUILD_SCRIPT % (quoted, folder / "Makefile"))

    def command(self, jobs: int) -> list[str]:
        return ["cargo", "build", "--quiet", "--offline", "--manifest-path", str(self.folder / "package/Cargo.toml"),
                f"-j{jobs}"]

    def clean(self) -> None:
        shutil.rmtree(self.folder / "package/target", ignore_errors=True)
        super().clean()

    def outputs(self) -> Iterator[Path]:
        yield from self.folder.glob("*.o")
        yield from (file for file in self.folder.glob("program?") if file.is_file())


class CxxNinja(Cxx):
    """By CMake, which is asked once, before anything is timed."""

    def __init__(self, workload: Workload, folder: Path, options: list[str], tools: str) -> None:
        super().__init__(workload, folder, options, tools)
        subprocess.run(["cmake", "-G", "Ninja", "-S", str(folder), "-B", str(folder / "ninja"),
                        f"-DCMAKE_CXX_COMPILER={self.compiler}", f"-DCMAKE_EXE_LINKER_FLAGS={self.link_option()}"],
                       check=True, stdout=subprocess.DEVNULL)

    def command(self, jobs: int) -> list[str]:
        return ["ninja", "--quiet", "-C", "ninja", f"-j{jobs}"]

    def clean(self) -> None:
        super().clean()
        for log in (".ninja_log", ".ninja_deps"):
            (self.folder / "ninja" / log).unlink(missing_ok=True)


class Configured(Driver):
    """A folder in which a project is ready to be built: it has a build.ninja, or else a Makefile that can clean."""

    def __init__(self, workload: Workload, folder: Path) -> None:
        super().__init__(workload, folder)
        self.measure: dict[str, str] = {}
        self.tool = ["ninja", "--quiet"] if (folder / "build.ninja").exists() else ["make", "-s"]

    def command(self, jobs: int) -> list[str]:
        return [*self.tool, f"-j{jobs}"]

    def one_linker(self, jobs: int) -> list[str]:
        return self.command(jobs)

    def clean(self) -> None:
        clean = ["ninja", "-t", "clean"] if self.tool[0] == "ninja" else ["make", "-s", "clean"]
        subprocess.run(clean, cwd=self.folder, check=True, stdout=subprocess.DEVNULL)

    def all_made(self) -> bool:
        return not self.measure or sums(self.outputs()) == self.measure

    def keep_measure(self) -> None:
        self.measure = sums(self.outputs())

    def outputs(self) -> Iterator[Path]:
        for file in self.folder.rglob("*"):
            if file.is_file() and (file.suffix == ".o" or os.access(file, os.X_OK)):
                yield file


def printed_by(program: str) -> bytes:
    return subprocess.run([program], capture_output=True, timeout=60).stdout


def sums(files: Iterator[Path]) -> dict[str, str]:
    return {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


OF_CXX: dict[str, Callable[[Workload, Path, list[str], str], Cxx]] = {
    "make": CxxMake, "ninja": CxxNinja, "cargo": CxxBelowCargo}
OF_HOGS: dict[str, Callable[[Workload, Path, Path], Driver]] = {"make": Make, "make-rustc": MakeRustc, "ninja": Ninja}


def of(workload: Workload, folder: Path, name: str, hog: Path) -> Driver:
    if workload.cargo:
        return Cargo(workload, folder)
    return OF_HOGS[name](workload, folder, hog)

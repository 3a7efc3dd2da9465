"""How many jobs a cargo starts is its user's to say, in any of the ways that cargo knows."""
import json
import shutil

import machine
from places import HERE, in_each
from test_cargo import HEAVY, WithCargo, without_times

# Notes its begin and its end, and works in between; NUM_JOBS is what cargo tells it.
BUILD_SCRIPT = r'''
use std::{env, fs::OpenOptions, io::Write, thread, time::Duration};
fn note(step: i32) {
    let mut file = OpenOptions::new().append(true).create(true).open(env::var("NOTES").unwrap()).unwrap();
    file.write_all(format!("[{step}, {}]\n", env::var("NUM_JOBS").unwrap()).as_bytes()).unwrap();
}
fn main() { note(1); thread::sleep(Duration::from_millis(400)); note(-1); }
'''

# Builds with the -j that a user of four processors would give, and says what cargo says to it.
NESTED = r'''
#[test]
fn a_build_inside() {
    let mut build = std::process::Command::new("cargo");
    let out = build.args(["build", "--offline", "-j2", "--manifest-path", "inner/Cargo.toml"]).output().unwrap();
    assert!(out.status.success());
    std::fs::write("inner.err", out.stderr).unwrap();
    std::fs::write("inner.env", format!("{:?}", std::env::vars_os().filter(|(name, _)|
        ["RUSTC_WRAPPER", "CARGO_MAKEFLAGS", "MAKEFLAGS", "MEMGUARD_WRAPPER"].iter().any(|n| name == n))
        .collect::<Vec<_>>())).unwrap();
    let open: Vec<_> = (3..64).filter(|fd| std::fs::read_link(format!("/proc/self/fd/{fd}"))
        .is_ok_and(|target| target.to_string_lossy().starts_with("pipe:"))).collect();
    std::fs::write("inner.fds", open.len().to_string()).unwrap();
}
'''


@in_each(HERE)
class OneJob(WithCargo):
    """Three packages whose build scripts overlap wherever more than one job runs."""

    def setUp(self):
        super().setUp()
        for name in ("one", "two", "three"):
            self.write(f"{name}/Cargo.toml", f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n')
            self.write(f"{name}/src/lib.rs", "")
            self.write(f"{name}/build.rs", BUILD_SCRIPT)
        self.write("Cargo.toml", '[workspace]\nmembers = ["one", "two", "three"]\nresolver = "2"\n')

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def check(self, command, environment=None):
        notes = self.folder / "notes"
        run = self.guarded(command, environment={"NOTES": str(notes), **(environment or {})})
        self.assertEqual(run.status, 0, run.err)
        self.assertNotIn("warning", run.err)
        steps = [json.loads(line) for line in notes.read_text().splitlines()]
        self.assertEqual(steps, [[1, 1], [-1, 1]] * 3)

    BUILD = ("cargo", "build", "--offline")

    def test_of_a_file_above_the_folder(self):
        self.write(".cargo/config.toml", "[build]\njobs = 1\n")
        self.check("cd one && cargo build --offline --workspace")

    def test_of_cargos_home(self):
        self.write("home/config.toml", "[build]\njobs = 1\n")
        self.check(self.BUILD, {"CARGO_HOME": str(self.folder / "home")})

    def test_of_a_key_on_the_command_line(self):
        self.check(["cargo", "--config", "build.jobs=1", "build", "--offline"])

    def test_of_a_file_on_the_command_line(self):
        self.write("other.toml", "[build]\njobs = 1\n")
        self.check([*self.BUILD, "--config", "other.toml"])

    def test_of_a_variable(self):
        self.check(self.BUILD, {"CARGO_BUILD_JOBS": "1"})

    def test_of_an_alias(self):
        self.write(".cargo/config.toml", '[alias]\nslowly = "build -j1 --offline"\n')
        self.check(["cargo", "slowly"])

    def test_of_a_makefile(self):
        if not machine.have("make"):
            self.skipTest("no make")
        self.write("Makefile", "all:\n\tcargo build --offline -j1\n")
        self.check(["make"])


@in_each(HERE)
class Tests(WithCargo):
    def test_see_neither_wrapper_nor_jobserver_and_no_new_warning(self):
        inner = self.folder / "inner"
        (inner / "src").mkdir(parents=True)
        (inner / "src/main.rs").write_text("fn main() {}")
        (inner / "Cargo.toml").write_text('[package]\nname = "inner"\nversion = "0.1.0"\nedition = "2021"\n'
                                          '[workspace]\n')
        self.package("fn main() {}")
        (self.folder / "tests").mkdir()
        (self.folder / "tests/nested.rs").write_text(NESTED)
        command = ["cargo", "test", "--offline", "-q"]
        self.assertEqual(self.plain_cargo(command).returncode, 0)
        plain = self.seen()
        for name in ("target", "inner/target"):
            shutil.rmtree(self.folder / name)
        run = self.guarded(command)
        self.assertEqual(run.status, 0, run.err)
        self.assertEqual(self.seen(), plain)

    def seen(self):
        said = without_times((self.folder / "inner.err").read_text())
        return said, *((self.folder / f"inner.{name}").read_text() for name in ("env", "fds"))


@in_each(HERE)
class Tokens(WithCargo):
    def test_of_a_cargo_below_a_shell_are_withheld_where_memory_is_short(self):
        target = self.folder / "target"
        build = f"cargo build --offline -j4 --manifest-path {HEAVY / 'Cargo.toml'}; exit"
        run = self.start(build, ["--memory", "250MiB", "--explain"], environment={"CARGO_TARGET_DIR": str(target)})
        run.until_explained(r"\d tokens free: no room")
        run.kill()

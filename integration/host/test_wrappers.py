"""Which wrapper and which rustc a cargo uses is its configuration's to say, wherever that cargo is started; and the
shim stands above rustc all the same."""
import os
import re
import shutil
import subprocess

import machine
from harness import Case
from machine import until
from places import HERE, USER, in_each
from test_cargo import WithCargo

PROGRAM = 'fn main() { println!("{}", option_env!("BY_WRAPPER").unwrap_or("by nobody")); }\n'
# Notes what runs above rustc, which has started it. A link to the shim may have another name.
LINKER = 'above=$(ps -o ppid= -p $PPID); basename "$(readlink /proc/$((above))/exe)" >>"${0%/*}/above"; exec cc "$@"'
# A build script that looks for a wrapper of C compilers as the cc crate does (cc-rs, rustc_wrapper_fallback), and
# compiles by it.
COMPILES_C = r'''
use std::{env, path::Path, process::Command};
fn main() {
    println!("cargo:rerun-if-changed=c.c");
    let wrapper = env::var("RUSTC_WRAPPER").unwrap_or_default();
    let cached = Path::new(&wrapper).file_stem().is_some_and(|stem| stem == "sccache");
    let mut command = Command::new(if cached { &wrapper } else { "cc" });
    if cached { command.arg("cc"); }
    let object = format!("{}/c.o", env::var("OUT_DIR").unwrap());
    assert!(command.args(["-c", "c.c", "-o", &object]).status().unwrap().success());
}
'''


class Project(WithCargo):
    """A package in the folder `app`. Its wrapper is seen by what it compiles, the shim by the linker."""

    def setUp(self):
        super().setUp()
        self.write("app/Cargo.toml", '[package]\nname = "tiny"\nversion = "0.1.0"\nedition = "2021"\n[workspace]\n')
        self.write("app/src/main.rs", PROGRAM)
        self.wrapper = self.script("wrapper", 'BY_WRAPPER="by the wrapper" exec "$@"')
        linker = self.script("linker", LINKER)
        self.environment = {"RUSTFLAGS": f"-C linker={linker}"}
        self.says = f'[build]\nrustc-wrapper = "{self.wrapper}"\n'

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def built(self, command, options=(), environment=None):
        run = self.guarded(command, options, environment={**self.environment, **(environment or {})})
        self.assertEqual(run.status, 0, run.err)
        return self.plain_cargo(["app/target/debug/tiny"]).stdout.strip()

    def above_rustc(self):
        return machine.read(self.folder / "above").split()

    def check(self, command, **more):
        self.assertEqual(self.built(command, **more), "by the wrapper")
        self.assertEqual(self.above_rustc(), ["memguard-shim"])


IN_APP = "cd app && cargo build --offline"


@in_each(HERE)
class Wrapper(Project):
    def test_of_a_sub_project_is_used_below_a_shell(self):
        self.write("app/.cargo/config.toml", self.says)
        self.check(IN_APP)

    def test_of_a_sub_project_is_used_below_make(self):
        if not machine.have("make"):
            self.skipTest("no make")
        self.write("app/.cargo/config.toml", self.says)
        self.write("Makefile", f"all:\n\t{IN_APP}\n")
        self.check(["make"])

    def test_of_a_sub_project_is_used_below_npm(self):
        if not machine.have("npm"):
            self.skipTest("no npm")
        self.write("app/.cargo/config.toml", self.says)
        self.write("package.json", '{ "scripts": { "build": "%s" } }' % IN_APP)
        self.check(["npm", "run", "build"])

    def test_of_each_of_two_projects_is_its_own(self):
        self.write("app/.cargo/config.toml", self.says)
        self.write("other/Cargo.toml", '[package]\nname = "other"\nversion = "0.1.0"\nedition = "2021"\n[workspace]\n')
        self.write("other/src/main.rs", PROGRAM)
        self.assertEqual(self.built(f"({IN_APP}) && cd other && cargo build --offline"), "by the wrapper")
        self.assertEqual(self.plain_cargo(["other/target/debug/other"]).stdout, "by nobody\n")
        self.assertEqual(self.above_rustc(), ["memguard-shim"] * 2)

    def test_of_a_key_on_the_command_line_is_used(self):
        self.check(["cargo", "--config", f"build.rustc-wrapper='{self.wrapper}'", "build", "--offline",
                    "--manifest-path", "app/Cargo.toml"])

    def test_of_a_file_on_the_command_line_is_used(self):
        self.write("ci/cargo.toml", self.says)
        self.check("cd app && cargo build --offline --config ../ci/cargo.toml")

    def test_of_cargos_home_is_used(self):
        self.write("home/config.toml", self.says)
        self.check(IN_APP, environment={"CARGO_HOME": str(self.folder / "home")})

    def test_of_the_variable_is_used(self):
        self.check(IN_APP, environment={"RUSTC_WRAPPER": str(self.wrapper)})

    def test_of_the_workspace_is_used(self):
        self.write("app/.cargo/config.toml", self.says.replace("rustc-wrapper", "rustc-workspace-wrapper"))
        self.check(IN_APP)

    def test_of_nobody_is_missed(self):
        self.assertEqual(self.built(IN_APP), "by nobody")
        self.assertEqual(self.above_rustc(), ["memguard-shim"])

    def test_a_rustc_of_the_configuration_is_used(self):
        rustc = self.script("bin/rustc", 'BY_WRAPPER="by the wrapper" exec rustc "$@"')
        self.write("app/.cargo/config.toml", f'[build]\nrustc = "{rustc}"\n')
        self.check(IN_APP)

    def test_is_used_without_the_gate(self):
        self.write("app/.cargo/config.toml", self.says)
        self.assertEqual(self.built(IN_APP, ["--no-gate"]), "by the wrapper")

    def test_of_a_key_on_the_command_line_is_used_without_the_gate(self):
        self.check(["cargo", "--config", f"build.rustc-wrapper='{self.wrapper}'", "build", "--offline",
                    "--manifest-path", "app/Cargo.toml"], options=["--no-gate"])

    def test_cargo_prints_no_shim(self):
        run = self.guarded("cd app && cargo build --offline -vv", ["--quiet"], environment=self.environment)
        self.assertEqual(run.status, 0)
        self.assertIn("--crate-name tiny", run.err)
        self.assertNotIn("memguard-shim", run.err)


@in_each(HERE)
class BuildScripts(Project):
    """What the cc crate does with a RUSTC_WRAPPER that is called sccache."""

    def setUp(self):
        super().setUp()
        # Notes what it is asked to compile.
        self.sccache = self.script("cache/sccache", 'echo "${1##*/}" >>"${0%/*}/asked"; exec "$@"')
        self.write("app/build.rs", COMPILES_C)
        self.write("app/c.c", "int c;")

    def asked(self):
        return machine.read(self.folder / "cache/asked").split()

    def check_c(self, command, **more):
        self.built(command, **more)
        self.assertIn("cc", self.asked())
        self.assertIn("rustc", self.asked())
        self.assertEqual(set(self.above_rustc()), {"memguard-shim"})

    def test_cache_c_by_the_variable(self):
        self.check_c(IN_APP, environment={"RUSTC_WRAPPER": str(self.sccache)})

    def test_cache_c_by_the_configuration_of_a_sub_project(self):
        self.write("app/.cargo/config.toml", f'[build]\nrustc-wrapper = "{self.sccache}"\n')
        self.check_c(IN_APP)

    def test_cache_c_without_the_gate(self):
        self.check_c(["cargo", "build", "--offline", "--manifest-path", "app/Cargo.toml"], options=["--no-gate"],
                     environment={"RUSTC_WRAPPER": str(self.sccache)})

    def test_without_a_cache_use_none(self):
        self.built(IN_APP)
        self.assertEqual(self.asked(), [])


@in_each(HERE, USER)
class Shim(Case):
    def test_stands_above_a_rustc_that_make_starts(self):
        if not machine.have("make"):
            self.skipTest("no make")
        self.script("compiler/rustc", "ps -o comm= -p $PPID; echo $1")
        (self.folder / "Makefile").write_text("all:\n\t@compiler/rustc a.rs\n")
        run = self.guarded(["make"])
        self.assertEqual((run.status, run.out), (0, "memguard-shim\na.rs\n"))

    def test_stands_above_no_question(self):
        self.script("compiler/rustc", "ps -o comm= -p $PPID")
        run = self.guarded("compiler/rustc -vV; echo done")
        self.assertEqual(run.out, "sh\ndone\n")

    def test_is_left_out_by_no_restart(self):
        self.script("compiler/rustc", "ps -o comm= -p $PPID")
        run = self.guarded("compiler/rustc a.rs; echo done", ["--no-restart"])
        self.assertEqual(run.out, "sh\ndone\n")

    def test_that_cannot_be_executed_there_leaves_rustc_as_it_is(self):
        if self.place.uid() != 0 or not machine.have("chroot"):
            self.skipTest("no chroot")
        root = self.folder / "root"
        (root / "bin").mkdir(parents=True)
        os.link(machine.victims / "hog", root / "bin/rustc")
        for library in re.findall(r"/\S+", self.plain(["ldd", machine.victims / "hog"]).stdout):
            copy = root / library[1:]
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(library, copy)
        run = self.guarded(f"chroot {root} /bin/rustc --ramp 1MiB:0s --source a.rs; echo status $?")
        self.assertIn("status 0", run.out, run.err)

    def test_is_above_one_rustc_once_where_rustc_is_a_script(self):
        self.program("real/rustc")
        self.script("compiler/rustc", "ps -o comm= -p $PPID; ./real/rustc --source a.rs --until end & "
                    'read go; touch end; wait')
        run = self.start("compiler/rustc a.rs")
        until(lambda: [p for p in run.processes() if "--until" in machine.read(p.proc / "cmdline").split("\0")],
              "the real one runs")
        self.assertEqual(len(run.named("memguard-shim")), 1)
        run.go()
        self.assert_ends(run)


@in_each(HERE)
class WithoutTheShim(Project):
    def test_a_build_is_the_same(self):
        """By the words cargo gives and the variables rustc sees."""
        note = self.script("note", '{ env | grep -v "^MEMGUARD" | sort; echo "$@"; } >>"${0%/*}/$NOTE"; exec "$@"')
        self.write("app/.cargo/config.toml", f'[build]\nrustc-wrapper = "{note}"\n')
        subprocess.run(["sh", "-c", IN_APP], cwd=self.folder, check=True, capture_output=True,
                       env={**self.clean(), "NOTE": "plain"})
        shutil.rmtree(self.folder / "app/target")
        run = self.guarded(IN_APP, environment={"NOTE": "guarded"})
        self.assertEqual(run.status, 0, run.err)
        self.assertEqual(self.lines("guarded"), self.lines("plain"))

    @staticmethod
    def clean():
        return {k: v for k, v in os.environ.items() if not k.startswith(("MEMGUARD_", "XDG_"))}

    def lines(self, name):
        # The harness names folders of its own, and each run where it notes.
        lines = (self.folder / name).read_text().splitlines()
        return [line for line in lines if not line.startswith(("XDG_", "NOTE=", "RUSTFLAGS="))]

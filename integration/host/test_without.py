"""A build differs from one without memguard in nothing but what docs/DIFFERENCES.md lists.

Each build runs twice in the same folder, plain and guarded. Programs of it write down what they see: environment,
descriptors, limits, signal masks and dispositions, process group, folder. Its output and status are compared too.
"""
import os
import pathlib
import re
import shutil
import subprocess

import machine
from harness import Case
from places import HERE, READ_ONLY, USER, in_each
from test_cargo import WithCargo

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs/DIFFERENCES.md"

# What it sees is inherited: the shell changes none of it. A file for each place in the build that asks.
PROBE = """
at={folder}/seen/$1
[ ! -e "$at" ] || exit 0
mkdir -p {folder}/seen
{{ env -0 | tr '\\n\\0' ' \\n' | sed 's/^/environment /'
  for fd in /proc/self/fd/*; do echo "descriptor ${{fd##*/}} $(readlink "$fd" | tr -d 0-9)"; done
  sed 's/  */ /g; s/^/limit /' /proc/self/limits
  grep -E '^(Sig(Blk|Ign|Cgt)|NoNewPrivs|Seccomp)' /proc/self/status | sed 's/^/status /; s/:\t/ /'
  echo "group $(cut -d' ' -f5-7 /proc/self/stat)"
  echo "umask $(umask)"; echo "folder $(pwd)"; echo "nice $(nice)"; echo "affinity $(taskset -cp $$ | sed 's/.*: //')"
  echo "oom_score_adj $(cat /proc/self/oom_score_adj)"; echo "cgroup $(tr '\n' ' ' < /proc/self/cgroup)"
  echo "parent $(ps -o comm= -p $PPID)"; echo "root $(readlink /proc/self/root)"
}} > "$at.new"
mv "$at.new" "$at"
"""

TIMES = re.compile(r"\b\d+\.\d+s\b|pid \d+|\[\d+/\d+\]")


def allowed():
    """The differences that the table of the page names: (kind, name) to where they are."""
    rows = (line.split("|")[1:4] for line in DOCS.read_text().splitlines() if line.startswith("| `"))
    return {tuple(cell.strip().strip("`") for cell in row[:2]): row[2].strip() for row in rows}


def seen_by(text):
    """{(kind, name): value} of what a probe wrote."""
    found = {}
    for line in text.splitlines():
        kind, _, rest = line.partition(" ")
        name, _, value = rest.partition("=" if kind == "environment" else " ")
        if kind == "limit":
            name, value = rest, ""
        found[kind, name if kind in ("environment", "descriptor", "limit", "status") else ""] = value or rest
    return found


class Compared(Case):
    """`build` runs a command twice and compares."""

    def setUp(self):
        super().setUp()
        self.probe = self.script("probe", PROBE.format(folder=self.folder))

    def once(self, build, clean):
        """What the programs of a build saw, its output, and its status."""
        shutil.rmtree(self.folder / "seen", ignore_errors=True)
        clean()
        told = build()
        seen = {at.name: seen_by(at.read_text(errors="replace")) for at in (self.folder / "seen").iterdir()}
        return seen, told

    def compare(self, command, places, clean=lambda: None, environment=None):
        surroundings = {k: v for k, v in os.environ.items() if not k.startswith(("MEMGUARD_", "XDG_"))}
        surroundings.update(environment or {})

        def plain():
            # As the harness starts memguard: with these folders, and one variable more by which it finds its processes.
            ran = subprocess.run([*self.place.prefix(), *map(str, command)], cwd=self.folder, stdin=subprocess.DEVNULL,
                                 capture_output=True, text=True, check=False, env=surroundings)
            return ran.returncode, ran.stdout, ran.stderr

        def guarded():
            streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
            ran = subprocess.run([*self.place.prefix(), str(machine.memguard), "run", "--quiet", "--no-history", "--",
                                  *map(str, command)], cwd=self.folder, text=True, check=False, env=surroundings,
                                 **streams)
            return ran.returncode, ran.stdout, ran.stderr

        before, plainly = self.once(plain, clean)
        after, under_memguard = self.once(guarded, clean)
        self.assertEqual([part if isinstance(part, int) else TIMES.sub("", part) for part in under_memguard],
                         [part if isinstance(part, int) else TIMES.sub("", part) for part in plainly])
        self.assertEqual(sorted(before), sorted(places))
        self.assertEqual(sorted(after), sorted(places))
        for place in places:
            self.assert_same(place, before[place], after[place])

    def assert_same(self, place, before, after):
        listed = allowed()
        names = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
        others = [(key, before.get(key), after.get(key)) for key in names if key not in listed]
        self.assertEqual(others, [], f"what {place} sees is different, and not listed in {DOCS.name}")


@in_each(HERE, USER, READ_ONLY)
class Without(Compared):
    def test_a_shell_pipeline_sees_no_other_world(self):
        self.compare(["sh", "-c", f"{self.probe} first | cat; {self.probe} second < /dev/null; echo out; exit 3"],
                     ["first", "second"])

    def test_make_and_its_compilers_see_no_other_world(self):
        if not machine.have("make") or not machine.have("cc"):
            self.skipTest("no make or cc")
        (self.folder / "Makefile").write_text(
            f"all: program\nprogram: a.o b.o\n\t{self.probe} link; cc -o $@ $^; echo linked\n"
            f"%.o: %.c\n\t{self.probe} $*; cc -c -o $@ $<\n")
        (self.folder / "a.c").write_text("int b(void); int main(void) { return b(); }\n")
        (self.folder / "b.c").write_text("int b(void) { return 0; }\n")
        self.compare(["make", "-s", "-j2", "--output-sync"], ["a", "b", "link"], self.remove("a.o", "b.o", "program"))

    def test_ninja_and_its_compilers_see_no_other_world(self):
        if not machine.have("ninja") or not machine.have("cc"):
            self.skipTest("no ninja or cc")
        (self.folder / "build.ninja").write_text(
            f"rule cc\n  command = {self.probe} compile && cc -c -o $out $in\nbuild a.o: cc a.c\n")
        (self.folder / "a.c").write_text("int main(void) { return 0; }\n")
        self.compare(["ninja", "--quiet"], ["compile"], self.remove("a.o", ".ninja_log", ".ninja_deps"))

    def test_a_compiler_sees_no_other_world(self):
        # By a name that memguard knows, so that the shim may stand above it.
        tool = self.script("tools/cc1plus", f"{self.probe} compiler; cat > /dev/null; echo $0 $*; exit 4")
        self.compare([tool, "main.cc", "-o", "main.s"], ["compiler"])

    def remove(self, *names):
        return lambda: [(self.folder / name).unlink(missing_ok=True) for name in names]


@in_each(HERE)
class Cargo(Compared, WithCargo):
    def setUp(self):
        super().setUp()
        (self.folder / "src").mkdir()
        (self.folder / "src/main.rs").write_text(f'fn main() {{ {self.asks("program")} println!("ran"); }}\n'
                                                 f"#[test]\nfn asks() {{ {self.asks('test')} }}\n")
        (self.folder / "build.rs").write_text(f"fn main() {{ {self.asks('script')} }}\n")
        (self.folder / "src/lib.rs").write_text("//! A library.\n/// Gives one.\npub fn one() -> u32 { 1 }\n")
        (self.folder / "Cargo.toml").write_text('[package]\nname = "small"\nversion = "1.2.3"\nedition = "2021"\n')

    def asks(self, place):
        """Rust that runs the probe there."""
        return f'std::process::Command::new("{self.probe}").arg("{place}").status().unwrap();'

    def cargo(self, words, places):
        linker = self.script("linker", f'{self.probe} linker; exec cc "$@"')
        self.compare(["cargo", *words, "--offline"], places,
                     lambda: shutil.rmtree(self.folder / "target", ignore_errors=True),
                     {"RUSTFLAGS": f"-Clinker={linker}"})

    def test_cargo_build_sees_no_other_world(self):
        self.cargo(["build"], ["linker", "script"])

    def test_cargo_run_sees_no_other_world(self):
        self.cargo(["run"], ["linker", "program", "script"])

    def test_cargo_test_sees_no_other_world(self):
        self.cargo(["test"], ["linker", "script", "test"])

    def test_cargo_doc_sees_no_other_world(self):
        self.cargo(["doc", "--lib"], ["linker", "script"])

    def test_cargo_clippy_sees_no_other_world(self):
        if not machine.works(["cargo", "clippy", "--version"], self.place):
            self.skipTest("no cargo clippy")
        self.cargo(["clippy"], ["linker", "script"])

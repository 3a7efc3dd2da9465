"""What make starts, and memory ended, comes back: compilers and linkers that leave the same when they run twice."""
import os
import pty
import shutil
import signal
import subprocess

import machine
from harness import Case
from machine import until
from places import DELEGATED, HERE, READ_ONLY, USER, in_each

UNITS = 4
SOURCE = """
#include <map>
#include <regex>
#include <string>
static int spare() {{ return 1; }}
int unit{0}(const char* text) {{ return std::regex_match(text, std::regex("a{{{0}}}b*")) ? {0} : 0; }}
"""
MAKEFILE = """
objects = {objects}
program: $(objects)
\t{compiler} {options} -o $@ $(objects)
%.o: %.cc
\t{compiler} {options} -Wall -c -o $@ $<
"""


@in_each(HERE)
class Project(Case):
    """Four units of some 150 MiB each, and a link."""

    def setUp(self):
        super().setUp()
        for number in range(UNITS):
            (self.folder / f"unit{number}.cc").write_text(SOURCE.format(number))
        (self.folder / "main.cc").write_text("int main() { return 0; }\n")

    def made(self):
        files = [*self.folder.glob("*.o"), self.folder / "program"]
        content = {path.name: path.read_bytes() for path in files}
        for path in files:
            path.unlink()
        return content

    def check(self, compiler, options="-O1 -g"):
        if not shutil.which(compiler) or not shutil.which("make"):
            self.skipTest(f"no {compiler}, or no make")
        objects = " ".join(f"unit{number}.o" for number in range(UNITS)) + " main.o"
        (self.folder / "Makefile").write_text(MAKEFILE.format(objects=objects, compiler=compiler, options=options))
        plain = self.plain(["make", "-s"])
        self.assertEqual(plain.returncode, 0, plain.stderr)
        once = self.made()
        run = self.guarded(["make", "-s", f"-j{UNITS}"], ["--memory", "210MiB"])
        self.assertEqual(run.status, 0, run.err)
        self.assertEqual(run.report()["lost"], 0)
        again = self.made()
        self.assertEqual(list(again), list(once))
        for name, content in once.items():
            self.assertTrue(again[name] == content, f"{name} is the same")
        for number in range(UNITS):
            self.assertEqual(run.err.count(f"unit{number}.cc:5:12: warning"), 1, "each warning is told once")

    def test_by_gcc_is_the_same(self):
        self.check("g++")

    def test_by_clang_is_the_same(self):
        self.check("clang++-14")

    def test_by_other_linkers_is_the_same(self):
        for linker in ("gold", "lld", "mold"):
            with self.subTest(linker):
                if not shutil.which(f"ld.{linker}") and not shutil.which(linker):
                    self.skipTest(f"no {linker}")
                self.check("g++", f"-O0 -fuse-ld={linker}")


@in_each(HERE, DELEGATED, USER, READ_ONLY)
class Evicted(Case):
    def start_two(self, program, options=(), young=80, before=""):
        """Two that are taken for small ones, as those before them were, and take 90 MiB, then 150 MiB, of 240 MiB. They
        go on to that when the younger one has so many MiB."""
        self.program(program)
        small = f"{before}./{program} --ramp 20MiB:0.3s"
        job = f"{before}./{program} --ramp 90MiB:0.3s --until {{}} --ramp 150MiB:0.5s"
        run = self.start(f"{small} & {small} & {small} & {small} & wait; {job.format('old')} & old=$!; read go; "
                         f"{job.format('young')} || echo young $?; wait $old; echo old $?",
                         ["--memory", "240MiB", "--explain", *options])

        def with_mebibytes(least):
            return [p for p in run.named(program) if p.kilobytes("VmRSS") >= least << 10]

        until(lambda: len(with_mebibytes(80)) == 1, "the older one has grown")
        run.go()
        until(lambda: len(with_mebibytes(young)) == 2, "the younger one has grown")
        for name in ("young", "old"):
            (self.folder / name).touch()
        self.assert_ends(run)
        self.assertIn("old 0", run.out)
        self.assertNotIn("young", run.out)
        return run.report()

    def test_a_compile_comes_back(self):
        report = self.start_two("cc1plus")
        self.assertEqual(report["lost"], 0)
        self.assertGreater(report["restarted"], 0)

    def test_a_compile_without_our_variables_comes_back(self):
        report = self.start_two("cc1plus", before="env -u MEMGUARD_RUN ")
        self.assertEqual(report["lost"], 0)
        self.assertGreater(report["restarted"], 0)

    def test_a_link_comes_back(self):
        report = self.start_two("ld.bfd")
        self.assertEqual(report["lost"], 0)
        self.assertGreater(report["restarted"], 0)

    def test_nothing_is_evicted_when_nothing_may_be_started_again(self):
        report = self.start_two("cc1plus", ["--no-restart"], young=0)
        self.assertEqual((report["evicted"], report["restarted"]), (0, 0))


@in_each(HERE, DELEGATED, USER, READ_ONLY)
class Driver(Case):
    """A clang of 30 MiB waits for its linker, which waits for memory."""

    DRIVER = """#!/usr/bin/python3 -S
import os
memory = bytearray(30 << 20)
raise SystemExit(os.spawnl(os.P_WAIT, "./ld", "ld", "--ramp", "20MiB:0.1s"))
"""

    def start_away(self):
        """It has given way to an older link, which needs nearly all."""
        self.program("ld.bfd")
        self.program("ld")
        driver = self.folder / "clang++"
        driver.write_text(self.DRIVER)
        driver.chmod(0o755)
        run = self.start("./ld.bfd --ramp 150MiB:0.3s --until old --ramp 225MiB:0.5s --until end & old=$!; read go; "
                         "./clang++ a.o -o a; echo young $?; wait $old; echo old $?", ["--memory", "240MiB"])
        until(lambda: run.the("ld.bfd").kilobytes("VmRSS") >= 140 << 10, "the older link has grown")
        run.go()
        run.until_held("ld")
        (self.folder / "old").touch()
        until(lambda: not run.named("clang++") and not run.named("ld"), "the driver has given way")
        return run

    def test_gives_way_and_comes_back_when_the_older_link_has_ended(self):
        run = self.start_away()
        until(lambda: run.the("ld.bfd").kilobytes("VmRSS") >= 224 << 10, "the older link has all it needs")
        self.assertFalse(run.named("clang++"))
        (self.folder / "end").touch()
        self.assert_ends(run)
        self.assertEqual(run.out.splitlines(), ["done 225 MiB", "done 20 MiB", "young 0", "old 0"])
        report = run.report()
        self.assertEqual((report["lost"], report["evicted"] > 0, report["restarted"]), (0, True, report["evicted"]))

    def test_ends_with_the_build_while_it_is_away(self):
        run = self.start_away()
        run.kill(signal.SIGTERM)
        self.assert_ends(run, -signal.SIGTERM)
        self.assertNotIn("KILL ended", run.err)


@in_each(HERE, USER)
class Above(Case):
    """Who stands above a compiler."""

    def parent_of(self, words, options=("--memory", "240MiB")):
        run = self.start(f"read go; ./{words}; read go", [*options])
        run.until_looked(3)
        run.go()
        job = run.the(words.split()[0].split("/")[-1])
        parent = until(lambda: machine.read(f"/proc/{job.status('PPid')}/comm").strip(), "it has a parent")
        self.let_end("job")
        run.go()
        self.assert_ends(run)
        (self.folder / "job.end").unlink()
        return parent

    def setUp(self):
        super().setUp()
        self.program("cc1")
        self.program("ld")

    def test_a_compile_and_a_link_is_the_shim(self):
        self.assertEqual(self.parent_of("cc1 --until job.end"), "memguard-shim")
        self.assertEqual(self.parent_of("ld --until job.end"), "memguard-shim")

    def test_what_reads_a_pipe_or_writes_one_is_who_started_it(self):
        for name in ("cc1", "ld"):
            self.script(f"script/{name}", "while [ ! -e job.end ]; do sleep 0.05; done")
        self.assertEqual(self.parent_of("script/cc1 a.c"), "memguard-shim")
        self.assertEqual(self.parent_of("script/cc1 -"), "sh")
        self.assertEqual(self.parent_of("script/ld --print-map"), "sh")

    def test_a_compile_with_plenty_of_memory_is_who_started_it(self):
        if machine.free_bytes() < 9 << 30:
            self.skipTest("less than 9 GiB of memory are free")
        self.assertEqual(self.parent_of("cc1 --until job.end", ["--memory", "8GiB"]), "sh")
        self.assertEqual(self.parent_of("ld --until job.end", ["--memory", "8GiB"]), "memguard-shim")

    def above(self, program, job, starts):
        """The process above `job`, which the script `program` starts, and the one above that."""
        self.script(f"run/{program}", f"./{job} --until job.end")
        run = self.start(f"run/{starts}; read go", ["--memory", "240MiB"])
        parent = machine.Process(int(run.the(job).status("PPid")))
        found = [parent.comm, machine.Process(int(parent.status("PPid"))).comm]
        self.assertEqual(len(run.named("memguard-shim")), 1)
        self.let_end("job")
        run.go()
        self.assert_ends(run)
        return found

    def test_a_compile_below_a_link_is_that_link(self):
        self.assertEqual(self.above("ld", "cc1", "ld a.o"), ["ld", "memguard-shim"])

    def test_a_link_below_clang_is_that_clang(self):
        self.assertEqual(self.above("clang++", "ld", "clang++ a.o -o a"), ["clang++", "memguard-shim"])

    def test_a_link_below_a_clang_that_is_called_cc_is_that_clang(self):
        (self.folder / "run").mkdir()
        (self.folder / "run/cc").symlink_to("clang")
        self.assertEqual(self.above("clang", "ld", "cc a.o -o a"), ["cc", "memguard-shim"])


@in_each(HERE)
class OnATerminal(Case):
    def test_messages_are_coloured_as_without_memguard(self):
        if not shutil.which("gcc"):
            self.skipTest("no gcc")
        (self.folder / "a.c").write_text("int a(void) { int b; return b; }\n")
        command = ["gcc", "-Wall", "-c", "a.c", "-o", "a.o"]
        guarded = [machine.memguard, "run", "--quiet", "--memory", "240MiB", "--", *command]
        said = {}
        for name, words in (("plain", command), ("guarded", guarded)):
            ours, theirs = pty.openpty()
            environment = {**os.environ, "TERM": "xterm-256color", "XDG_STATE_HOME": str(self.folder / "state")}
            with subprocess.Popen(words, cwd=self.folder, stderr=theirs, env=environment) as process:
                os.close(theirs)
                said[name] = b""
                while True:
                    try:
                        said[name] += os.read(ours, 4096)
                    except OSError:
                        break
                self.assertEqual(process.wait(), 0)
            os.close(ours)
        self.assertIn(b"\x1b[", said["plain"])
        self.assertEqual(said["guarded"], said["plain"])

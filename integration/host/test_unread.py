"""What a process of the build keeps from being read holds up nobody but itself."""
import os
import threading

import machine
from harness import Case
from machine import until
from places import HERE, READ_ONLY, USER, in_each


@in_each(HERE, READ_ONLY)
class Memory(Case):
    """A page that is not supplied (userfaultfd)."""

    def unsupplied(self, what):
        """Starts an exec that cannot be read; then others are made until `go` is there."""
        unsupplied = self.program("unsupplied", "unsupplied")
        done = self.script("cc1plus", "touch executed")
        if self.plain(f"touch now; {unsupplied} argument now /bin/true").returncode == 77:
            self.skipTest("no userfaultfd")
        return self.start(f"{unsupplied} {what} supply {done} & hangs=$!; read line; "
                          "for i in 1 2 3 4 5 6; do ./ld --wait 0s -o $i || exit 3; done; touch others; wait $hangs",
                          ["--explain", "--no-history"])

    def script(self, name, text, interpreter="/bin/sh"):
        (self.folder / name).unlink(missing_ok=True)
        return super().script(name, text, interpreter)

    def check_others_go_on(self, what):
        run = self.unsupplied(what)
        run.until_out("waits")
        run.go()
        until((self.folder / "others").exists, "the other jobs have ended")
        self.assertFalse((self.folder / "executed").exists())
        (self.folder / "supply").touch()
        self.assert_ends(run)
        self.assertTrue((self.folder / "executed").exists(), run.err)
        links = [job for job in run.report()["job"] if job["class"] == "link"]
        self.assertEqual(len(links), 6)
        self.assertNotIn("the supervisor failed", run.err)

    def test_a_path_that_is_never_supplied_blocks_no_other_exec(self):
        self.check_others_go_on("path")

    def test_an_argument_that_is_never_supplied_blocks_no_other_exec(self):
        self.check_others_go_on("argument")

    def test_many_of_them_block_no_other_exec_and_ctrl_c_works(self):
        unsupplied = self.program("unsupplied", "unsupplied")
        if self.plain(f"touch now; {unsupplied} argument now /bin/true").returncode == 77:
            self.skipTest("no userfaultfd")
        run = self.start(f"for i in $(seq 50); do {unsupplied} argument never ./cc1plus & done; read line; "
                         "./ld --wait 0s -o 1 && touch others; wait", ["--no-history"])
        until(lambda: run.out.count("waits") == 50, "all of them wait")
        run.go()
        until((self.folder / "others").exists, "the other job has ended")
        run.kill(2)
        self.assertNotEqual(run.wait(), 0)
        self.assert_nothing_left(run)


@in_each(HERE, USER)
class Files(Case):
    def test_a_fifo_that_a_linker_is_given_reaches_that_linker(self):
        for name, word in (("response", "@response"), ("lib.a", "lib.a")):
            os.mkfifo(self.folder / name)
            (self.folder / name).chmod(0o666)
            (self.folder / "ld").unlink()
            self.script("ld", f"exec cat {name}")
            writer = threading.Thread(target=(self.folder / name).write_text, args=("what it is to read\n",))
            writer.start()
            run = self.guarded(f"./ld {word}", ["--no-history"])
            writer.join(machine.PATIENCE)
            self.assertFalse(writer.is_alive())
            self.assertEqual((run.status, run.out), (0, "what it is to read\n"), run.err)

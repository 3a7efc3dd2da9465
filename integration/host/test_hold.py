"""Jobs that must wait are held at birth, and nobody else is kept waiting."""
import os
import signal

import machine
from harness import Case
from machine import until
from places import DELEGATED, HERE, OLD_KERNEL, READ_ONLY, USER, YAMA, in_each


@in_each(HERE, USER, DELEGATED, READ_ONLY, YAMA)
class Hold(Case):
    def start_held(self, way):
        """A job, started in one of spawn's ways, is held, and its parent is not."""
        run = self.start_behind_old(f"{machine.victims}/spawn {way} ./rustc --until new.rs")
        job = run.until_held("rustc")
        run.until_out("parent-free")
        self.assertTrue(run.held(job))
        return run

    def let_both_end(self, run, status=0):
        self.let_old_end()
        (self.folder / "new.rs").touch()
        self.assert_ends(run, status)
        report = run.report()
        self.assertEqual(report["held"], 1)
        self.assertEqual([job["class"] for job in report["job"]], ["link", "rustc"])
        self.assertEqual([job["outcome"] for job in report["job"]], ["done", "done"])
        self.assertEqual(report["job"][0]["held_seconds"], 0)
        self.assertGreater(report["job"][1]["held_seconds"], 0)

    def check(self, way):
        self.let_both_end(self.start_held(way))

    def test_a_job_by_posix_spawn_is_held_and_its_parent_is_free(self):
        self.check("posix_spawn")

    def test_a_job_by_fork_is_held_and_its_parent_is_free(self):
        self.check("fork")

    def test_a_job_by_vfork_is_held_and_its_parent_is_free(self):
        self.check("vfork")

    def test_a_job_by_a_thread_that_is_not_the_first_is_held(self):
        if self.place.tier != "signal":
            return self.check("thread")
        # The first thread may take SIGSTOP, and the exec kills that thread with it: then the job is stopped once more,
        # a moment after its start.
        run = self.start_behind_old(f"{machine.victims}/spawn thread ./rustc --until new.rs")
        run.until_stopped("rustc")
        run.until_out("parent-free")
        self.let_both_end(run)

    def test_a_job_by_fexecve_is_held(self):
        run = self.start_behind_old(f"{machine.victims}/spawn fexecve ./rustc --until new.rs")
        # The kernel names what has no path by the number of its descriptor.
        job = until(lambda: [p for p in run.build() if p.comm.isdigit() or p.comm == "rustc"], "the job's exec")[0]
        until(lambda: run.held(job), lambda: f"it is held: {job!r}")
        run.until_out("parent-free")
        self.let_both_end(run)

    def test_a_held_job_dies_at_once_of_a_signal(self):
        run = self.start_held("fork")
        (held,) = run.named("rustc")
        os.kill(held.pid, signal.SIGTERM)
        until(lambda: not held.alive, "the held job is dead")
        self.assertTrue(run.named("ld"), "the older job still runs")
        self.let_old_end()
        self.assert_ends(run, 128 + signal.SIGTERM)

    def test_a_script_is_held(self):
        self.script("script/rustc", "echo script ran with $1")
        run = self.start_behind_old("./script/rustc main.rs")
        run.until_held("rustc")
        self.assertNotIn("script ran", run.out)
        self.let_old_end()
        self.assert_ends(run)
        self.assertIn("script ran with main.rs", run.out)

    def test_a_folder_of_path_without_the_right_to_execute_is_passed(self):
        (self.folder / "first").mkdir()
        (self.folder / "first/cc1").write_bytes(b"no program")
        run = self.start_behind_old(f'PATH="{self.folder}/first:{self.folder}:$PATH" {machine.victims}/spawn vfork cc1 '
                                    "--until new.rs")
        run.until_held("cc1")
        run.until_out("parent-free")
        self.let_old_end()
        (self.folder / "new.rs").touch()
        self.assert_ends(run)
        self.assertEqual(len(run.report()["job"]), 2)

    def test_a_wrapper_that_forks_the_real_tool_is_one_job(self):
        self.script("wrapper/rustc", f'{self.folder}/rustc "$@"; exit $?')
        run = self.start_behind_old("./wrapper/rustc --until new.rs")
        run.until_held("rustc")
        self.let_both_end(run)

    def test_a_proxy_that_becomes_the_real_tool_is_one_job(self):
        self.script("proxy/rustc", f'exec {self.folder}/rustc "$@"')
        run = self.start_behind_old("./proxy/rustc --until new.rs")
        run.until_held("rustc")
        self.let_both_end(run)

    def test_a_job_of_a_job_is_of_its_family_and_starts_with_it(self):
        self.script("with-linker/rustc", f"echo compiled; {self.folder}/cc1 --until linked; exit $?")
        run = self.start("./with-linker/rustc main.rs", ["--memory", self.limit])
        run.the("cc1")
        run.until_out("compiled")
        (self.folder / "linked").touch()
        self.assert_ends(run)
        self.assertEqual([job["class"] for job in run.report()["job"]], ["rustc", "cc"])
        self.assertEqual(run.report()["held"], 0)

    def unshare(self, *options):
        """The words to start a program in new namespaces; a user needs a user namespace for any other."""
        words = ["unshare", *([] if self.place.uid() == 0 else ["--map-root-user"]), *options]
        if not machine.works([*words, "true"], self.place):
            self.skipTest("these namespaces are not to be had")
        return " ".join(words)

    def test_a_job_in_other_namespaces_is_held(self):
        run = self.start_behind_old(f"{self.unshare('--pid', '--fork')} ./rustc --until new.rs")
        run.until_held("rustc")
        self.let_both_end(run)

    def test_a_job_in_a_chroot_is_held(self):
        unshare = self.unshare("--mount")
        (self.folder / "root").mkdir()
        self.program("tools/rustc")
        # The job's path exists only in there.
        root, tools = self.folder / "root", self.folder / "tools"
        self.script("enter", f"mount --rbind / {root} && mount --bind {tools} {root}/mnt && "
                             f"exec chroot {root} /mnt/rustc --until {self.folder}/new.rs")
        run = self.start_behind_old(f"{unshare} ./enter")
        run.until_held("rustc")
        self.let_both_end(run)

    def test_a_32_bit_job_is_held(self):
        self.need_32_bit()
        self.program("32/rustc", "i386_exit")
        run = self.start_behind_old("./32/rustc main.rs")
        run.until_held("rustc")
        self.let_old_end()
        self.assert_ends(run, 7)

    def test_a_job_of_a_32_bit_program_is_held(self):
        self.need_32_bit()
        run = self.start_behind_old(f"{machine.victims}/i386_exec {self.folder}/rustc --until new.rs")
        run.until_held("rustc")
        self.let_both_end(run)


@in_each(HERE, USER, DELEGATED, READ_ONLY)
class FailedExec(Case):
    """A job's exec fails as it does without memguard, and blocks nobody although the job would have to wait."""

    def check(self, way, program="./bad/rustc"):
        spawn = f"{machine.victims}/spawn {way} {program} main.rs"
        expected = self.plain(spawn)
        run = self.start_behind_old(f"{spawn} 2>spawn.err; echo status $?")
        run.until_out(f"status {expected.returncode}")
        self.assertTrue(run.named("ld"), "the older job still runs")
        self.assertEqual((self.folder / "spawn.err").read_text(), expected.stderr)
        self.let_old_end()
        self.assert_ends(run)
        return run

    def bad_format(self):
        self.script("bad/rustc", "", interpreter="").write_bytes(b"\x7fELF" + bytes(100))

    def test_bad_format_by_posix_spawn(self):
        self.bad_format()
        self.check("posix_spawn")

    def test_bad_format_by_vfork(self):
        self.bad_format()
        self.check("vfork")

    def test_bad_format_by_fork(self):
        self.bad_format()
        self.check("fork")

    def test_missing_interpreter_by_posix_spawn(self):
        self.script("bad/rustc", "", interpreter="/no/such/interpreter")
        self.check("posix_spawn")

    def test_missing_interpreter_by_vfork(self):
        self.script("bad/rustc", "", interpreter="/no/such/interpreter")
        self.check("vfork")

    def test_is_not_reported_as_a_held_job(self):
        self.bad_format()
        self.assertEqual(self.check("posix_spawn").report()["held"], 0)

    def test_missing_program(self):
        self.check("vfork", "./bad/no/rustc")


@in_each(OLD_KERNEL)
class HoldOnOldKernel(Case):
    """Without SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV a job is held by leaving its exec unanswered."""

    def test_a_job_waits_and_then_runs(self):
        run = self.start_behind_old("./rustc --until new.rs; echo status $?")
        run.until_explained("hold rustc")
        self.assertFalse(run.named("rustc"))
        self.let_old_end()
        run.the("rustc")
        (self.folder / "new.rs").touch()
        self.assert_ends(run)
        self.assertIn("status 0", run.out)
        self.assertEqual(run.report()["held"], 1)

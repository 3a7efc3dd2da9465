"""What doctor advises can be done where it is read: in a container, in a sandbox, where /proc or /sys is not there. And
it promises no tier that a run does not get."""
import json
import subprocess

import machine
from harness import Case
from places import HERE, UID, in_each

AS_USER = ["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups"]


def container(marker, mounts="true"):
    """A container as doctor sees it: PID 1 has the same mounts, and its runtime left a mark."""
    script = f'mount -t tmpfs none /run && {marker} && {mounts} && "$@"'
    return ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "sh", "-c", script, "sh"]


def read_only():
    return " && ".join(f'mount -o remount,ro,bind "{mount}"' for mount in machine.cgroup_mounts()) or "true"


def no_cgroup():
    return " && ".join(f'umount "{mount}"' for mount in machine.cgroup_mounts()) or "true"


PODMAN = "touch /run/.containerenv"
KUBERNETES = "export KUBERNETES_SERVICE_HOST=10.0.0.1"
BWRAP = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev"]


@in_each(HERE)
class Advice(Case):
    def setUp(self):
        super().setUp()
        if not machine.is_root() or not machine.works(["unshare", "--mount", "--pid", "--fork", "true"], self.place):
            self.skipTest("cannot make namespaces")

    def told(self, place, status=0):
        """What doctor says there, which a run there bears out."""
        doctor = subprocess.run([*place, machine.memguard, "doctor", "--json"], capture_output=True, text=True,
                                check=False, cwd=self.folder)
        self.assertEqual(doctor.returncode, status, doctor.stderr)
        found = json.loads(doctor.stdout)
        report = self.folder / "run.json"
        report.unlink(missing_ok=True)
        self.folder.chmod(0o777)
        # A command that needs nothing of the place.
        command = [*place, machine.memguard, "run", "--json", report, "--", machine.memguard, "--version"]
        run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=self.folder)
        self.assertEqual(run.returncode, 0, run.stderr)
        tier = json.loads(report.read_text())["tier"] if report.exists() else "signal"
        self.assertEqual(found["tier"], tier)
        return found

    def remedies(self, place):
        return " ".join(f"{missing['what']}. {missing['remedy']}" for missing in self.told(place)["missing"])

    def need_cgroup(self):
        if not machine.cgroup_mounts():
            self.skipTest("no cgroup v2")

    def test_a_user_in_a_container_is_told_of_the_container_and_of_no_user_manager(self):
        self.need_cgroup()
        for marker, word in ((PODMAN, "--security-opt unmask=/sys/fs/cgroup"), (KUBERNETES, "runAsUser: 0")):
            said = self.remedies([*container(marker, read_only()), *AS_USER])
            self.assertIn(word, said)
            for wrong in ("linger", "Delegate", "remount"):
                self.assertNotIn(wrong, said)

    def test_root_in_a_container_with_read_only_cgroups_is_told_how_that_is_started(self):
        self.need_cgroup()
        self.assertIn("unmask=/sys/fs/cgroup", self.remedies(container(PODMAN, read_only())))

    def test_where_proc_shows_only_processes_a_build_is_guarded_all_the_same(self):
        # ProcSubset=pid of systemd.
        subset = "umount /proc && mount -t proc -o subset=pid proc /proc"
        self.told(container("true", subset))
        self.assertTrue((self.folder / "run.json").exists(), "a run that is guarded has a report")

    def test_a_container_without_cgroups_is_not_told_to_boot(self):
        self.need_cgroup()
        said = self.remedies(container(PODMAN, no_cgroup()))
        self.assertIn("cgroup v2 cannot be seen in this container", said)
        self.assertNotIn("oot with", said)

    def test_a_sandbox_is_told_to_bind_and_not_to_remount(self):
        self.need_cgroup()
        if not machine.have("bwrap"):
            self.skipTest("no bwrap")
        for place in ([*BWRAP, "--proc", "/proc"], [*BWRAP, "--proc", "/proc", "--unshare-pid"],
                      [*AS_USER, *BWRAP, "--proc", "/proc", "--unshare-user"]):
            place += ["--bind", self.folder, self.folder, "--bind", machine.folder, machine.folder]
            said = self.remedies(place)
            self.assertIn("bwrap --bind /sys/fs/cgroup /sys/fs/cgroup", said)
            for wrong in ("remount", "linger", "--privileged", "unmask"):
                self.assertNotIn(wrong, said)

    def test_without_proc_the_command_runs_unguarded_and_doctor_says_what_to_mount(self):
        place = ["unshare", "--mount", "sh", "-c", 'umount -l /proc && exec "$@"', "sh"]
        found = self.told(place)
        self.assertEqual((found["tier"], found["exec_gate"]["works"]), ("signal", False))
        self.assertEqual([missing["what"] for missing in found["missing"]],
                         ["/proc is not mounted here, and no process can be seen"])
        self.assertIn("mount -t proc proc /proc", found["missing"][0]["remedy"])
        run = subprocess.run([*place, machine.memguard, "run", "--", "sh", "-c", "exit 3"], capture_output=True,
                             text=True, check=False)
        self.assertEqual(run.returncode, 3)
        self.assertRegex(run.stderr, "^memguard: Nothing is guarded: /proc is not mounted here.*\n$")
        for words in (["run", "--require-tier", "signal", "--", "true"], ["doctor", "--require-tier", "signal"]):
            refused = subprocess.run([*place, machine.memguard, *words], capture_output=True, text=True, check=False)
            self.assertEqual(refused.returncode, 125)
            self.assertIn("/proc is not mounted here", refused.stderr)

    def test_without_sys_the_build_is_guarded_and_doctor_says_what_to_mount(self):
        self.need_cgroup()
        said = self.remedies(["unshare", "--mount", "sh", "-c", 'umount -R -l /sys && exec "$@"', "sh"])
        self.assertIn("cgroup v2 cannot be seen", said)
        self.assertIn("mount -t cgroup2 none /sys/fs/cgroup", said)

    def test_a_foreign_proc_promises_no_tier(self):
        self.need_cgroup()
        found = self.told(["unshare", "--pid", "--fork", *AS_USER])
        self.assertEqual(found["tier"], "signal")
        self.assertIn("--mount-proc", " ".join(missing["remedy"] for missing in found["missing"]))

    def test_without_a_shell_only_the_trial_is_missing(self):
        place = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /bin && exec "$@"', "sh"]
        self.assertIn("Only this trial needs it", self.remedies(place))

    def test_hidden_pressure_is_not_to_be_booted_with(self):
        if not machine.read("/proc/pressure/memory"):
            self.skipTest("no PSI")
        hidden = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc/pressure && exec "$@"', "sh"]
        self.assertNotIn("psi=1", self.told(hidden)["psi"]["text"])

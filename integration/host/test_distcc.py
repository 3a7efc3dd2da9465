"""Workers of distcc, as docs/places/distcc-icecream.md has them."""
import json
import os
import pathlib
import subprocess

import machine
from harness import Case
from places import HERE, in_each

PAGE = pathlib.Path(__file__).parents[2] / "docs/places/distcc-icecream.md"
# A cc1 of 80 MiB: 131,072 initializers.
HUNGRY = "\n".join(
    ["#define A(x) " + ", ".join(f"x+{i}" for i in range(8))] +
    [f"#define {name}(x) " + ", ".join(f"{below}(x+{i * step})" for i in range(8))
     for name, below, step in (("B", "A", 8), ("C", "B", 64), ("D", "C", 512), ("E", "D", 4096))] +
    ["const long table[] = { E(0), E(32768), E(65536), E(98304) };", ""])
JOBS = 6
# Each block of the page runs in a network of its own, where the ports are nobody's.
SCRIPT = """
ip link set lo up
({worker}) & worker=$!
until (echo >/dev/tcp/127.0.0.1/3632) 2>/dev/null; do kill -0 $worker || exit 9; done
{client}; status=$?
kill $worker
wait $worker
exit $status
"""


def blocks():
    return [block.split("```")[0].strip() for block in PAGE.read_text().split("```sh\n")[1:]]


@in_each(HERE)
class Distcc(Case):
    def setUp(self):
        super().setUp()
        lacks = [p for p in ("distccd", "distcc", "gcc", "make", "ip", "unshare", "bash") if not machine.have(p)]
        if lacks:
            self.skipTest(f"no {', '.join(lacks)}")
        if not machine.works(["unshare", "--net", "true"], self.place):
            self.skipTest("no network namespace may be made")
        (self.folder / "distcc").mkdir()
        names = [f"hungry{i}" for i in range(JOBS)]
        for name in names:
            (self.folder / f"{name}.c").write_text(HUNGRY)
        (self.folder / "Makefile").write_text(f"all: {' '.join(f'{n}.o' for n in names)}\n")

    def run_page(self, worker, client, **variables):
        own = {k: v for k, v in os.environ.items() if not k.startswith(("MEMGUARD_", "DISTCC"))}
        environment = {**own, "PATH": f"{machine.memguard.parent}:{os.environ['PATH']}", "DISTCC_FALLBACK": "0",
                       "DISTCC_DIR": str(self.folder / "distcc"), "XDG_STATE_HOME": str(self.folder / "state"),
                       "MEMGUARD_JSON": str(self.folder / "worker.json"), **variables}
        return subprocess.run(["unshare", "--net", "bash", "-c", SCRIPT.format(worker=worker, client=client)],
                              cwd=self.folder, env=environment, capture_output=True, text=True, check=False,
                              timeout=5 * machine.PATIENCE)

    def check_all(self, report, jobs):
        """Each was the worker's: a client does not fall back."""
        starts = jobs + report["restarted"]
        self.assertEqual((len([job for job in report["job"] if job["program"] == "cc1"]), report["lost"]), (starts, 0))

    def test_a_worker_compiles_all_within_its_limit(self):
        worker, client = blocks()
        done = self.run_page(f"exec {worker}", client, MEMGUARD_MEMORY="200MiB")
        self.assertEqual(done.returncode, 0, done.stderr)
        for i in range(JOBS):
            self.assertTrue((self.folder / f"hungry{i}.o").exists())
        report = json.loads((self.folder / "worker.json").read_text())
        self.check_all(report, JOBS)
        self.assertGreater(report["held"] + report["frozen"] + report["evicted"], 0, "not all had room")
        self.assertIsNone(report["over_limit"])
        self.assertNotIn("left", done.stderr)

    def test_one_that_has_no_memory_for_two_still_serves_all_clients_at_once(self):
        worker, client = blocks()
        both = f"mkdir other; cp *.c Makefile other; ({client}) & other=$!; (cd other && {client}) && wait $other"
        done = self.run_page(f"exec {worker}", both, MEMGUARD_MEMORY="140MiB")
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads((self.folder / "worker.json").read_text())
        self.check_all(report, 2 * JOBS)

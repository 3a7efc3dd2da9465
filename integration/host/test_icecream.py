"""A worker of icecream, as docs/places/distcc-icecream.md has it."""
import json
import os
import subprocess

import machine
from harness import Case
from places import HERE, in_each
from test_distcc import HUNGRY, JOBS, PAGE

# The scheduler and the worker in one network, the client in another: a client's own machine would compile for it. What
# they make goes to /run, of which each has its own. By numbers of networks that are nobody's here.
SCRIPT = """
mount -t tmpfs none /run && mkdir -p /run/icecc && ip link set lo up
icecc-create-env gcc >/dev/null 2>&1; environment=$(ls "$PWD"/*.tar.*) || exit 8
icecc-scheduler -n test -vvv -l "$PWD/scheduler.log" & scheduler=$!
new='mount -t tmpfs none /run; mkdir -p /run/icecc; echo $$ >client.pid; exec sleep infinity'
unshare --net --mount sh -c "$new" &
until [ -s client.pid ]; do kill -0 $! || exit 7; done; client=$(cat client.pid)
at_client() {{ nsenter -t "$client" --net --mount --wd="$PWD" "$@"; }}
ip link add to-client type veth peer name to-worker && ip link set to-worker netns "$client" || exit 6
ip address add 10.9.0.1/24 dev to-client && ip link set to-client up
at_client ip link set lo up; at_client ip address add 10.9.0.2/24 dev to-worker; at_client ip link set to-worker up
{worker} & worker=$!
nsenter -t "$client" --net --mount --wd="$PWD" \\
  iceccd -m 1 --no-remote -s 10.9.0.1 -n test -N client -b "$PWD/client" -u nobody & daemon=$!
for name in worker client; do
  until grep -q "login $name" scheduler.log 2>/dev/null; do kill -0 $worker $daemon || exit 5; done
done
at_client env ICECC_VERSION="$environment" ICECC_PREFERRED_HOST=worker {client}; status=$?
kill $worker; wait $worker
kill $daemon $scheduler $client
wait $daemon $scheduler
exit $status
"""


def block(number):
    return [part.split("```")[0].strip() for part in PAGE.read_text().split("```text\n")[1:]][number]


@in_each(HERE)
class Icecream(Case):
    def test_a_worker_compiles_all_within_its_limit(self):
        lacks = [p for p in ("iceccd", "icecc-scheduler", "icecc", "gcc", "make", "ip", "nsenter", "unshare")
                 if not machine.have(p)]
        if lacks or not machine.is_root():
            self.skipTest(f"no {', '.join(lacks) or 'root'}")
        if not machine.works(["sh", "-c", "iceccd --help; [ $? -ne 127 ]"], self.place):
            self.skipTest("iceccd lacks a library")
        if not machine.works(["unshare", "--net", "--mount", "true"], self.place):
            self.skipTest("no network namespace may be made")
        for i in range(JOBS):
            (self.folder / f"hungry{i}.c").write_text(HUNGRY)
        (self.folder / "Makefile").write_text(f"all: {' '.join(f'hungry{i}.o' for i in range(JOBS))}\n")
        self.folder.chmod(0o777)
        worker, client = block(0).replace("SCHEDULER", "10.9.0.1"), block(1)
        own = {k: v for k, v in os.environ.items() if not k.startswith(("MEMGUARD_", "ICECC"))}
        environment = {**own, "PATH": f"{machine.memguard.parent}:{os.environ['PATH']}", "MEMGUARD_MEMORY": "200MiB",
                       "MEMGUARD_JSON": str(self.folder / "worker.json"), "XDG_STATE_HOME": str(self.folder / "state")}
        more = f" -n test -N worker -b {self.folder}/worker -u nobody"
        script = SCRIPT.format(worker=worker + more, client=client)
        # No pipe: its daemons may have it open a moment longer.
        with open(self.folder / "said", "w", encoding="utf-8") as said:
            done = subprocess.run(["unshare", "--net", "--mount", "bash", "-c", script], cwd=self.folder, check=False,
                                  env=environment, stdout=said, stderr=said, timeout=5 * machine.PATIENCE)
        self.assertEqual(done.returncode, 0, machine.read(self.folder / "said"))
        report = json.loads((self.folder / "worker.json").read_text())
        compiles = [job for job in report["job"] if job["program"] == "cc1"]
        self.assertEqual((len(compiles), report["lost"]), (JOBS + report["restarted"], 0))
        self.assertGreater(report["held"] + report["frozen"], 0)
        self.assertIsNone(report["over_limit"])

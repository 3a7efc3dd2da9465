"""`--metrics`: what Prometheus gets of a run, read by what Prometheus reads it with."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import unittest

import machine
from harness import Case
from machine import until
from places import HERE, USER, in_each

NAME = "nightly.prom"
# Debian's interpreter has Debian's packages.
PYTHON = "/usr/bin/python3"
PARSE = """
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as families
text = sys.stdin.buffer.read().decode()
print(json.dumps([[s.name, s.labels, s.value] for family in families(text) for s in family.samples]))
"""


def values(text):
    """{(name, labels but run): value} of OpenMetrics text; what is none is refused."""
    if subprocess.run([PYTHON, "-c", PARSE.splitlines()[2]], capture_output=True, check=False).returncode:
        raise unittest.SkipTest("no python3-prometheus-client")
    done = subprocess.run([PYTHON, "-c", PARSE], input=text, text=True, capture_output=True, check=False)
    if done.returncode:
        raise AssertionError(f"no OpenMetrics: {done.stderr}\n{text}")
    return {(name, tuple(sorted((k, v) for k, v in labels.items() if k != "run"))): value
            for name, labels, value in json.loads(done.stdout)}


def check_with_promtool(case, text):
    promtool = shutil.which("promtool")
    if not promtool:
        raise unittest.SkipTest("no promtool (Debian package prometheus)")
    done = subprocess.run([promtool, "check", "metrics"], input=text, text=True, capture_output=True, check=False)
    case.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))


@in_each(HERE, USER)
class Metrics(Case):
    @property
    def file(self):
        return self.folder / NAME

    def text(self):
        return self.file.read_text()

    def of_a_build(self):
        run = self.guarded("./ld --ramp 20MiB:0.1s -o app; exit 3", ["--metrics", NAME])
        self.assertEqual(run.status, 3)
        return self.text()

    def test_the_last_ones_are_what_the_report_says(self):
        text = self.of_a_build()
        self.assertTrue(text.endswith("# EOF\n"))
        seen = values(text)
        self.assertEqual(seen["memguard_run_active", ()], 0)
        report = self.runs[-1].report()
        for metric, key in (("exit_status", "exit_status"), ("jobs_seen", "jobs"), ("peak_bytes", "peak_bytes"),
                            ("limit_bytes", "limit_bytes"), ("jobs_lost", "lost")):
            self.assertEqual(seen[f"memguard_{metric}", ()], report[key], metric)

    def test_promtool_finds_nothing_wrong(self):
        check_with_promtool(self, self.of_a_build())

    def test_promtool_finds_nothing_wrong_with_a_hostile_folder_either(self):
        hostile = self.folder / 'a"} 1\nevil 1\n\x1b[2J<script>\\'
        hostile.mkdir()
        hostile.chmod(0o777)
        file = hostile / 'x"\n# EOF\ny.prom'
        words = [*self.place.prefix(), str(machine.memguard), "run", "--metrics", str(file), "--", "true"]
        done = subprocess.run(words, cwd=hostile, capture_output=True, check=False, timeout=machine.PATIENCE)
        self.assertEqual(done.returncode, 0, done.stderr)
        text = file.read_text()
        self.assertNotIn("evil", {name for name, _ in values(text)})
        check_with_promtool(self, text)

    def test_they_are_there_while_the_build_runs_and_follow_it(self):
        run = self.start("./ld --until old.end -o app", ["--metrics", NAME])
        until(self.file.exists, "the first ones")
        self.assertEqual(values(self.text())["memguard_run_active", ()], 1)
        until(lambda: values(self.text())["memguard_jobs", (("state", "running"),)] == 1, "they tell of the job")
        self.let_old_end()
        self.assert_ends(run)
        self.assertEqual(values(self.text())["memguard_run_active", ()], 0)

    def test_nobody_ever_reads_half_of_them_and_nothing_is_left_beside(self):
        run = self.start("./ld --until old.end -o app", ["--metrics", NAME])
        until(self.file.exists, "the first ones")
        first = self.file.stat().st_ino
        until(lambda: self.file.stat().st_ino != first, "another file took its place")
        self.assertTrue(self.text().endswith("# EOF\n"))
        self.let_old_end()
        self.assert_ends(run)
        self.assertEqual([name for name in os.listdir(self.folder) if ".memguard-new" in name], [])

    def test_killed_with_the_front_it_leaves_no_process(self):
        run = self.start("./ld --until never -o app", ["--metrics", NAME])
        until(self.file.exists, "the first ones")
        run.kill(signal.SIGKILL)
        run.wait()
        self.assert_nothing_left(run)

    def test_an_interrupted_build_writes_its_last_ones(self):
        run = self.start("./ld --until never -o app", ["--metrics", NAME])
        run.the("ld")
        run.kill(signal.SIGTERM)
        run.wait()
        self.assertEqual(values(self.text())["memguard_exit_status", ()], 128 + signal.SIGTERM)
        self.assert_nothing_left(run)

    def test_standard_output_gets_the_last_ones_alone(self):
        run = self.start("read go; echo built", ["--metrics", "/dev/stdout"])
        run.go()
        self.assert_ends(run)
        self.assertEqual(run.out.count("# EOF\n"), 1)
        self.assertTrue(run.out.startswith("built\n"), run.out)

    def test_a_full_disk_costs_a_line_and_not_the_build(self):
        if not pathlib.Path("/dev/full").exists():
            self.skipTest("no /dev/full")
        run = self.guarded("exit 4", ["--metrics", "/dev/full"])
        self.assertEqual(run.status, 4)
        self.assertIn("--metrics: write /dev/full", run.err)

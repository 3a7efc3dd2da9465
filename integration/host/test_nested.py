"""A memguard inside the build of another guards nothing, and says what of it that means."""
import json

import machine
from harness import Case
from places import DELEGATED, HERE, READ_ONLY, USER, in_each


@in_each(HERE, USER, DELEGATED, READ_ONLY)
class Inner(Case):
    def inner(self, *options, command="./ld --hold 0.1s"):
        """Runs a second memguard in the build of a first one."""
        words = " ".join(map(str, (machine.memguard, "run", *options, "--", command)))
        return self.guarded(f"exec {words}")

    def test_says_which_options_it_does_not_obey(self):
        run = self.inner("--memory", "1GiB", "--explain")
        self.assertEqual(run.status, 0)
        self.assertIn(f"this build is part of one that memguard {run.front.pid} guards", run.err)
        self.assertIn("not obeyed: --memory, --explain", run.err)
        self.assertEqual([job["outcome"] for job in run.report()["job"]], ["done"], "the outer one has the job")

    def test_says_nothing_when_nothing_is_asked_of_it(self):
        for options in ([], ["--quiet", "--memory", "1GiB"]):
            self.assertNotIn("is part of", self.inner(*options).err)

    def test_obeys_require_tier(self):
        tiers = ["signal", "freezer", "full"]
        has = tiers.index(self.place.tier)
        for tier in tiers[:has + 1]:
            self.assertEqual(self.inner("--require-tier", tier).status, 0)
        for tier in tiers[has + 1:]:
            run = self.inner("--require-tier", tier)
            self.assertEqual(run.status, 125)
            self.assertIn(f"tier {tier} is required, this machine gives {self.place.tier}", run.err)
            self.assertNotIn("done", run.out)

    def test_writes_a_report_that_says_where_the_jobs_are(self):
        file = self.folder / "inner.json"
        file.write_text("an older one")
        run = self.inner("--json", file)
        report = json.loads(file.read_text())
        self.assertEqual(report["guarded_by"], run.front.pid)
        self.assertEqual(report["tier"], run.report()["tier"])
        self.assertEqual(report["command"], ["./ld", "--hold", "0.1s"])
        self.assertIn(f"{file} says no more than that", run.err)
        shown = self.plain([machine.memguard, "report", file])
        self.assertEqual(shown.returncode, 125)
        self.assertIn(f"memguard {run.front.pid} guarded it", shown.stderr)

    def test_leaves_the_report_that_a_variable_names_to_the_outer_one(self):
        file = self.folder / "run.json"
        run = self.guarded(f"{machine.memguard} run -- true; test ! -e {file}", report=False,
                           environment={"MEMGUARD_JSON": str(file)})
        self.assertEqual(run.status, 0)
        self.assertEqual(json.loads(file.read_text())["command"][0], "sh")

"""What doctor, config, history and suggest answer to programs, and that doctor refuses what a run would refuse."""
import json

import machine
from harness import Case
from places import HERE, in_each


@in_each(HERE)
class Answers(Case):
    def answer(self, *words, status=0):
        done = self.plain([machine.memguard, *words])
        self.assertEqual(done.returncode, status, done.stderr)
        return json.loads(done.stdout)

    def test_doctor_has_the_tier_and_what_was_tried(self):
        told = self.answer("doctor", "--json")
        self.assertEqual(told["tier"], self.place.tier)
        self.assertEqual((told["version"], told["refused"]), (1, None))
        for part in ("exec_gate", "freezing", "shim", "psi"):
            self.assertIsInstance(told[part]["works"], bool)
        for missing in told["missing"]:
            self.assertTrue(missing["what"] and missing["remedy"])

    def test_doctor_refuses_what_a_run_refuses(self):
        for words in (["--memory", "1000TiB"], ["--require-tier", "full"]):
            run = self.guarded(["true"], words)
            told = self.answer("doctor", "--json", *words, status=run.status)
            self.assertEqual(told["refused"] is not None, run.status == 125)
            self.assertEqual(self.plain([machine.memguard, "doctor", *words]).returncode, run.status)

    def test_config_has_each_setting_and_its_origin(self):
        told = self.answer("config", "--memory", "95%", "--json")
        self.assertEqual(told["settings"]["memory"], {"value": "95%", "origin": "--memory"})
        self.assertEqual(told["settings"]["gate"], {"value": "true", "origin": "built-in"})
        self.assertIn({"program": "rustc", "origin": "built-in"}, told["classes"]["rustc"])

    def test_history_and_suggest_are_there_without_any_history(self):
        self.assertEqual(self.answer("history", "--json"), self.answer("history", "export"))
        self.assertEqual(self.answer("suggest", "--json")["largest"], [])

    def test_an_option_behind_the_command_is_told_when_it_fails(self):
        run = self.guarded(["sh", "-c", "exit 2", "sh", "--memory", "3GiB"])
        self.assertEqual(run.status, 2)
        self.assertIn("--memory was given to sh. Options of memguard stand in front: memguard run --memory 3GiB -- sh",
                      run.err)
        self.assertNotIn("was given to", self.guarded(["sh", "-c", "exit 0", "sh", "--memory", "3GiB"]).err)

"""What is asked wrongly is refused with a clear word and the right status, before anything is changed or started."""
import machine
from harness import Case
from places import HERE, READ_ONLY, USER, in_each


@in_each(HERE, USER, READ_ONLY)
class Refused(Case):
    def check(self, options, *words, command=("touch", "started"), status=125):
        run = self.guarded(list(command), options)
        self.assertEqual(run.status, status)
        for word in words:
            self.assertIn(word, run.err)
        self.assertEqual(run.err.count("memguard: "), 1, run.err)
        self.assertEqual(run.out, "")
        self.assertFalse((self.folder / "started").exists(), "the command was started")
        self.assert_nothing_left(run)

    def config(self, text):
        (self.folder / "memguard.json").write_text(text)

    def test_unknown_option_with_the_nearest_known_one(self):
        self.check(["--memroy", "1GiB"], "--memroy", "--memory")

    def test_option_without_its_value(self):
        self.check(["--memory"], "--memory")

    def test_size_without_sense(self):
        self.check(["--memory", "12Q"], "12Q", "--memory")

    def test_negative_size(self):
        self.check(["--memory=-1GiB"], "-1GiB")

    def test_limit_of_10_mib(self):
        self.check(["--memory", "10MiB"], "10.0 MiB", "too small")

    def test_limit_above_the_machine(self):
        self.check(["--memory", "900TiB"], "900 TiB")

    def test_no_command(self):
        self.check([], "no command", command=())

    def test_unknown_tier(self):
        self.check(["--require-tier", "best"], "best", "full")

    def test_setting_of_a_wrong_type(self):
        self.config('{"memory": ["1GiB"]}')
        self.check([], "memguard.json", "/memory")

    def test_unknown_setting_with_the_nearest_known_one(self):
        self.config('{"memroy": "1GiB"}')
        self.check([], "memguard.json", "memroy", "memory")

    def test_settings_that_are_no_json(self):
        self.config('{"memory": ')
        self.check([], "memguard.json")

    def test_settings_that_are_a_folder(self):
        (self.folder / "memguard.json").mkdir()
        self.check([], "memguard.json")

    def test_variable_of_a_wrong_value(self):
        run = self.guarded(["touch", "started"], environment={"MEMGUARD_MEMORY": "much"})
        self.assertEqual(run.status, 125)
        self.assertIn("MEMGUARD_MEMORY", run.err)
        self.assertFalse((self.folder / "started").exists())

    def test_option_keep_free_that_leaves_nothing(self):
        self.check(["--keep-free", "100%"], "--keep-free", "free now")
        doctor = self.plain([machine.memguard, "doctor", "--keep-free", "100%"])
        self.assertIn("--keep-free: to keep", doctor.stdout)

    def test_variable_of_a_limit_above_the_machine(self):
        run = self.guarded(["touch", "started"], environment={"MEMGUARD_MEMORY": "900TiB"})
        self.assertEqual(run.status, 125)
        self.assertIn("MEMGUARD_MEMORY", run.err)
        self.assertFalse((self.folder / "started").exists())

    def test_config_of_a_limit_above_the_machine_stops_no_build(self):
        self.config('{"memory": "900TiB"}')
        run = self.guarded("exit 3")
        self.assertEqual(run.status, 3)
        self.assertEqual(run.err.count("memguard.json: memory: a limit of 900 TiB is more than"), 1, run.err)
        self.assertLess(run.report()["limit_bytes"], 900 << 40)
        doctor = self.plain([machine.memguard, "doctor"])
        self.assertIn("memguard.json: memory: a limit of 900 TiB is more than", doctor.stdout)
        quiet = self.guarded("exit 3", ["--quiet"])
        self.assertEqual((quiet.status, quiet.err), (3, ""))

    def test_command_that_is_not_there(self):
        self.check(["--quiet"], "no-such-command", command=["/no-such-command"], status=127)

    def test_command_that_is_not_executable(self):
        (self.folder / "text").write_text("no program")
        self.check(["--quiet"], "text", command=["./text"], status=126)


@in_each(HERE, USER, READ_ONLY)
class Report(Case):
    def check_refused(self, option, file, *words):
        run = self.guarded(["touch", "started"], ["--quiet", option, file], report=False)
        self.assertEqual(run.status, 125)
        for word in (option.strip("-"), str(file), *words):
            self.assertIn(word, run.err)
        self.assertFalse((self.folder / "started").exists(), "the command was started")
        self.assert_nothing_left(run)

    def test_option_that_cannot_be_obeyed_is_refused_at_the_start(self):
        for option in ("--json", "--record", "--metrics"):
            self.check_refused(option, "/no/such/folder/report.json", "The folder must exist and be writable.")
            self.check_refused(option, self.folder, "Name a file.")
            self.check_refused(option, "-", "/dev/stdout")

    def test_files_of_a_config_that_cannot_be_written_stop_no_build(self):
        (self.folder / "home/memguard").mkdir(parents=True)
        (self.folder / "home/memguard/config.json").write_text(
            '{"record": "/no/such/run.record", "json": "/no/such/run.json", "metrics": "/no/such/run.prom"}')
        run = self.guarded("exit 3", report=False, environment={"XDG_CONFIG_HOME": str(self.folder / "home")})
        self.assertEqual(run.status, 3)
        for word in ("config.json: open /no/such/run.record: ", "config.json: write /no/such/run.json: ",
                     "config.json: write /no/such/run.prom: "):
            self.assertEqual(run.err.count(word), 1, run.err)
        self.assert_nothing_left(run)

    def test_option_that_fails_later_is_said_and_the_build_keeps_its_status(self):
        (self.folder / "there").mkdir()
        (self.folder / "there").chmod(0o777)
        run = self.guarded("rmdir there; exit 3", ["--quiet", "--json", "there/report.json"], report=False)
        self.assertEqual(run.status, 3)
        self.assertIn("there/report.json", run.err)
        self.assert_nothing_left(run)

    def test_option_of_a_folder_that_the_build_makes(self):
        run = self.guarded("mkdir -p target/deep", ["--json", "target/deep/report.json"], report=False)
        self.assertEqual(run.status, 0, run.err)
        self.assertTrue((self.folder / "target/deep/report.json").exists())

    def test_to_a_full_device_is_said(self):
        run = self.guarded("exit 3", ["--quiet", "--json", "/dev/full"], report=False)
        self.assertEqual(run.status, 3)
        self.assertIn("/dev/full", run.err)

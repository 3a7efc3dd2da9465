// What is refused, and how the error names the place and the remedy.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.h"
#include "fake_environment.h"

namespace memguard::config {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kUser = "/home/ann/.config/memguard/config.json";

std::string error_of(const FakeFiles& files, std::map<std::string, std::string> variables = {},
                     const std::vector<TextSetting>& options = {}) {
  const auto config = load(fake_environment(files, std::move(variables)), options);
  return config ? "accepted" : config.error().text();
}

// The error of a user's file with this text, without the file's name.
std::string refused(const std::string& text) {
  const auto error = error_of({{{kUser, text}}, {}, {}});
  const std::string name = "~/.config/memguard/config.json: ";
  EXPECT_THAT(error, StartsWith(name));
  return error.starts_with(name) ? error.substr(name.size()) : error;
}

TEST(BadFileTest, an_unknown_key_is_answered_with_the_nearest_known) {
  EXPECT_EQ(error_of({{{kUser, R"({"memroy": "3GiB"})"}}, {}, {}}),
            "~/.config/memguard/config.json: /memroy: unknown key. Did you mean 'memory'?");
  EXPECT_EQ(refused(R"({"keep_free": "3GiB"})"), "/keep_free: unknown key. Did you mean 'keep-free'?");
  EXPECT_EQ(refused(R"({"clases": {}})"), "/clases: unknown key. Did you mean 'classes'?");
  EXPECT_EQ(refused(R"({"colour": 1})"), fmt::format("/colour: unknown key. Known are {}.", fmt::join(keys(), ", ")));
}

TEST(BadFileTest, a_key_is_shown_as_a_json_pointer_that_drives_no_terminal) {
  EXPECT_THAT(refused(R"({"a/b~c": 1})"), StartsWith("/a~1b~0c: unknown key"));
  EXPECT_THAT(refused(R"({"\u001b[2J": 1})"), StartsWith("/\\x1b[2J: unknown key"));
}

TEST(BadFileTest, a_wrong_type_is_named_with_the_expected_one) {
  EXPECT_EQ(refused(R"({"memory": 8})"), "/memory: a number where a string is expected");
  EXPECT_EQ(refused(R"({"memory": null})"), "/memory: null where a string is expected");
  EXPECT_EQ(refused(R"({"gate": "no"})"), "/gate: a string where true or false is expected");
  EXPECT_EQ(refused(R"({"gate": 0})"), "/gate: a number where true or false is expected");
  EXPECT_EQ(refused(R"({"classes": []})"), "/classes: an array where an object is expected");
  EXPECT_EQ(refused(R"({"classes": {"link": "ld"}})"), "/classes/link: a string where a list is expected");
  EXPECT_EQ(refused(R"({"classes": {"link": ["ld", 1]}})"), "/classes/link/1: a number where a string is expected");
  EXPECT_EQ(refused(R"({"$schema": 1})"), "/$schema: a number where a string is expected");
  EXPECT_EQ(refused("[]"), "an array where an object is expected");
  EXPECT_EQ(refused("null"), "null where an object is expected");
}

TEST(BadFileTest, a_bad_value_is_named_with_its_place) {
  EXPECT_EQ(refused(R"({"memory": "12Q"})"),
            "/memory: size '12Q': unknown unit 'Q'. Use B, KiB, MiB, GiB, TiB, KB, MB, GB, TB or %.");
  EXPECT_EQ(refused(R"({"memory": "8"})"), "/memory: size '8': less than 1 MiB. Is the unit missing, as in 8GiB?");
  EXPECT_EQ(refused(R"({"memory": "0%"})"), "/memory: size '0%': less than 1 MiB. A share is more than 0 %, as 50%.");
  EXPECT_THAT(refused(R"({"memory": "none"})"), StartsWith("/memory: size 'none': does not begin with a number"));
  EXPECT_THAT(refused(R"({"keep-free": "auto"})"), StartsWith("/keep-free: size 'auto'"));
  EXPECT_THAT(refused(R"({"swap": "lots"})"), StartsWith("/swap: size 'lots'"));
  EXPECT_EQ(refused(R"({"require-tier": "ful"})"), "/require-tier: unknown word 'ful'. Did you mean 'full'?");
  EXPECT_EQ(refused(R"({"accept-tier": "any"})"), "/accept-tier: unknown word 'any'. Use full, freezer or signal.");
  EXPECT_EQ(refused(R"({"require-tier": "best"})"),
            "/require-tier: unknown word 'best'. Use full, freezer, signal or any.");
  EXPECT_EQ(refused(R"({"json": ""})"), "/json: the path is empty");
  EXPECT_EQ(refused(R"({"json": "a\u0000b"})"), "/json: the path has a NUL in it");
  EXPECT_EQ(refused(R"({"record": ""})"), "/record: the path is empty");
  EXPECT_EQ(refused(R"({"metrics": ""})"), "/metrics: the path is empty");
}

TEST(BadFileTest, a_number_of_jobs_is_auto_or_a_whole_number_from_1) {
  for (const std::string key : {"link-jobs", "test-jobs"}) {
    const auto with = [&](const std::string& value) { return refused(fmt::format(R"({{"{}": {}}})", key, value)); };
    EXPECT_EQ(with("0"), "/" + key + ": 0 is less than 1");
    EXPECT_EQ(with("1.5"), "/" + key + ": a number where a whole number is expected");
    EXPECT_EQ(with("\"many\""), "/" + key + ": 'many' is no number of jobs. Use auto, or a whole number from 1.");
    for (const auto* text : {"0", "-1", "2x", "", "2147483648"})
      EXPECT_THAT(error_of({}, {}, {{key, text, "--" + key}}), StartsWith("--" + key + ": '"));
  }
}

TEST(BadFileTest, bad_rules_are_named_with_their_place) {
  EXPECT_EQ(refused(R"({"rules": {}})"), "/rules: an object where a list is expected");
  EXPECT_EQ(refused(R"({"rules": [1]})"), "/rules/0: a number where an object is expected");
  EXPECT_EQ(refused(R"({"rules": [{"packag": "app", "memory": "1GiB"}]})"),
            "/rules/0/packag: unknown key. Did you mean 'package'?");
  EXPECT_EQ(refused(R"({"rules": [{"colour": 1}]})"),
            "/rules/0/colour: unknown key. Known are class, package, crate, output, program, memory, link-memory, "
            "link-jobs, test-jobs, restart.");
  EXPECT_EQ(refused(R"({"rules": [{"memory": "1GiB"}]})"),
            "/rules/0: a rule for no jobs. Name them by class, package, crate, output, program.");
  EXPECT_EQ(refused(R"({"rules": [{"class": "link"}]})"),
            "/rules/0: a rule that says nothing. Give memory, link-memory, link-jobs, test-jobs, restart.");
  EXPECT_EQ(refused(R"({"rules": [{"class": "", "memory": "1GiB"}]})"),
            "/rules/0/class: the pattern is empty. Use * for any name.");
  EXPECT_EQ(refused(R"({"rules": [{"class": ["link"], "memory": "1GiB"}]})"),
            "/rules/0/class: an array where a string is expected");
  EXPECT_THAT(refused(R"({"rules": [{"class": "a", "restart": true}, {"class": "b", "memory": "lots"}]})"),
              StartsWith("/rules/1/memory: size 'lots': does not begin with a number"));
  EXPECT_EQ(refused(R"({"rules": [{"class": "a", "link-memory": "8"}]})"),
            "/rules/0/link-memory: size '8': less than 1 MiB. Is the unit missing, as in 8GiB?");
  EXPECT_EQ(refused(R"({"rules": [{"class": "a", "memory": 8}]})"),
            "/rules/0/memory: a number where a string is expected");
  EXPECT_EQ(refused(R"({"rules": [{"class": "a", "link-jobs": 0}]})"), "/rules/0/link-jobs: 0 is less than 1");
  EXPECT_EQ(refused(R"({"rules": [{"class": "a", "test-jobs": 0}]})"), "/rules/0/test-jobs: 0 is less than 1");
  EXPECT_EQ(refused(R"({"rules": [{"class": "a", "restart": 0}]})"),
            "/rules/0/restart: a number where true or false is expected");
}

TEST(BadFileTest, a_report_may_not_take_the_name_of_the_projects_settings) {
  EXPECT_THAT(refused(R"({"json": "memguard.json"})"), HasSubstr("is the name of the project's settings"));
  EXPECT_THAT(refused(R"({"json": "a/memguard.json"})"), HasSubstr("is the name of the project's settings"));
  EXPECT_THAT(error_of({}, {}, {{"json", "memguard.json", "--json"}}), StartsWith("--json: memguard.json is the name"));
}

TEST(BadFileTest, a_dash_is_no_file) {
  for (const char* key : {"json", "record", "metrics"}) {
    EXPECT_EQ(refused(std::string("{\"") + key + R"(": "-"})"),
              std::string("/") + key +
                  ": '-' is no file. Use /dev/stdout, /dev/stderr or /dev/fd/N; a file of this name is ./-.");
    EXPECT_THAT(error_of({}, {}, {{key, "-", std::string("--") + key}}), HasSubstr("Use /dev/stdout, /dev/stderr"));
    EXPECT_EQ(error_of({}, {}, {{key, "./-", std::string("--") + key}}), "accepted");
  }
}

TEST(BadFileTest, bad_classes_are_named_with_their_place) {
  EXPECT_THAT(refused(R"({"classes": {"My Class": []}})"), StartsWith("/classes/My Class: not a class name"));
  EXPECT_THAT(refused(R"({"classes": {"": ["x"]}})"), StartsWith("/classes/: not a class name"));
  EXPECT_THAT(refused(R"({"classes": {"link": ["/usr/bin/ld"]}})"),
              StartsWith("/classes/link/0: '/usr/bin/ld' is not the name of a program"));
  for (const auto* name : {"", ".", "..", "a\\u0000b"})
    EXPECT_THAT(refused(std::string(R"({"classes": {"link": [")") + name + R"("]}})"),
                HasSubstr("is not the name of a program"));
  EXPECT_THAT(refused(R"({"classes": {"a": ["x"], "b": ["y", "x"]}})"), StartsWith("/classes/b/1: 'x' is named twice"));
}

TEST(BadFileTest, a_pattern_for_every_program_is_refused) {
  EXPECT_EQ(refused(R"({"classes": {"all": ["*"]}})"),
            "/classes/all/0: '*' would make every program a job. Name a part of the program, as in 'gen-*'.");
  for (const auto* pattern : {"**", "*-*", "*.*", "-*"})
    EXPECT_THAT(refused(std::string(R"({"classes": {"a": ["ok", ")") + pattern + R"("]}})"),
                StartsWith(std::string("/classes/a/1: '") + pattern + "' would make every program a job"));
  EXPECT_THAT(refused(R"({"classes": {"a": ["x*"], "b": ["x*"]}})"), StartsWith("/classes/b/0: 'x*' is named twice"));
}

TEST(BadFileTest, a_syntax_error_is_named_with_line_and_column) {
  EXPECT_THAT(refused("{\n  \"gate\": tru\n}"), StartsWith("line 2, column "));
  EXPECT_THAT(refused("{\"gate\": true,}"), StartsWith("line 1, column 15: syntax error"));
  EXPECT_THAT(refused("{\n\n  \"gate\" true }"), StartsWith("line 3, column 13: "));
  EXPECT_THAT(refused(""), StartsWith("line 1, column 1: "));
  EXPECT_THAT(refused("{} {}"), StartsWith("line 1, column 4: "));
  EXPECT_THAT(refused("{} /* never closed"), StartsWith("line 1, column "));
}

TEST(BadFileTest, binary_rubbish_does_not_reach_the_terminal) {
  for (const auto& text : {std::string("{\"\xff\x1b[2J\": 1}"), std::string("\x1b\x1b\x1b"), std::string(5, '\0')}) {
    const auto error = refused(text);
    EXPECT_THAT(error, StartsWith("line 1, column "));
    for (const char c : error) EXPECT_TRUE(c >= ' ' && c <= '~') << error;
  }
}

TEST(BadFileTest, a_number_out_of_range_is_refused) { EXPECT_THAT(refused("{\"memory\": 1e999}"), HasSubstr("1e999")); }

TEST(BadFileTest, a_deeply_nested_file_is_refused_without_a_crash) {
  EXPECT_THAT(refused(std::string(500'000, '[')), StartsWith("line 1, column "));
  EXPECT_EQ(refused(R"({"memory":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}"),
            "/memory: an array where a string is expected");
}

TEST(BadFileTest, a_doubled_key_is_refused) {
  EXPECT_EQ(refused(R"({"memory": "1GiB", "memory": "2GiB"})"), "/memory: the key is there twice. Keep one of them.");
  EXPECT_THAT(refused(R"({"classes": {"a": ["x"], "a": ["y"]}})"), HasSubstr("the key is there twice"));
  EXPECT_EQ(error_of({{{kUser, R"({"gate": true, "classes": {"gate": ["x"]}})"}}, {}, {}}), "accepted");
}

TEST(BadFileTest, an_unreadable_file_is_refused) {
  EXPECT_EQ(error_of({{}, {{kUser, EACCES}}, {}}), "~/.config/memguard/config.json: Permission denied");
  EXPECT_EQ(error_of({{}, {{"/home/ann/project/memguard.json", EIO}}, {}}),
            "~/project/memguard.json: Input/output error");
}

TEST(BadVariableTest, a_bad_value_is_named_with_its_variable) {
  EXPECT_THAT(error_of({}, {{"MEMGUARD_MEMORY", "12Q"}}), StartsWith("MEMGUARD_MEMORY: size '12Q': unknown unit 'Q'."));
  EXPECT_EQ(error_of({}, {{"MEMGUARD_GATE", "maybe"}}), "MEMGUARD_GATE: 'maybe' is neither yes nor no. Use 1 or 0.");
}

TEST(BadVariableTest, a_variable_that_is_nearly_a_known_one_is_refused) {
  EXPECT_EQ(error_of({}, {{"MEMGUARD_MEMROY", "3GiB"}}),
            "MEMGUARD_MEMROY: unknown variable. Did you mean MEMGUARD_MEMORY?");
  EXPECT_EQ(error_of({}, {{"MEMGUARD_KEEPFREE", "3GiB"}}),
            "MEMGUARD_KEEPFREE: unknown variable. Did you mean MEMGUARD_KEEP_FREE?");
}

TEST(BadVariableTest, a_variable_that_looks_like_a_setting_is_refused) {
  EXPECT_EQ(error_of({}, {{"MEMGUARD_NO_GATE", "1"}}),
            "MEMGUARD_NO_GATE: unknown variable. Did you mean MEMGUARD_GATE=0?");
  EXPECT_THAT(error_of({}, {{"MEMGUARD_NO_HISTORY", "1"}}), HasSubstr("Did you mean MEMGUARD_HISTORY=0?"));
  for (const char* name : {"MEMGUARD_LIMIT", "MEMGUARD_MEM", "MEMGUARD_MEMORY_LIMIT", "MEMGUARD_MAX_MEMORY"})
    EXPECT_THAT(error_of({}, {{name, "1GiB"}}), HasSubstr("Did you mean MEMGUARD_MEMORY?"));
}

TEST(BadVariableTest, other_variables_are_left_alone) {
  for (const char* name :
       {"MEMGUARD_RUN", "MEMGUARD_WRAPPER", "MEMGUARD_TEST", "MEMGUARD_TEST_PATIENCE", "MEMGUARD_SOAK",
        "MEMGUARD_NO_IDEA", "MEMGUARD_VM_CACHE", "MEMGUARD_VM_SOURCES", "MEMGUARD_VM_ACCEL"})
    EXPECT_EQ(error_of({}, {{name, "1"}}), "accepted") << name;
}

TEST(BadOptionTest, a_bad_value_is_named_with_its_option) {
  EXPECT_THAT(error_of({}, {}, {{"memory", "12Q", "--memory"}}), StartsWith("--memory: size '12Q'"));
  EXPECT_THAT(error_of({}, {}, {{"colour", "red", "--colour"}}), StartsWith("--colour: unknown setting 'colour'"));
}

}  // namespace
}  // namespace memguard::config

// Which layer wins, and that each value remembers where it came from.
#include <string>
#include <utility>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "loaded.h"

namespace memguard::config {
namespace {

using testing::HasSubstr;
using namespace units;

TEST(LayersTest, without_any_layer_all_is_built_in) {
  const Config config = loaded({});
  EXPECT_EQ(config.memory.value, std::nullopt);
  EXPECT_EQ(config.keep_free.value, std::nullopt);
  EXPECT_EQ(config.swap.value, std::nullopt);
  EXPECT_TRUE(config.gate.value);
  EXPECT_TRUE(config.scope.value);
  EXPECT_TRUE(config.restart.value);
  EXPECT_TRUE(config.history.value);
  EXPECT_FALSE(config.shared.value || config.slurm_comment.value);
  EXPECT_EQ(config.link_jobs.value, std::nullopt);
  EXPECT_EQ(config.test_jobs.value, std::nullopt);
  EXPECT_TRUE(config.rules.empty());
  EXPECT_EQ(config.require_tier.value, std::nullopt);
  EXPECT_EQ(config.accept_tier.value, "full");
  EXPECT_FALSE(config.quiet.value);
  EXPECT_FALSE(config.explain.value);
  EXPECT_EQ(config.json.value, std::nullopt);
  EXPECT_EQ(config.memory.origin, "built-in");
}

TEST(LayersTest, each_layer_wins_over_those_before_it) {
  FakeFiles files;
  std::map<std::string, std::string> variables;
  std::vector<TextSetting> options;
  const auto memory = [&] { return loaded(files, variables, options).memory; };

  files.text[kSystem] = R"({"memory": "1GiB"})";
  EXPECT_EQ(memory().value->bytes, 1_GiB);
  EXPECT_EQ(memory().origin, kSystem);
  files.text[kUser] = R"({"memory": "2GiB"})";
  EXPECT_EQ(memory().value->bytes, 2_GiB);
  EXPECT_EQ(memory().origin, "~/.config/memguard/config.json");
  files.text[kProject] = R"({"memory": "3GiB"})";
  EXPECT_EQ(memory().value->bytes, 3_GiB);
  EXPECT_EQ(memory().origin, "~/project/memguard.json");
  variables["MEMGUARD_MEMORY"] = "4GiB";
  EXPECT_EQ(memory().value->bytes, 4_GiB);
  EXPECT_EQ(memory().origin, "MEMGUARD_MEMORY");
  options.push_back({"memory", "5GiB", "--memory"});
  EXPECT_EQ(memory().value->bytes, 5_GiB);
  EXPECT_EQ(memory().origin, "--memory");
}

TEST(LayersTest, a_layer_changes_only_what_it_names) {
  const FakeFiles files{{{kSystem, R"({"gate": false, "swap": "1GiB"})"}, {kUser, R"({"swap": "none"})"}}, {}, {}};
  const Config config = loaded(files);
  EXPECT_FALSE(config.gate.value);
  EXPECT_EQ(config.gate.origin, kSystem);
  EXPECT_EQ(config.swap.value, Size{});
}

TEST(LayersTest, a_later_layer_can_undo_an_earlier_one) {
  const FakeFiles files{{{kSystem, R"({"memory":"1GiB", "keep-free":"1GiB", "swap":"none", "require-tier":"full",
                                       "json":"/r.json", "record":"/r.rec", "metrics":"/r.prom", "link-jobs": 2, "test-jobs": 2, "history": false, "shared": true, "slurm-comment": true,
                                       "gate":false, "scope":false})"}},
                        {},
                        {}};
  const Config config = loaded(files, {{"MEMGUARD_MEMORY", "auto"},
                                       {"MEMGUARD_KEEP_FREE", "none"},
                                       {"MEMGUARD_SWAP", "auto"},
                                       {"MEMGUARD_REQUIRE_TIER", "any"},
                                       {"MEMGUARD_JSON", "none"},
                                       {"MEMGUARD_RECORD", "none"},
                                       {"MEMGUARD_METRICS", "none"},
                                       {"MEMGUARD_LINK_JOBS", "auto"},
                                       {"MEMGUARD_TEST_JOBS", "auto"},
                                       {"MEMGUARD_HISTORY", "1"},
                                       {"MEMGUARD_SHARED", "0"},
                                       {"MEMGUARD_SLURM_COMMENT", "0"},
                                       {"MEMGUARD_GATE", "1"},
                                       {"MEMGUARD_SCOPE", "yes"}});
  EXPECT_EQ(config.memory.value, std::nullopt);
  EXPECT_EQ(config.keep_free.value, std::nullopt);
  EXPECT_EQ(config.swap.value, std::nullopt);
  EXPECT_EQ(config.require_tier.value, std::nullopt);
  EXPECT_EQ(config.json.value, std::nullopt);
  EXPECT_EQ(config.record.value, std::nullopt);
  EXPECT_EQ(config.metrics.value, std::nullopt);
  EXPECT_EQ(config.link_jobs.value, std::nullopt);
  EXPECT_EQ(config.test_jobs.value, std::nullopt);
  EXPECT_TRUE(config.history.value);
  EXPECT_TRUE(config.gate.value);
  EXPECT_TRUE(config.scope.value);
}

TEST(LayersTest, every_setting_is_read_from_a_file) {
  const FakeFiles files{{{kUser, R"({
    // comments are allowed
    "$schema": "/usr/share/memguard/memguard.schema.json",
    "memory": "95% - 1GiB", "keep-free": "2GiB", "swap": "max", "gate": false, "scope": false, "restart": false,
    "require-tier": "freezer", "stop-timeout": "90s", "quiet": true, "explain": true, "json": "/tmp/run.json", /* here too */
    "record": "/tmp/run.record", "history": false, "link-jobs": 2, "test-jobs": 4
  })"}},
                        {},
                        {}};
  const Config config = loaded(files);
  EXPECT_EQ(config.memory.value, (Size{0.95, {-(1LL << 30)}}));
  EXPECT_EQ(config.keep_free.value, (Size{0, 2_GiB}));
  EXPECT_TRUE(config.swap.value->bytes.is_unlimited());
  EXPECT_FALSE(config.gate.value);
  EXPECT_FALSE(config.scope.value);
  EXPECT_FALSE(config.restart.value);
  EXPECT_EQ(config.require_tier.value, "freezer");
  EXPECT_EQ(config.stop_timeout.value, std::chrono::seconds(90));
  EXPECT_TRUE(config.quiet.value);
  EXPECT_TRUE(config.explain.value);
  EXPECT_EQ(config.json.value, "/tmp/run.json");
  EXPECT_EQ(config.record.value, "/tmp/run.record");
  EXPECT_FALSE(config.history.value);
  EXPECT_EQ(config.link_jobs.value, 2);
  EXPECT_EQ(config.test_jobs.value, 4);
}

TEST(LayersTest, every_plain_setting_has_its_variable) {
  const Config config = loaded({}, {{"MEMGUARD_MEMORY", "3GiB"},
                                    {"MEMGUARD_KEEP_FREE", "5%"},
                                    {"MEMGUARD_SWAP", "none"},
                                    {"MEMGUARD_GATE", "0"},
                                    {"MEMGUARD_SCOPE", "off"},
                                    {"MEMGUARD_RESTART", "no"},
                                    {"MEMGUARD_HISTORY", "no"},
                                    {"MEMGUARD_LINK_JOBS", "3"},
                                    {"MEMGUARD_TEST_JOBS", "5"},
                                    {"MEMGUARD_REQUIRE_TIER", "full"},
                                    {"MEMGUARD_QUIET", "yes"},
                                    {"MEMGUARD_EXPLAIN", "true"},
                                    {"MEMGUARD_JSON", "run.json"},
                                    {"MEMGUARD_RECORD", "run.record"}});
  EXPECT_EQ(config.memory.origin, "MEMGUARD_MEMORY");
  EXPECT_EQ(config.keep_free.value->fraction, 0.05);
  EXPECT_EQ(config.swap.value, Size{});
  EXPECT_FALSE(config.gate.value);
  EXPECT_FALSE(config.scope.value);
  EXPECT_FALSE(config.restart.value);
  EXPECT_EQ(config.require_tier.value, "full");
  EXPECT_TRUE(config.quiet.value);
  EXPECT_TRUE(config.explain.value);
  EXPECT_EQ(config.json.value, "run.json");  // relative to where memguard was started
  EXPECT_EQ(config.record.value, "run.record");
  EXPECT_FALSE(config.history.value);
  EXPECT_EQ(config.link_jobs.value, 3);
  EXPECT_EQ(config.test_jobs.value, 5);
}

/// A value that is not the built-in one.
std::string another(const KeyFacts& facts) {
  switch (facts.kind) {
    case ValueKind::flag:
      return facts.built_in == "true" ? "false" : "true";
    case ValueKind::count:
      return "3";
    case ValueKind::size:
      return "3GiB";
    case ValueKind::time:
      return "90s";
    case ValueKind::word:
      return std::string(facts.words.at(facts.words.at(0) == facts.built_in ? 1 : 0));
    case ValueKind::path:
      return "/tmp/run";
  }
  return {};
}

/// The value of a key and where it is from.
std::pair<std::string, std::string> of_key(const Config& config, std::string_view key) {
  for (const Shown& shown : show_settings(config)) {
    if (shown.key == key) return {shown.value, std::string(shown.origin)};
  }
  return {};
}

TEST(LayersTest, each_key_of_the_table_has_its_variable_and_is_read_from_a_file) {
  for (const KeyFacts& facts : key_facts()) {
    const std::string value = another(facts);
    const auto [by_variable, variable] = of_key(loaded({}, {{facts.variable, value}}), facts.key);
    EXPECT_EQ(variable, facts.variable);
    EXPECT_NE(by_variable, facts.built_in) << facts.key;
    const std::string quote = facts.kind == ValueKind::flag ? "" : "\"";
    const std::string text = fmt::format("{{\"{0}\": {1}{2}{1}}}", facts.key, quote, value);
    const auto [by_file, file] = of_key(loaded({{{kUser, text}}, {}, {}}), facts.key);
    EXPECT_EQ(by_file, by_variable) << facts.key;
    EXPECT_NE(file, kBuiltIn) << facts.key;
  }
}

TEST(LayersTest, unknown_and_empty_variables_are_left_alone) {
  const Config config = loaded({}, {{"MEMGUARD_RUN", "1"},
                                    {"MEMGUARD_SOCKET", "/x"},
                                    {"MEMGUARD_SHIM", "/x"},
                                    {"MEMGUARD_", "x"},
                                    {"MEMROY", "x"},
                                    {"MEMGUARD_MEMORY", ""}});
  EXPECT_EQ(config.memory.origin, "built-in");
}

TEST(LayersTest, xdg_config_home_replaces_dot_config_unless_it_is_relative) {
  const FakeFiles files{
      {{"/xdg/memguard/config.json", R"({"memory": "1GiB"})"}, {kUser, R"({"memory": "2GiB"})"}}, {}, {}};
  EXPECT_EQ(loaded(files, {{"XDG_CONFIG_HOME", "/xdg"}}).memory.origin, "/xdg/memguard/config.json");
  EXPECT_EQ(loaded(files, {{"XDG_CONFIG_HOME", "xdg"}}).memory.origin, "~/.config/memguard/config.json");
  EXPECT_EQ(loaded(files, {{"XDG_CONFIG_HOME", ""}}).memory.origin, "~/.config/memguard/config.json");
}

TEST(LayersTest, without_home_there_is_no_user_file) {
  const auto config = loaded({}, {{"HOME", ""}});
  ASSERT_EQ(config.files.size(), 2U);
  EXPECT_EQ(config.files[0].path, kSystem);
  EXPECT_EQ(config.files[1].path, "/home/ann/project/crate/memguard.json");
}

TEST(LayersTest, the_nearest_project_file_is_the_only_one_read) {
  FakeFiles files{{{"/memguard.json", R"({"swap": "none", "memory": "1GiB"})"}}, {}, {}};
  EXPECT_EQ(loaded(files).memory.origin, "/memguard.json");
  files.text[kProject] = R"({"memory": "2GiB"})";
  EXPECT_EQ(loaded(files).memory.origin, "~/project/memguard.json");
  EXPECT_EQ(loaded(files).swap.origin, "built-in");
  files.text["/home/ann/project/crate/memguard.json"] = "{}";
  EXPECT_EQ(loaded(files).memory.origin, "built-in");
}

TEST(LayersTest, without_a_working_directory_there_is_no_project_file) {
  const FakeFiles files{{{"/memguard.json", "not read"}}, {}, {}};
  auto environment = fake_environment(files);
  environment.working_directory.clear();
  const auto config = load(environment);
  ASSERT_TRUE(config) << config.error().text();
  EXPECT_EQ(config->files.size(), 2U);
}

TEST(LayersTest, a_project_file_of_another_user_is_skipped_and_listed) {
  FakeFiles files{{{kProject, R"({"memory": "1GiB", "rules": [{"class": "cc", "memory": "1GiB"}]})"}}, {}, {kProject}};
  const Config config = loaded(files);
  EXPECT_EQ(config.memory.value, std::nullopt);
  EXPECT_TRUE(config.rules.empty());
  EXPECT_EQ(config.files.back().state, File::State::foreign);
  EXPECT_THAT(to_text(config).text(), HasSubstr("~/project/memguard.json: skipped: it belongs to another user"));
  ASSERT_EQ(config.ignored.size(), 1U);
  EXPECT_EQ(config.ignored.front().text(),
            "~/project/memguard.json: it belongs to another user. What of it is to count here has to stand in "
            "~/.config/memguard/config.json.");
}

TEST(LayersTest, a_relative_path_in_a_file_is_relative_to_that_file) {
  FakeFiles files{{{kUser, R"({"json": "runs/run.json"})"}}, {}, {}};
  EXPECT_EQ(loaded(files).json.value, "/home/ann/.config/memguard/runs/run.json");
  files.text[kUser] = R"({"json": "none"})";
  EXPECT_EQ(loaded(files).json.value, std::nullopt);
}

}  // namespace
}  // namespace memguard::config

// Which layer wins, and that each value remembers where it came from.
#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/layer.h"
#include "config/load.h"
#include "fake_environment.h"
#include "job/programs.h"

namespace memguard::config {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using namespace units;

constexpr const char* kSystem = "/etc/memguard/config.json";
constexpr const char* kUser = "/home/ann/.config/memguard/config.json";
constexpr const char* kProject = "/home/ann/project/memguard.json";

Config loaded(const FakeFiles& files, std::map<std::string, std::string> variables = {},
              const std::vector<TextSetting>& options = {}) {
  auto config = load(fake_environment(files, std::move(variables)), options);
  EXPECT_TRUE(config) << (config ? "" : config.error().text());
  return config ? *config : Config{};
}

std::vector<std::string> programs_of(const JobClass& job_class) {
  std::vector<std::string> names;
  for (const auto& program : job_class.programs) names.push_back(program.value);
  return names;
}

TEST(LayersTest, without_any_layer_all_is_built_in) {
  const Config config = loaded({});
  EXPECT_EQ(config.memory.value, std::nullopt);
  EXPECT_EQ(config.keep_free.value, std::nullopt);
  EXPECT_EQ(config.swap.value, std::nullopt);
  EXPECT_TRUE(config.gate.value);
  EXPECT_TRUE(config.scope.value);
  EXPECT_TRUE(config.restart.value);
  EXPECT_TRUE(config.history.value);
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
                                       "json":"/r.json", "record":"/r.rec", "link-jobs": 2, "test-jobs": 2, "history": false,
                                       "gate":false, "scope":false})"}},
                        {},
                        {}};
  const Config config = loaded(files, {{"MEMGUARD_MEMORY", "auto"},
                                       {"MEMGUARD_KEEP_FREE", "none"},
                                       {"MEMGUARD_SWAP", "auto"},
                                       {"MEMGUARD_REQUIRE_TIER", "any"},
                                       {"MEMGUARD_JSON", "none"},
                                       {"MEMGUARD_RECORD", "none"},
                                       {"MEMGUARD_LINK_JOBS", "auto"},
                                       {"MEMGUARD_TEST_JOBS", "auto"},
                                       {"MEMGUARD_HISTORY", "1"},
                                       {"MEMGUARD_GATE", "1"},
                                       {"MEMGUARD_SCOPE", "yes"}});
  EXPECT_EQ(config.memory.value, std::nullopt);
  EXPECT_EQ(config.keep_free.value, std::nullopt);
  EXPECT_EQ(config.swap.value, std::nullopt);
  EXPECT_EQ(config.require_tier.value, std::nullopt);
  EXPECT_EQ(config.json.value, std::nullopt);
  EXPECT_EQ(config.record.value, std::nullopt);
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

// A cloned repository.
TEST(ProjectFileTest, it_can_neither_write_files_nor_weaken_the_guard_nor_silence_it) {
  for (const std::string key : {"json", "record", "gate", "scope", "restart", "history", "quiet", "explain"}) {
    const bool path = key == "json" || key == "record";
    const FakeFiles files{
        {{kProject, fmt::format(R"({{"{}": {}}})", key, path ? R"("/home/ann/.bashrc")" : "false")}}, {}, {}};
    const auto config = load(fake_environment(files));
    ASSERT_FALSE(config) << key;
    std::string variable = "MEMGUARD_" + key;
    std::ranges::transform(variable, variable.begin(), [](unsigned char c) { return std::toupper(c); });
    EXPECT_EQ(config.error().text(),
              fmt::format("~/project/memguard.json: /{}: a project's files may not set this. Set it in "
                          "~/.config/memguard/config.json, as {} or on the command line.",
                          key, variable));
  }
}

TEST(ProjectFileTest, it_may_set_every_key_that_is_on_the_list_and_no_other) {
  std::vector<std::string_view> allowed;
  for (const auto key : keys()) {
    if (may_be_set_by_project(key, "")) allowed.push_back(key);
  }
  EXPECT_EQ(allowed,
            (std::vector<std::string_view>{"memory", "keep-free", "swap", "link-jobs", "test-jobs", "require-tier"}));
  const FakeFiles files{{{kProject, R"({"memory": "1GiB", "keep-free": "1GiB", "swap": "none", "link-jobs": 1,
      "test-jobs": 1, "require-tier": "signal", "classes": {"gen": ["gen"]}, "rules": [{"class": "gen", "memory": "1GiB"}],
      "$schema": "x"})"}},
                        {},
                        {}};
  const Config config = loaded(files);
  EXPECT_EQ(config.require_tier.origin, "~/project/memguard.json");
  EXPECT_EQ(config.rules.size(), 1U);
}

TEST(ProjectFileTest, what_the_users_own_file_says_to_protect_the_machine_stays) {
  const FakeFiles files{
      {{kSystem, R"({"swap": "none"})"},
       {kUser, R"({"keep-free": "4GiB", "require-tier": "full", "memory": "50%"})"},
       {kProject, R"({"keep-free": "none", "require-tier": "any", "swap": "max", "memory": "1GiB"})"}},
      {},
      {}};
  const Config config = loaded(files);
  EXPECT_EQ(config.keep_free.origin, "~/.config/memguard/config.json");
  EXPECT_EQ(config.require_tier.value, "full");
  EXPECT_EQ(config.swap.value, Size{});
  EXPECT_EQ(config.memory.origin, "~/project/memguard.json");
  ASSERT_EQ(config.ignored.size(), 3U);
  EXPECT_EQ(config.ignored.front().text(),
            "~/project/memguard.json: /keep-free: ~/.config/memguard/config.json says it");
  const FakeFiles wrong{{{kUser, R"({"swap": "none"})"}, {kProject, R"({"swap": "much"})"}}, {}, {}};
  EXPECT_FALSE(load(fake_environment(wrong)));
}

TEST(LayersTest, a_relative_path_in_a_file_is_relative_to_that_file) {
  FakeFiles files{{{kUser, R"({"json": "runs/run.json"})"}}, {}, {}};
  EXPECT_EQ(loaded(files).json.value, "/home/ann/.config/memguard/runs/run.json");
  files.text[kUser] = R"({"json": "none"})";
  EXPECT_EQ(loaded(files).json.value, std::nullopt);
}

TEST(ClassesTest, the_built_in_classes_know_compilers_and_linkers) {
  const Config config = loaded({});
  ASSERT_EQ(config.classes.size(), 5U);
  EXPECT_EQ(config.classes[0].name, "rustc");
  EXPECT_EQ(config.classes[1].name, "link");
  EXPECT_EQ(config.classes[2].name, "cc");
  EXPECT_EQ(config.classes[3].name, "test");
  EXPECT_EQ(config.classes[4].name, "other");
  EXPECT_EQ(class_of(config, "rustdoc"), 0U);
  EXPECT_EQ(class_of(config, "rust-lld"), 1U);
  EXPECT_EQ(class_of(config, "cc1plus"), 2U);
  EXPECT_EQ(class_of(config, "/usr/bin/clang++-14"), 2U);
  EXPECT_EQ(class_of(config, "/usr/bin/aarch64-linux-gnu-ld"), 1U);
  EXPECT_EQ(class_of(config, "/t/debug/deps/app-0123456789abcdef"), 3U);
  EXPECT_EQ(class_of(config, "cargo"), std::nullopt);
  EXPECT_EQ(class_of(config, "/usr/bin/"), std::nullopt);
  EXPECT_EQ(class_of(config, ""), std::nullopt);
}

TEST(ClassesTest, layers_add_programs_and_classes) {
  const FakeFiles files{{{kSystem, R"({"classes": {"link": ["my-ld"]}})"},
                         {kUser, R"({"classes": {"proto": ["protoc"], "link": ["other-ld"]}})"}},
                        {},
                        {}};
  const Config config = loaded(files);
  ASSERT_EQ(config.classes.size(), 6U);
  EXPECT_EQ(config.classes[5].name, "proto");
  EXPECT_EQ(class_of(config, "protoc"), 5U);
  EXPECT_EQ(class_of(config, "my-ld"), 1U);
  EXPECT_EQ(class_of(config, "other-ld"), 1U);
  EXPECT_EQ(class_of(config, "mold"), 1U);
  EXPECT_EQ(config.classes[5].programs[0].origin, "~/.config/memguard/config.json");
}

TEST(ClassesTest, a_program_named_again_moves_to_the_later_class) {
  const FakeFiles files{{{kUser, R"({"classes": {"lto": ["lto1"]}})"}}, {}, {}};
  const Config config = loaded(files);
  EXPECT_THAT(programs_of(config.classes[2]), AllOf(Contains("cc1plus"), Not(Contains("lto1"))));
  EXPECT_EQ(class_of(config, "lto1"), 5U);
}

TEST(ClassesTest, a_name_wins_over_patterns_and_those_over_what_is_built_in) {
  const FakeFiles files{
      {{kUser, R"({"classes": {"gen": ["gen-*"], "big": ["gen-large*", "*-14"], "one": ["gen-large-1"],
                                                "link": ["my-ld"], "other": ["node"]}})"}},
      {},
      {}};
  const Config config = loaded(files);
  const auto name_of = [&](std::string_view path) {
    const auto found = class_of(config, path);
    return found ? config.classes[*found].name : "none";
  };
  EXPECT_EQ(name_of("/w/bin/gen-small"), "gen");
  EXPECT_EQ(name_of("/w/bin/gen-large-2"), "big") << "the pattern with more characters";
  EXPECT_EQ(name_of("gen-large-1"), "one");
  EXPECT_EQ(name_of("/usr/bin/clang-14"), "big");
  EXPECT_EQ(name_of("/usr/bin/clang-15"), "cc");
  EXPECT_EQ(name_of("/usr/bin/my-ld"), "link");
  EXPECT_EQ(name_of("/usr/bin/node"), "other");
  EXPECT_EQ(name_of("/w/gen-x/tool"), "none") << "the last part of the path is what counts";
}

TEST(ClassesTest, a_pattern_named_again_moves_to_the_later_class) {
  const FakeFiles files{
      {{kSystem, R"({"classes": {"a": ["gen-*"]}})"}, {kUser, R"({"classes": {"b": ["gen-*"]}})"}}, {}, {}};
  const Config config = loaded(files);
  EXPECT_EQ(config.classes.at(class_of(config, "gen-x").value()).name, "b");
}

TEST(ClassesTest, the_built_in_ones_have_the_order_of_what_is_known) {
  const auto classes = Config::built_in_classes();
  for (std::size_t i = 0; i < job::kKinds; ++i) EXPECT_EQ(classes.at(i).name, job::to_text(job::Kind(i)));
  EXPECT_EQ(classes.back().name, "other");
  EXPECT_TRUE(classes.back().programs.empty());
}

TEST(ConfigTextTest, each_value_stands_beside_its_origin_in_columns) {
  const FakeFiles files{{{kUser, R"({"memory": "95%", "classes": {"link": ["my-ld"], "proto": ["protoc"]}})"}}, {}, {}};
  EXPECT_EQ(
      to_text(loaded(files, {{"MEMGUARD_SWAP", "none"}}, {{"gate", "false", "--no-gate"}})).text(),
      "memory        95%                                                          ~/.config/memguard/config.json\n"
      "keep-free     none                                                         built-in\n"
      "swap          none                                                         MEMGUARD_SWAP\n"
      "gate          false                                                        --no-gate\n"
      "scope         true                                                         built-in\n"
      "restart       true                                                         built-in\n"
      "history       true                                                         built-in\n"
      "link-jobs     auto                                                         built-in\n"
      "test-jobs     auto                                                         built-in\n"
      "require-tier  any                                                          built-in\n"
      "accept-tier   full                                                         built-in\n"
      "stop-timeout  none                                                         built-in\n"
      "quiet         false                                                        built-in\n"
      "explain       false                                                        built-in\n"
      "json          none                                                         built-in\n"
      "record        none                                                         built-in\n"
      "class rustc   rustc clippy-driver rustdoc                                  built-in\n"
      "class link    ld ld.bfd ld.gold ld.lld ld.mold gold lld rust-lld ld64.lld  built-in\n"
      "              lld-link wasm-ld mold sold ld.wild wild nvlink               built-in\n"
      "              pkg/tool/*/link                                              built-in\n"
      "              my-ld                                                        ~/.config/memguard/config.json\n"
      "class cc      cc1 cc1plus cc1obj cc1objplus cc1gm2 f951 gnat1 d21 go1      built-in\n"
      "              crab1 cobol1 lto1 clang clang++ clang-cl clang-tidy flang    built-in\n"
      "              flang-new swift-frontend cicc cudafe++ ptxas javac ghc       built-in\n"
      "              pkg/tool/*/compile                                           built-in\n"
      "class test    deps/*-HASH examples/*-HASH rust_out                         built-in\n"
      "class proto   protoc                                                       ~/.config/memguard/config.json\n"
      "\n"
      "Files, later wins:\n"
      "  /etc/memguard/config.json: absent\n"
      "  ~/.config/memguard/config.json: read\n"
      "  ~/project/crate/memguard.json: absent\n");
}

TEST(ConfigTextTest, a_path_cannot_drive_the_terminal) {
  const auto config = loaded({}, {}, {{"json", "/tmp/\x1b[2J", "--json"}});
  EXPECT_THAT(to_text(config).text(), HasSubstr("/tmp/\\x1b[2J"));
}

}  // namespace
}  // namespace memguard::config

// What manifests declare, from texts as `cargo metadata` prints them.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.h"
#include "fake_environment.h"

namespace memguard::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
using namespace units;

std::string package(const std::string& name, const std::string& declared) {
  return fmt::format(R"({{"name": "{0}", "version": "0.1.0", "manifest_path": "/home/ann/project/crates/{0}/Cargo.toml",
                          "metadata": {{"other": 1, "memguard": {1}}}}})",
                     name, declared);
}

std::string metadata(const std::string& workspace, const std::string& packages = {}) {
  return fmt::format(R"({{"packages": [{}], "workspace_root": "/home/ann/project", "metadata": {{"memguard": {}}}}})",
                     packages, workspace);
}

Config loaded(const std::string& text, const FakeFiles& files = {}, std::map<std::string, std::string> variables = {},
              const std::vector<TextSetting>& options = {}) {
  auto config = load(fake_environment(files, std::move(variables)), options, text);
  EXPECT_TRUE(config) << (config ? "" : config.error().text());
  return config ? *config : Config{};
}

std::vector<std::string> ignored(const std::string& text) {
  std::vector<std::string> lines;
  for (const auto& error : loaded(text).ignored) lines.push_back(error.text());
  return lines;
}

TEST(CargoLayerTest, the_workspace_sets_plain_settings) {
  const auto config = loaded(metadata(R"({"limit": "95%", "link-jobs": 2, "test-jobs": 3, "swap": "none"})"));
  EXPECT_THAT(config.ignored, IsEmpty());
  EXPECT_EQ(config.memory.value, (Size{0.95, 0_B}));
  EXPECT_EQ(config.memory.origin, "Cargo.toml: workspace.metadata.memguard");
  EXPECT_EQ(config.link_jobs.value, 2);
  EXPECT_EQ(config.test_jobs.value, 3);
  EXPECT_EQ(config.swap.value, Size{});
}

TEST(CargoLayerTest, a_manifest_can_neither_write_files_nor_weaken_the_guard_nor_silence_it) {
  const auto config =
      loaded(metadata(R"({"json": "/home/ann/.bashrc", "record": "x", "metrics": "y", "gate": false, "restart": false,
                                          "scope": false, "history": false, "quiet": true, "explain": true})"));
  EXPECT_EQ(config.json.value, std::nullopt);
  EXPECT_EQ(config.record.value, std::nullopt);
  EXPECT_EQ(config.metrics.value, std::nullopt);
  EXPECT_TRUE(config.gate.value && config.restart.value && config.scope.value && config.history.value);
  EXPECT_FALSE(config.quiet.value || config.explain.value);
  ASSERT_EQ(config.ignored.size(), 9U);
  for (const auto& error : config.ignored)
    EXPECT_THAT(error.text(), HasSubstr("a project's files may not set this. Set it in ~/.config/memguard/config.json, "
                                        "as MEMGUARD_"));
}

TEST(CargoLayerTest, the_manifest_of_another_user_says_nothing) {
  const std::string manifest = "/home/ann/project/crates/app/Cargo.toml";
  const FakeFiles files{{}, {}, {"/home/ann/project/Cargo.toml", manifest}};
  const auto config = loaded(metadata(R"({"memory": "2GiB"})", package("app", R"({"memory": "1GiB"})")), files);
  EXPECT_EQ(config.memory.value, std::nullopt);
  EXPECT_THAT(config.rules, IsEmpty());
  ASSERT_EQ(config.ignored.size(), 2U);
  EXPECT_THAT(config.ignored.front().text(), StartsWith("~/project/Cargo.toml: it belongs to another user"));
}

TEST(CargoLayerTest, it_wins_over_files_and_gives_way_to_variables_and_options) {
  const FakeFiles files{{{"/home/ann/project/memguard.json", R"({"memory": "1GiB", "swap": "none"})"}}, {}, {}};
  const auto text = metadata(R"({"memory": "2GiB"})");
  EXPECT_EQ(loaded(text, files).memory.value->bytes, 2_GiB);
  EXPECT_EQ(loaded(text, files).swap.value, Size{});
  EXPECT_EQ(loaded(text, files, {{"MEMGUARD_MEMORY", "3GiB"}}).memory.value->bytes, 3_GiB);
  EXPECT_EQ(loaded(text, files, {}, {{"memory", "4GiB", "--memory"}}).memory.value->bytes, 4_GiB);
}

TEST(CargoLayerTest, a_package_says_what_its_jobs_need) {
  const auto config = loaded(metadata(
      "{}", package("app",
                    R"({"memory": "2GiB", "link-memory": "7GiB", "link-jobs": 1, "test-jobs": 2, "restart": false})")));
  ASSERT_EQ(config.rules.size(), 2U);
  const Rule& compilation = config.rules[0];
  EXPECT_EQ(compilation.job_class, "rustc");
  EXPECT_EQ(compilation.package, "app");
  EXPECT_EQ(compilation.memory, (Size{0, 2_GiB}));
  EXPECT_EQ(compilation.link_memory, std::nullopt);
  EXPECT_EQ(compilation.origin, "crates/app/Cargo.toml: package.metadata.memguard");
  const Rule& links = config.rules[1];
  EXPECT_EQ(links.job_class, "");
  EXPECT_EQ(links.package, "app");
  EXPECT_EQ(links.memory, std::nullopt);
  EXPECT_EQ(links.link_memory, (Size{0, 7_GiB}));
  EXPECT_EQ(links.link_jobs, 1);
  EXPECT_EQ(links.test_jobs, 2);
  EXPECT_EQ(links.restart, false);
}

TEST(CargoLayerTest, rules_of_the_workspace_come_before_what_packages_say_of_themselves) {
  const FakeFiles files{{{"/etc/memguard/config.json", R"({"rules": [{"crate": "a", "memory": "1GiB"}]})"}}, {}, {}};
  const auto config = loaded(
      metadata(R"({"rules": [{"package": "app", "memory": "1GiB"}]})", package("app", R"({"memory": "2GiB"})")), files);
  std::vector<std::string> origins;
  for (const auto& rule : config.rules) origins.push_back(rule.origin);
  EXPECT_THAT(origins,
              ElementsAre("/etc/memguard/config.json: /rules/0", "Cargo.toml: workspace.metadata.memguard: /rules/0",
                          "crates/app/Cargo.toml: package.metadata.memguard"));
}

TEST(CargoLayerTest, manifests_without_our_table_say_nothing) {
  const auto config =
      loaded(R"({"packages": [{"name": "a", "manifest_path": "/home/ann/project/Cargo.toml", "metadata": null},
                                              {"name": "b", "manifest_path": "/b/Cargo.toml", "metadata": {"docs": {}}},
                                              {"name": "c", "manifest_path": "/c/Cargo.toml", "metadata": "text"}],
                                 "workspace_root": "/home/ann/project", "metadata": null})");
  EXPECT_THAT(config.rules, IsEmpty());
  EXPECT_THAT(config.ignored, IsEmpty());
}

TEST(CargoLayerTest, a_manifest_outside_the_workspaces_folder_is_named_in_full) {
  const auto config = loaded(R"({"packages": [{"name": "b", "manifest_path": "/b/Cargo.toml",
                                               "metadata": {"memguard": {"memory": "1GiB"}}}],
                                 "workspace_root": "/home/ann/project", "metadata": null})");
  ASSERT_EQ(config.rules.size(), 1U);
  EXPECT_EQ(config.rules[0].origin, "/b/Cargo.toml: package.metadata.memguard");
}

TEST(BadCargoLayerTest, a_bad_value_is_left_out_and_named_with_its_manifest) {
  EXPECT_THAT(
      ignored(metadata("{}", package("app", R"({"memory": "lots"})"))),
      ElementsAre(StartsWith("crates/app/Cargo.toml: package.metadata.memguard: /memory: size 'lots': does not")));
  EXPECT_THAT(ignored(metadata(R"({"require-tier": "ful"})")),
              ElementsAre("Cargo.toml: workspace.metadata.memguard: /require-tier: unknown word 'ful'. Did you mean "
                          "'full'?"));
  EXPECT_THAT(ignored(metadata(R"({"memory": 8})")),
              ElementsAre("Cargo.toml: workspace.metadata.memguard: /memory: a number where a string is expected"));
}

TEST(BadCargoLayerTest, an_unknown_key_is_answered_with_the_nearest_known) {
  EXPECT_THAT(ignored(metadata(R"({"limits": "1GiB"})")),
              ElementsAre("Cargo.toml: workspace.metadata.memguard: /limits: unknown key. Did you mean 'limit'?"));
  EXPECT_THAT(ignored(metadata("{}", package("app", R"({"link_memory": "1GiB", "limit": "1GiB"})"))),
              ElementsAre("crates/app/Cargo.toml: package.metadata.memguard: /limit: unknown key. Known are memory, "
                          "link-memory, link-jobs, test-jobs, restart.",
                          "crates/app/Cargo.toml: package.metadata.memguard: /link_memory: unknown key. Did you mean "
                          "'link-memory'?"));
}

TEST(BadCargoLayerTest, what_is_good_beside_it_counts) {
  const auto config = loaded(metadata(R"({"memroy": "1GiB", "swap": "none", "memory": "lots",
                                          "rules": [{"class": "a"}, {"class": "cc", "memory": "1GiB"}, 7]})",
                                      package("app", R"({"memory": "1GiB", "link-memory": "much", "restart": false})") +
                                          "," + package("lib", R"({"memory": "3GiB"})")));
  EXPECT_EQ(config.ignored.size(), 5U);
  EXPECT_EQ(config.memory.value, std::nullopt);
  EXPECT_EQ(config.swap.value, Size{});
  std::vector<std::string> kept;
  for (const auto& rule : config.rules) kept.push_back(rule.job_class + "/" + rule.package);
  EXPECT_THAT(kept, ElementsAre("cc/", "rustc/app", "/app", "rustc/lib"));
  EXPECT_EQ(config.rules[2].link_memory, std::nullopt);
  EXPECT_EQ(config.rules[2].restart, false);
}

TEST(BadCargoLayerTest, the_limit_has_one_name_at_a_time) {
  EXPECT_THAT(ignored(metadata(R"({"limit": "1GiB", "memory": "2GiB"})")),
              ElementsAre(HasSubstr("/limit: the same as")));
}

TEST(BadCargoLayerTest, a_table_that_is_none_is_named) {
  EXPECT_THAT(ignored(metadata("3", package("app", "[1]"))),
              ElementsAre("Cargo.toml: workspace.metadata.memguard: a number where an object is expected",
                          "crates/app/Cargo.toml: package.metadata.memguard: an array where an object is expected"));
}

TEST(BadCargoLayerTest, what_is_no_metadata_is_left_out_as_a_whole) {
  for (const auto* text : {"{", "[]", "{}", "null", R"({"packages": 1})", R"({"packages": [1], "workspace_root": "/"})",
                           R"({"packages": [], "workspace_root": 7})"})
    EXPECT_THAT(ignored(text), ElementsAre(StartsWith("cargo metadata: "))) << text;
}

TEST(BadCargoLayerTest, a_package_without_a_name_is_left_out_and_its_neighbours_count) {
  const std::string nameless = R"({"manifest_path": "/w/a/Cargo.toml", "metadata": {"memguard": {"memory": "2GiB"}}})";
  for (const auto& bad : {nameless, std::string("7"), std::string(R"({"metadata": {"memguard": {}}})")}) {
    const auto config = loaded(metadata(R"({"link-jobs": 2})", bad + "," + package("app", R"({"memory": "1GiB"})")));
    ASSERT_EQ(config.ignored.size(), 1U) << bad;
    EXPECT_THAT(config.ignored[0].text(), StartsWith("cargo metadata: /packages/0")) << bad;
    EXPECT_EQ(config.link_jobs.value, 2);
    ASSERT_EQ(config.rules.size(), 1U) << bad;
    EXPECT_EQ(config.rules[0].package, "app");
    EXPECT_EQ(config.rules[0].memory, (Size{0, 1_GiB}));
  }
}

TEST(BadCargoLayerTest, memguard_config_shows_what_was_left_out) {
  const auto text = to_text(loaded(metadata(R"({"memroy": "1GiB"})"))).text();
  EXPECT_THAT(text, HasSubstr("  ~/project/Cargo.toml: read\n"));
  EXPECT_THAT(text,
              HasSubstr("\nIgnored:\n  Cargo.toml: workspace.metadata.memguard: /memroy: unknown key. Did you mean"));
}

}  // namespace
}  // namespace memguard::config

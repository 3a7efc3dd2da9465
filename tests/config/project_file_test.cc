// What the files of a project may set.
#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/layer.h"
#include "loaded.h"

namespace memguard::config {
namespace {

// A cloned repository.
TEST(ProjectFileTest, it_can_neither_write_files_nor_weaken_the_guard_nor_silence_it) {
  for (const std::string key : {"json", "record", "metrics", "gate", "scope", "restart", "history", "shared",
                                "slurm-comment", "quiet", "explain"}) {
    const bool path = key == "json" || key == "record" || key == "metrics";
    const FakeFiles files{
        {{kProject, fmt::format(R"({{"{}": {}}})", key, path ? R"("/home/ann/.bashrc")" : "false")}}, {}, {}};
    const auto config = load(fake_environment(files));
    ASSERT_FALSE(config) << key;
    std::string variable = "MEMGUARD_" + key;
    std::ranges::transform(variable, variable.begin(),
                           [](unsigned char c) { return c == '-' ? '_' : std::toupper(c); });
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

}  // namespace
}  // namespace memguard::config

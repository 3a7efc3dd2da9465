// What rules say, and in which order they stand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.h"
#include "fake_environment.h"

namespace memguard::config {
namespace {

using testing::HasSubstr;
using namespace units;

constexpr const char* kUser = "/home/ann/.config/memguard/config.json";

TEST(RulesTest, every_key_is_read) {
  const FakeFiles files{{{kUser, R"({"rules": [
    {"class": "link", "package": "app", "crate": "app_*", "output": "app", "program": "mold",
     "memory": "2GiB", "link-memory": "50%", "link-jobs": 1, "test-jobs": 2, "restart": false}]})"}},
                        {},
                        {}};
  const auto config = load(fake_environment(files));
  ASSERT_TRUE(config) << config.error().text();
  ASSERT_EQ(config->rules.size(), 1U);
  const Rule& rule = config->rules[0];
  EXPECT_EQ(rule.job_class, "link");
  EXPECT_EQ(rule.package, "app");
  EXPECT_EQ(rule.crate, "app_*");
  EXPECT_EQ(rule.output, "app");
  EXPECT_EQ(rule.program, "mold");
  EXPECT_EQ(rule.memory, (Size{0, 2_GiB}));
  EXPECT_EQ(rule.link_memory, (Size{0.5, 0_B}));
  EXPECT_EQ(rule.link_jobs, 1);
  EXPECT_EQ(rule.test_jobs, 2);
  EXPECT_EQ(rule.restart, false);
  EXPECT_EQ(rule.origin, "~/.config/memguard/config.json: /rules/0");
}

TEST(RulesTest, what_is_not_given_is_not_said) {
  const FakeFiles files{{{kUser, R"({"rules": [{"class": "cc", "restart": true}]})"}}, {}, {}};
  const Rule rule = load(fake_environment(files)).value().rules.at(0);
  EXPECT_EQ(rule.package, "");
  EXPECT_EQ(rule.memory, std::nullopt);
  EXPECT_EQ(rule.link_memory, std::nullopt);
  EXPECT_EQ(rule.link_jobs, std::nullopt);
  EXPECT_EQ(rule.test_jobs, std::nullopt);
  EXPECT_EQ(rule.restart, true);
}

TEST(RulesTest, those_of_later_layers_come_later) {
  const FakeFiles files{{{kUser, R"({"rules": [{"crate": "b", "memory": "1GiB"}, {"crate": "c", "memory": "1GiB"}]})"},
                         {"/etc/memguard/config.json", R"({"rules": [{"crate": "a", "memory": "1GiB"}]})"},
                         {"/home/ann/project/memguard.json", R"({"rules": [{"crate": "d", "memory": "1GiB"}]})"}},
                        {},
                        {}};
  const auto config = load(fake_environment(files)).value();
  std::string order;
  for (const auto& rule : config.rules) order += rule.crate;
  EXPECT_EQ(order, "abcd");
}

TEST(RulesTest, a_class_that_a_later_layer_makes_is_known) {
  const FakeFiles files{{{kUser, R"({"rules": [{"class": "proto*", "memory": "1GiB"}]})"},
                         {"/home/ann/project/memguard.json", R"({"classes": {"protobuf": ["protoc"]}})"}},
                        {},
                        {}};
  EXPECT_TRUE(load(fake_environment(files)).value().ignored.empty());
}

TEST(RulesTest, one_for_a_class_that_nobody_made_is_told) {
  const FakeFiles files{{{kUser, R"({"rules": [{"crate": "a", "memory": "1GiB"}, {"class": "lnik", "memory": "1GiB"},
                                               {"class": "protobuf", "memory": "1GiB"}]})"}},
                        {},
                        {}};
  const auto ignored = load(fake_environment(files)).value().ignored;
  ASSERT_EQ(ignored.size(), 2U);
  const std::string file = "~/.config/memguard/config.json: ";
  EXPECT_EQ(ignored[0].text(), file + "/rules/1: /class: no class 'lnik'. Did you mean 'link'?");
  EXPECT_EQ(ignored[1].text(), file + "/rules/2: /class: no class 'protobuf'. Known are rustc, link, cc, test, other.");
}

TEST(RulesTest, each_is_shown_with_its_origin) {
  const FakeFiles files{
      {{kUser, R"({"rules": [{"class": "rustc", "package": "app*", "memory": "2GiB", "restart": false},
                                               {"output": "\u001b", "link-memory": "1536MiB", "link-jobs": 2, "test-jobs": 3}]})"}},
      {},
      {}};
  const auto text = to_text(load(fake_environment(files)).value()).text();
  EXPECT_THAT(text, testing::ContainsRegex("\nrule  +class rustc, package app\\*: memory 2GiB, restart false  +"
                                           "~/.config/memguard/config.json: /rules/0\n"));
  EXPECT_THAT(text, HasSubstr("output \\x1b: link-memory 1536MiB, link-jobs 2, test-jobs 3 "));
}

}  // namespace
}  // namespace memguard::config

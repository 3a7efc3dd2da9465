// Which jobs a user's rule speaks of, and what it says of each. Which of several counts: predictor_test.cc.
#include "supervisor/intake/job_rules.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace memguard::supervisor {
namespace {

using namespace units;

constexpr Bytes kLimit = 8_GiB;
constexpr config::Size kGiB{0, 1_GiB};
constexpr config::Size k2GiB{0, 2_GiB};

JobFacts job(std::uint16_t job_class) {
  JobFacts facts{};
  facts.job_class = job_class;
  facts.program.set("rust-lld");
  facts.package.set("the-package");
  facts.crate.set("the_crate");
  facts.output.set("/target/debug/deps/the_crate-0123456789abcdef");
  return facts;
}

class OneRule : public testing::Test {
 protected:
  [[nodiscard]] Declared of(std::uint16_t job_class) const { return declared_of(job(job_class), config_, kLimit); }
  using Name = std::pair<std::string config::Rule::*, std::string>;
  /// Whether a rule that asks for these names speaks of a link.
  static bool speaks_of_link(const std::vector<Name>& names) {
    config::Config config;
    config::Rule& rule = config.rules.emplace_back();
    for (const auto& [member, pattern] : names) rule.*member = pattern;
    rule.memory = kGiB;
    return declared_of(job(config::kLink), config, kLimit).memory.has_value();
  }

  config::Config config_;
  config::Rule& rule_ = config_.rules.emplace_back();
};

TEST_F(OneRule, WithoutNamesSpeaksOfEveryJob) {
  rule_.memory = kGiB;
  rule_.origin = "memguard.json: /rules/0";
  for (const std::uint16_t job_class : {config::kRustc, config::kLink, config::kCc, config::kTest, config::kOther}) {
    EXPECT_EQ(of(job_class).memory, 1_GiB);
    EXPECT_EQ(of(job_class).origin, "memguard.json: /rules/0");
  }
}

TEST_F(OneRule, ThatSaysNothingDeclaresNothing) {
  rule_.origin = "memguard.json: /rules/0";
  EXPECT_EQ(of(config::kLink).memory, std::nullopt);
  EXPECT_EQ(of(config::kLink).origin, "");
  EXPECT_EQ(of(config::kLink).group, std::nullopt);
  EXPECT_TRUE(of(config::kLink).restart);
}

TEST_F(OneRule, IsMatchedByEachName) {
  EXPECT_TRUE(speaks_of_link({{&config::Rule::job_class, "link"}}));
  EXPECT_FALSE(speaks_of_link({{&config::Rule::job_class, "cc"}}));
  EXPECT_TRUE(speaks_of_link({{&config::Rule::package, "the-*"}}));
  EXPECT_FALSE(speaks_of_link({{&config::Rule::package, "the_*"}}));
  EXPECT_TRUE(speaks_of_link({{&config::Rule::crate, "the_crate"}}));
  EXPECT_FALSE(speaks_of_link({{&config::Rule::crate, "the"}}));
  EXPECT_TRUE(speaks_of_link({{&config::Rule::program, "*lld"}}));
  EXPECT_FALSE(speaks_of_link({{&config::Rule::program, "mold"}}));
}

TEST_F(OneRule, IsMatchedByTheOutputsBaseName) {
  EXPECT_TRUE(speaks_of_link({{&config::Rule::output, "the_crate-*"}}));
  EXPECT_FALSE(speaks_of_link({{&config::Rule::output, "/target/*"}}));
}

TEST_F(OneRule, IsMatchedOnlyWhenAllThatIsGivenMatches) {
  EXPECT_TRUE(speaks_of_link({{&config::Rule::package, "the-package"}, {&config::Rule::program, "rust-lld"}}));
  EXPECT_FALSE(speaks_of_link({{&config::Rule::package, "the-package"}, {&config::Rule::program, "mold"}}));
  EXPECT_FALSE(speaks_of_link({{&config::Rule::package, "another"}, {&config::Rule::program, "rust-lld"}}));
}

TEST_F(OneRule, ASizeIsAShareOfTheLimit) {
  rule_.memory = config::Size{0.25, Bytes{} - 1_GiB};
  EXPECT_EQ(of(config::kCc).memory, 1_GiB);
}

TEST_F(OneRule, LinkMemoryIsThatOfTheLinkAndIsKeptForItByItsRustc) {
  rule_.job_class = "rustc";
  rule_.memory = kGiB;
  rule_.link_memory = k2GiB;
  EXPECT_EQ(of(config::kRustc).memory, 1_GiB);
  EXPECT_EQ(of(config::kRustc).link_memory, 2_GiB);
  EXPECT_EQ(of(config::kLink).memory, 2_GiB);
  EXPECT_EQ(of(config::kLink).link_memory, std::nullopt);
  EXPECT_EQ(of(config::kTest).memory, std::nullopt);
}

TEST_F(OneRule, OnlyForTheLinkIsNoOriginOfTheRustcs) {
  rule_.link_memory = k2GiB;
  rule_.origin = "here";
  EXPECT_EQ(of(config::kRustc).origin, "");
  EXPECT_EQ(of(config::kLink).origin, "here");
}

TEST_F(OneRule, AgainstRestartIsOfItsClassAlone) {
  rule_.job_class = "rustc";
  rule_.restart = false;
  EXPECT_FALSE(of(config::kRustc).restart);
  EXPECT_TRUE(of(config::kLink).restart);
}

TEST_F(OneRule, GroupsTheLinksOfItsRustcsButNoTestsOfAnotherClass) {
  rule_.job_class = "rustc";
  rule_.link_jobs = 2;
  rule_.test_jobs = 3;
  EXPECT_EQ(of(config::kLink).group.value().most, 2);
  EXPECT_EQ(of(config::kTest).group, std::nullopt);
  EXPECT_EQ(of(config::kRustc).group, std::nullopt);
}

TEST_F(OneRule, GroupsLinksAndTestsApart) {
  rule_.link_jobs = 2;
  rule_.test_jobs = 2;
  EXPECT_NE(of(config::kLink).group.value().id, of(config::kTest).group.value().id);
}

TEST_F(OneRule, MaySpeakOfAClassOfTheUsers) {
  config_.classes.push_back({"generator", {}});
  rule_.job_class = "generator";
  rule_.memory = kGiB;
  EXPECT_EQ(of(config::kOther + 1).memory, 1_GiB);
  EXPECT_EQ(of(config::kOther).memory, std::nullopt);
}

}  // namespace
}  // namespace memguard::supervisor

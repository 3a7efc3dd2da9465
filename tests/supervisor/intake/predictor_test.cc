// What is declared, remembered and modelled, and which of them counts.
#include "supervisor/intake/predictor.h"

#include <gtest/gtest.h>

#include "supervisor/intake/job_rules.h"

namespace memguard::supervisor {
namespace {

using namespace units;
using policy::PredictedBy;

constexpr std::uint16_t kRustc = 0;
constexpr std::uint16_t kLink = 1;
constexpr std::uint16_t kTest = 3;
constexpr Bytes kLimit = 10_GiB;

JobFacts job(std::uint16_t job_class, const std::string& crate) {
  job::Description description;
  description.package = description.crate = description.unit.name = crate;
  description.output = job_class == kLink ? "/t/deps/" + crate : "bin";
  description.will_link = job_class == kRustc;
  description.unit.kind = "bin";
  JobFacts facts{};
  facts.set(job_class, job_class == kLink ? "ld.lld" : "rustc", description, {10_MiB, {}});
  return facts;
}

job::Unit unit(const JobFacts& facts) { return facts.unit(facts.will_link ? "rustc" : "link"); }

class Predicting : public testing::Test {
 protected:
  [[nodiscard]] std::optional<policy::Prediction> predict(const JobFacts& facts) const {
    return Predictor(config_, remembered_, kLimit).predict(facts);
  }
  [[nodiscard]] Declared declared(const JobFacts& facts) const { return declared_of(facts, config_, kLimit); }
  config::Rule& rule() { return config_.rules.emplace_back(); }

  config::Config config_;
  history::Remembered remembered_;
};

TEST_F(Predicting, ADeclarationCountsBeforeHistory) {
  remembered_.add(unit(job(kRustc, "app")), 300_MiB, {});
  EXPECT_EQ(predict(job(kRustc, "app")), (policy::Prediction{300_MiB, PredictedBy::history}));
  rule().memory = config::Size{0, 2_GiB};
  EXPECT_EQ(predict(job(kRustc, "app")), (policy::Prediction{2_GiB, PredictedBy::user}));
}

TEST_F(Predicting, AProgramNobodyKnowsIsTakenForFourTimesWhatMakesItAJob) {
  JobFacts found{};
  found.set(config::kOther, "as", {}, {});
  // A 64th of the limit, between 16 and 64 MiB.
  EXPECT_EQ(predict(found), (policy::Prediction{256_MiB, PredictedBy::model}));
  EXPECT_EQ(Predictor(config_, remembered_, 400_MiB).predict(found), (policy::Prediction{64_MiB, PredictedBy::model}));
}

TEST_F(Predicting, ACourseIsThatOfTheVeryUnitWhateverIsDeclared) {
  using namespace std::chrono_literals;
  const auto course_of = [&] { return Predictor(config_, remembered_, kLimit).course_of(job(kRustc, "app")); };
  EXPECT_EQ(course_of(), std::nullopt);
  const Course course{.shape = {1, 255}, .cpu = 3s, .wall = 4s};
  remembered_.add(unit(job(kRustc, "app")), 300_MiB, {}, course);
  EXPECT_EQ(course_of(), course);
  rule().memory = config::Size{0, 2_GiB};
  EXPECT_EQ(course_of(), course);
}

TEST_F(Predicting, ANewJobIsModelledAndKinToo) {
  EXPECT_EQ(predict(job(kLink, "app"))->by, PredictedBy::model);
  auto older = unit(job(kLink, "app"));
  older.version = "0.9";
  remembered_.add(older, 700_MiB, {10_MiB, {}});
  EXPECT_EQ(predict(job(kLink, "app")), (policy::Prediction{700_MiB, PredictedBy::model}));
}

TEST_F(Predicting, AJobThatReadsNothingIsNotPredicted) {
  auto nameless = job(kLink, "app");
  nameless.objects = {};
  EXPECT_EQ(predict(nameless), std::nullopt);
}

TEST_F(Predicting, TheLinkToComeIsDeclaredOrRemembered) {
  const auto link_of = [&] { return Predictor(config_, remembered_, kLimit).predict_link_of(job(kRustc, "app")); };
  EXPECT_EQ(link_of(), std::nullopt);
  remembered_.add(job::link_of(unit(job(kRustc, "app"))), 700_MiB, {});
  EXPECT_EQ(link_of()->peak, 700_MiB);
  rule().link_memory = config::Size{0.5, {}};
  EXPECT_EQ(link_of(), (policy::Prediction{5_GiB, PredictedBy::user}));
}

TEST_F(Predicting, OfSeveralRulesTheLastThatSaysSomethingCounts) {
  rule().memory = config::Size{0, 1_GiB};
  auto& second = rule();
  second.crate = "a*";
  second.memory = config::Size{0, 2_GiB};
  auto& third = rule();
  third.crate = "app";
  third.restart = false;
  EXPECT_EQ(declared(job(kRustc, "app")).memory, 2_GiB);
  EXPECT_FALSE(declared(job(kRustc, "app")).restart);
  EXPECT_EQ(declared(job(kRustc, "kit")).memory, 1_GiB);
  EXPECT_TRUE(declared(job(kRustc, "kit")).restart);
}

TEST_F(Predicting, APackagesLinkMemoryIsOfItsLinkNotOfItsRustc) {
  auto& package = rule();
  package.job_class = "rustc";
  package.package = "app";
  package.memory = config::Size{0, 1_GiB};
  package.link_memory = config::Size{0, 7_GiB};
  package.origin = "Cargo.toml";
  EXPECT_EQ(declared(job(kRustc, "app")).memory, 1_GiB);
  EXPECT_EQ(declared(job(kRustc, "app")).link_memory, 7_GiB);
  EXPECT_EQ(declared(job(kLink, "app")).memory, 7_GiB);
  EXPECT_EQ(declared(job(kLink, "app")).origin, "Cargo.toml");
  EXPECT_EQ(declared(job(kLink, "kit")).memory, std::nullopt);
}

TEST_F(Predicting, LinksHaveTheGroupOfTheNearestRule) {
  EXPECT_EQ(declared(job(kLink, "app")).group, std::nullopt);
  config_.link_jobs.value = 3;
  EXPECT_EQ(declared(job(kLink, "app")).group, (policy::Group{policy::GroupId{0}, 3}));
  EXPECT_EQ(declared(job(kRustc, "app")).group, std::nullopt);
  auto& big = rule();
  big.output = "app";
  big.link_jobs = 1;
  EXPECT_EQ(declared(job(kLink, "app")).group, (policy::Group{policy::GroupId{2}, 1}));
  EXPECT_EQ(declared(job(kLink, "kit")).group, (policy::Group{policy::GroupId{0}, 3}));
}

TEST_F(Predicting, TestsHaveAGroupOfTheirOwn) {
  config_.link_jobs.value = 3;
  EXPECT_EQ(declared(job(kTest, "app")).group, std::nullopt);
  config_.test_jobs.value = 2;
  EXPECT_EQ(declared(job(kTest, "app")).group, (policy::Group{policy::GroupId{1}, 2}));
  EXPECT_EQ(declared(job(kLink, "app")).group, (policy::Group{policy::GroupId{0}, 3}));
  auto& big = rule();
  big.crate = "app";
  big.link_jobs = 4;
  big.test_jobs = 1;
  EXPECT_EQ(declared(job(kTest, "app")).group, (policy::Group{policy::GroupId{3}, 1}));
  EXPECT_EQ(declared(job(kTest, "kit")).group, (policy::Group{policy::GroupId{1}, 2}));
  EXPECT_EQ(declared(job(kLink, "app")).group, (policy::Group{policy::GroupId{2}, 4}));
  EXPECT_EQ(declared(job(kRustc, "app")).group, std::nullopt);
  big.job_class = "link";
  EXPECT_EQ(declared(job(kTest, "app")).group, (policy::Group{policy::GroupId{1}, 2}));
}

}  // namespace
}  // namespace memguard::supervisor

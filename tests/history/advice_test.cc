#include "history/advice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace memguard::history {
namespace {

using namespace units;
using testing::ElementsAre;
using testing::IsEmpty;

UnitRuns unit(const std::string& job_class, const std::string& name, Bytes expected,
              const std::string& profile = "opt-level=3") {
  return {{.job_class = job_class,
           .name = name,
           .version = "1.0.0",
           .kind = "bin",
           .profile = profile,
           .target = {},
           .compiler = "1.95.0"},
          expected,
          {}};
}

std::vector<int> jobs_of(const Advice& advice) {
  std::vector<int> jobs;
  for (const Fit& fit : advice.fits) jobs.push_back(fit.jobs);
  return jobs;
}

TEST(Advice, OfNothingIsEmpty) {
  const Advice advice = advise({});
  EXPECT_THAT(advice.largest, IsEmpty());
  EXPECT_THAT(advice.declare, IsEmpty());
  EXPECT_THAT(advice.drivers, IsEmpty());
  EXPECT_EQ(advice.units, 0);
}

TEST(Advice, CountsTheLargestThatFitTogether) {
  // 95 % of 8, 16, 32 and 64 GiB are 7.6, 15.2, 30.4 and 60.8.
  const Advice advice = advise({unit("rustc", "a", 4_GiB), unit("link", "a", 8_GiB), unit("rustc", "b", 7_GiB)});
  EXPECT_THAT(jobs_of(advice), ElementsAre(0, 2, 3, 3));
  EXPECT_FALSE(advice.all_fit(advice.fits[1]));
  EXPECT_TRUE(advice.all_fit(advice.fits[2]));
}

TEST(Advice, TellsOfThisMachineToo) {
  const Advice advice = advise({unit("rustc", "a", 4_GiB), unit("link", "a", 8_GiB)}, 10_GiB);
  EXPECT_EQ(advice.here.memory, 10_GiB);
  EXPECT_EQ(advice.here.jobs, 1);
}

TEST(Advice, TellsWhatMemguardNeedsForSoManyAtOnce) {
  // (1.1 * 300 + 64) / 0.95, and so for 500, in whole MiB.
  const Advice advice = advise({unit("rustc", "a", 200_MiB), unit("link", "a", 300_MiB)});
  EXPECT_THAT(advice.for_jobs, ElementsAre(415_MiB, 647_MiB));
  EXPECT_EQ(advice.memory_with(0), 415_MiB);
  EXPECT_EQ(advice.memory_with(2), 647_MiB);
  EXPECT_EQ(advice.memory_with(64), 647_MiB);
}

TEST(Advice, HasRulesForLinksOfMakeAndNoManifest) {
  UnitRuns made = unit("link", "app", 2_GiB);
  made.unit.version.clear();
  const Advice advice = advise({made, unit("rustc", "serde", 300_MiB)});
  ASSERT_EQ(advice.rules.size(), 1U);
  EXPECT_EQ(advice.rules[0].output, "app");
  EXPECT_EQ(advice.rules[0].memory, "2.2GiB");
  ASSERT_EQ(advice.declare.size(), 1U);
  EXPECT_EQ(advice.declare[0].crate, "serde");
}

TEST(Advice, LeavesATwentiethToTheSystem) {
  EXPECT_THAT(jobs_of(advise({unit("link", "a", 7782_MiB)})), ElementsAre(1, 1, 1, 1));
  EXPECT_THAT(jobs_of(advise({unit("link", "a", 7783_MiB)})), ElementsAre(0, 1, 1, 1));
}

TEST(Advice, NamesTheThreeLargest) {
  std::vector<UnitRuns> units;
  for (int i = 1; i <= 5; ++i) units.push_back(unit("rustc", "c" + std::to_string(i), Bytes{i << 20}));
  const Advice advice = advise(units);
  ASSERT_EQ(advice.largest.size(), 3U);
  EXPECT_EQ(advice.largest[0].unit.name, "c5");
  EXPECT_EQ(advice.largest[2].unit.name, "c3");
  EXPECT_EQ(advice.units, 5);
}

TEST(Advice, CountsVersionsAndProfilesOfAUnitOnce) {
  auto newer = unit("link", "app", 6_GiB, "opt-level=3 lto=fat");
  newer.unit.version = "1.1.0";
  const Advice advice = advise({unit("link", "app", 5_GiB), newer, unit("link", "app", 1_GiB, "debuginfo=2")});
  ASSERT_EQ(advice.units, 1);
  EXPECT_EQ(advice.largest[0].expected, 6_GiB);
  EXPECT_EQ(advice.largest[0].unit.version, "1.1.0");
}

std::string declared(Bytes expected) { return advise({unit("rustc", "a", expected)}).declare.at(0).memory; }

TEST(Advice, DeclaresATenthMoreInTwoDigits) {
  EXPECT_EQ(declared(300_MiB), "330MiB");
  EXPECT_EQ(declared(301_MiB), "340MiB");
  EXPECT_EQ(declared(50_MiB), "55MiB");
  EXPECT_EQ(declared(7_MiB), "8MiB");
  EXPECT_EQ(declared(1_B), "1MiB");
  EXPECT_EQ(declared(905_MiB), "1000MiB");
  EXPECT_EQ(declared(920_MiB), "1.0GiB");
  EXPECT_EQ(declared(2_GiB), "2.2GiB");
  EXPECT_EQ(declared(9_GiB), "9.9GiB");
  EXPECT_EQ(declared(10_GiB), "11GiB");
  EXPECT_EQ(declared(100_GiB), "110GiB");
  EXPECT_EQ(declared(101_GiB), "120GiB");
}

TEST(Advice, DeclaresACrateAndItsLinkTogether) {
  const Advice advice = advise({unit("link", "app", 4_GiB), unit("rustc", "app", 2_GiB), unit("rustc", "lib", 1_GiB),
                                unit("rustc", "small", 1_MiB)});
  ASSERT_EQ(advice.declare.size(), 2U);
  EXPECT_EQ(advice.declare[0].crate, "app");
  EXPECT_EQ(advice.declare[0].memory, "2.2GiB");
  EXPECT_EQ(advice.declare[0].link_memory, "4.4GiB");
  EXPECT_EQ(advice.declare[1].memory, "1.1GiB");
  EXPECT_EQ(advice.declare[1].link_memory, "");
}

TEST(Advice, DeclaresNothingForWhatCargoDoesNotBuild) {
  auto link = unit("link", "build/app", 4_GiB);
  link.unit.version.clear();
  EXPECT_THAT(advise({link, unit("cc", "src/a.cc", 1_GiB)}).declare, IsEmpty());
}

TEST(Advice, NamesTheSettingThatDrivesTheNeed) {
  const Advice advice = advise({unit("rustc", "app", 6_GiB, "opt-level=3 lto=fat codegen-units=1"),
                                unit("rustc", "app", 2_GiB, "opt-level=3 lto=thin codegen-units=1"),
                                unit("rustc", "app", 1_GiB, "opt-level=3 codegen-units=1"),
                                unit("rustc", "app", 900_MiB, "opt-level=3")});
  ASSERT_EQ(advice.drivers.size(), 2U);
  EXPECT_EQ(advice.drivers[0].more_with, "lto=fat");
  EXPECT_EQ(advice.drivers[0].less_with, "no lto");
  EXPECT_EQ(advice.drivers[0].more, 6_GiB);
  EXPECT_EQ(advice.drivers[0].less, 1_GiB);
  EXPECT_EQ(advice.drivers[1].more_with, "codegen-units=1");
  EXPECT_EQ(advice.drivers[1].less_with, "no codegen-units");
}

TEST(Advice, BlamesNoSettingWhereMoreThanOneDiffers) {
  EXPECT_THAT(
      advise({unit("rustc", "app", 6_GiB, "opt-level=3 lto=fat"), unit("rustc", "app", 1_GiB, "opt-level=0")}).drivers,
      IsEmpty());
  auto other = unit("rustc", "app", 1_GiB, "opt-level=3");
  other.unit.kind = "lib";
  EXPECT_THAT(advise({unit("rustc", "app", 6_GiB, "opt-level=3 lto"), other}).drivers, IsEmpty());
}

TEST(Advice, NamesNoSettingThatChangesNextToNothing) {
  EXPECT_THAT(advise({unit("rustc", "app", 109_MiB, "debuginfo=2"), unit("rustc", "app", 100_MiB, "")}).drivers,
              IsEmpty());
  EXPECT_EQ(advise({unit("rustc", "app", 110_MiB, "debuginfo=2"), unit("rustc", "app", 100_MiB, "")}).drivers.size(),
            1U);
}

TEST(Advice, PassesOverStrangeProfiles) {
  EXPECT_THAT(advise({unit("cc", "a", 2_GiB, "  lto=  =lto -O2"), unit("cc", "a", 1_GiB, "ltofoo -O2 ")}).drivers,
              IsEmpty());
}

}  // namespace
}  // namespace memguard::history

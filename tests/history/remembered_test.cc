#include "history/remembered.h"

#include <gtest/gtest.h>

#include "history_folder.h"

namespace memguard::history {
namespace {

using namespace units;
using Basis = Expectation::Basis;

job::Unit link(const std::string& name) {
  job::Unit unit = crate(name);
  unit.job_class = "link";
  unit.kind = "bin";
  return unit;
}

TEST(Remembered, TheSameUnitNeedsWhatItNeeded) {
  Remembered remembered;
  remembered.add(crate("serde"), 300_MiB, {});
  const auto expected = remembered.expect(crate("serde"), "rustc", {});
  EXPECT_EQ(expected->peak, 300_MiB);
  EXPECT_EQ(expected->basis, Basis::same_unit);
}

TEST(Remembered, AnotherVersionIsCloserThanAnotherProfile) {
  Remembered remembered;
  auto debug = crate("serde");
  debug.profile = "debuginfo=2";
  auto older = crate("serde");
  older.version = "1.1.0";
  remembered.add(older, 300_MiB, {});
  remembered.add(debug, 500_MiB, {});
  EXPECT_EQ(remembered.expect(crate("serde"), "rustc", {})->peak, 300_MiB);
  EXPECT_EQ(remembered.expect(crate("serde"), "rustc", {})->basis, Basis::kin_unit);
  auto third = crate("serde");
  third.profile = "opt-level=1";
  EXPECT_EQ(remembered.expect(third, "rustc", {})->peak, 500_MiB) << "the one seen last";
}

TEST(Remembered, OnlyTheSameUnitGoesAsItWent) {
  const Course course{kRising, std::chrono::seconds(3), std::chrono::seconds(2)};
  auto newer = crate("serde");
  newer.version = "1.3.0";
  Remembered remembered;
  remembered.add(crate("serde"), 300_MiB, {10_MiB, {}}, course);
  EXPECT_EQ(remembered.expect(crate("serde"), "rustc", {10_MiB, {}})->course, course);
  EXPECT_EQ(remembered.expect_known(crate("serde"))->course, course);
  for (const auto& expected : {remembered.expect(newer, "rustc", {}), remembered.expect_known(newer)}) {
    ASSERT_EQ(expected->basis, Basis::kin_unit);
    EXPECT_EQ(expected->course, std::nullopt);
  }
  const auto modelled = remembered.expect(crate("new"), "rustc", {10_MiB, {}});
  ASSERT_EQ(modelled->basis, Basis::model);
  EXPECT_EQ(modelled->course, std::nullopt);
}

TEST(Remembered, AnUnknownUnitIsModelled) {
  Remembered remembered;
  remembered.set_model("rustc codegen", {100_MiB, 2, 0});
  const auto expected = remembered.expect(crate("new"), "rustc", {10_MiB, {}});
  EXPECT_EQ(expected->peak, 120_MiB);
  EXPECT_EQ(expected->basis, Basis::model);
  EXPECT_FALSE(remembered.expect_known(crate("new")));
  EXPECT_FALSE(remembered.expect(crate("new"), "rustc", {})) << "nobody knows what it reads";
}

TEST(Remembered, ALinkFollowsWhatItReads) {
  Remembered remembered;
  remembered.add(link("app"), 400_MiB, {100_MiB, {}});
  EXPECT_EQ(remembered.expect(link("app"), "ld", {150_MiB, {}})->peak, 600_MiB);
  EXPECT_EQ(remembered.expect(link("app"), "ld", {1000_MiB, {}})->peak, 800_MiB);
  EXPECT_EQ(remembered.expect(link("app"), "ld", {1_MiB, {}})->peak, 200_MiB);
  EXPECT_EQ(remembered.expect(link("app"), "ld", {})->peak, 400_MiB) << "nobody knows what it reads";
  EXPECT_EQ(remembered.expect_known(link("app"))->peak, 400_MiB);
}

}  // namespace
}  // namespace memguard::history

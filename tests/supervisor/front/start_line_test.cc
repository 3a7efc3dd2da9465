#include "supervisor/front/start_line.h"

#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace memguard::supervisor {
namespace {

using cgroup::Tier;
using testing::AllOf;
using testing::HasSubstr;

constexpr std::string_view kBefore = "memguard: ";

TEST(StartLine, HasAtMost80ColumnsWhateverIsMissing) {
  for (const Tier tier : {Tier::signal, Tier::freezer, Tier::full}) {
    for (const bool no_gate : {false, true}) {
      const auto line = degraded_line({tier, Tier::full, no_gate});
      EXPECT_LE(kBefore.size() + line.size(), 80U) << line;
      EXPECT_EQ(line.empty(), tier == Tier::full && !no_gate);
    }
  }
  EXPECT_THAT(
      degraded_line({Tier::freezer, Tier::full, true}),
      AllOf(HasSubstr("tier freezer, no gate"), HasSubstr("kept by scheduling alone"), HasSubstr("memguard doctor")));
}

TEST(StartLine, ATierThatIsAcceptedIsNotTold) {
  EXPECT_EQ(degraded_line({Tier::freezer, Tier::freezer, false}), "");
  EXPECT_EQ(degraded_line({Tier::freezer, Tier::signal, false}), "");
  EXPECT_NE(degraded_line({Tier::signal, Tier::freezer, false}), "");
  EXPECT_THAT(degraded_line({Tier::signal, Tier::signal, true}), HasSubstr("no exec gate"));
}

TEST(StartLine, AReasonIsToldOnce) {
  std::string folder = testing::TempDir() + "told.XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  EXPECT_TRUE(first_time("no memory controller", folder + "/memguard"));
  EXPECT_FALSE(first_time("no memory controller", folder + "/memguard"));
  EXPECT_TRUE(first_time("no gate", folder + "/memguard"));
  EXPECT_TRUE(first_time("no gate", std::nullopt));
  EXPECT_TRUE(first_time("no gate", "/proc/nothing/can/be/written"));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace memguard::supervisor

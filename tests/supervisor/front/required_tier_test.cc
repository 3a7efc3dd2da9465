#include "supervisor/front/required_tier.h"

#include <gtest/gtest.h>

#include <string>

namespace memguard::supervisor {
namespace {

using cgroup::Tier;

class RequiredTier : public testing::Test {
 protected:
  // Why a home of this tier is refused; empty when it is enough.
  std::string refusal(Tier given) {
    home_.tier = given;
    const auto enough = check_required_tier(config_, home_);
    return enough ? std::string() : enough.error().text();
  }

  config::Config config_;
  cgroup::Home home_;
};

TEST_F(RequiredTier, IsNoneUnlessSomebodySaysSo) {
  for (const Tier given : {Tier::signal, Tier::freezer, Tier::full}) EXPECT_EQ(refusal(given), "");
}

TEST_F(RequiredTier, IsTheLeastThatIsTaken) {
  config_.require_tier.value = "freezer";
  EXPECT_NE(refusal(Tier::signal), "");
  EXPECT_EQ(refusal(Tier::freezer), "");
  EXPECT_EQ(refusal(Tier::full), "");
}

TEST_F(RequiredTier, IsTheBestWhereItsWordIsUnknown) {
  config_.require_tier.value = "everything";
  EXPECT_NE(refusal(Tier::freezer), "");
  EXPECT_EQ(refusal(Tier::full), "");
}

TEST_F(RequiredTier, ThatIsNotThereIsToldWithTheFirstRemedy) {
  config_.require_tier.value = "full";
  EXPECT_EQ(refusal(Tier::signal), "tier full is required, this machine gives signal");
  home_.missing = {{"no write access to /a", "Delegate it."}, {"no scope", "Start systemd."}};
  EXPECT_EQ(refusal(Tier::freezer),
            "tier full is required, this machine gives freezer: no write access to /a. Delegate it.");
}

}  // namespace
}  // namespace memguard::supervisor

#include "supervisor/front/nested.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

namespace memguard::supervisor {
namespace {

class InsideGuardedRun : public testing::Test {
 protected:
  void TearDown() override { ::unsetenv("MEMGUARD_RUN"); }
  static void say(const std::string& id) { ::setenv("MEMGUARD_RUN", id.c_str(), 1); }
};

TEST_F(InsideGuardedRun, WhenTheNamedFrontIsAnAncestor) {
  say(std::to_string(::getppid()) + ":0123abcd");
  EXPECT_TRUE(inside_guarded_run());
}

TEST_F(InsideGuardedRun, NotWhenNothingSaysSo) {
  ::unsetenv("MEMGUARD_RUN");
  EXPECT_FALSE(inside_guarded_run());
}

TEST_F(InsideGuardedRun, NotWhenTheVariableLeakedFromElsewhere) {
  say(std::to_string(1 << 23) + ":0123abcd");
  EXPECT_FALSE(inside_guarded_run());
  say(std::to_string(::getpid()) + ":0123abcd");
  EXPECT_FALSE(inside_guarded_run());
}

TEST_F(InsideGuardedRun, NotWhenTheVariableIsRubbish) {
  for (const char* rubbish : {"", ":", "x:1", "-5:1", "99999999999999999999:1", "1:0"}) {
    say(rubbish);
    EXPECT_FALSE(inside_guarded_run()) << rubbish;
  }
}

TEST(Become, SaysNotFoundAndNotExecutable) {
  EXPECT_EQ(become({"/nonexistent/program"}), 127);
  EXPECT_EQ(become({"/etc/passwd"}), 126);
}

}  // namespace
}  // namespace memguard::supervisor

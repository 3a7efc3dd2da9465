#include "supervisor/front/cache_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace memguard::supervisor {
namespace {

using testing::HasSubstr;

TEST(CacheServerTest, one_that_nobody_guards_is_told_of_with_what_to_do) {
  const std::string remark = remark_on({.pid = 41});
  EXPECT_THAT(remark, HasSubstr("(pid 41)"));
  EXPECT_THAT(remark, HasSubstr("neither limited nor guarded"));
  EXPECT_THAT(remark, HasSubstr("sccache --stop-server"));
}

TEST(CacheServerTest, one_of_another_build_is_guarded_but_ends_with_it) {
  const std::string remark = remark_on({.pid = 41, .guard = 40});
  EXPECT_THAT(remark, HasSubstr("(memguard 40), and ends with that build"));
  EXPECT_THAT(remark, HasSubstr("--shared"));
}

TEST(CacheServerTest, one_with_a_run_of_its_own_is_as_it_should_be) {
  EXPECT_EQ(remark_on({.pid = 41, .guard = 40, .has_own_run = true}), "");
}

}  // namespace
}  // namespace memguard::supervisor

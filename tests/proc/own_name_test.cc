#include "proc/own_name.h"

#include <gtest/gtest.h>

#include "base/whole_file.h"
#include "waiting_child.h"

namespace memguard::proc {
namespace {

std::string of(pid_t pid, const std::string& file) {
  return read_whole("/proc/" + std::to_string(pid) + "/" + file).value_or("");
}

TEST(OwnName, IsWhatPsAndPgrepShow) {
  const WaitingChild child([] { take_name("mg-witness"); });
  EXPECT_EQ(of(child.pid(), "comm"), "mg-witness\n");
  EXPECT_STREQ(of(child.pid(), "cmdline").c_str(), "mg-witness");
  EXPECT_EQ(of(child.pid(), "cmdline").find_first_not_of('\0', 10), std::string::npos);
}

TEST(OwnName, IsCutWhereTheArgumentsWereShorter) {
  const std::string longer(1 << 16, 'x');
  const WaitingChild child([&] { take_name(longer.c_str()); });
  const std::string shown = of(child.pid(), "cmdline");
  EXPECT_EQ(shown.back(), '\0');
  EXPECT_EQ(shown.size(), of(getpid(), "cmdline").size());
}

TEST(OwnName, LeavesTheEnvironmentAsItWas) {
  const WaitingChild child([] { take_name("mg-witness"); });
  EXPECT_EQ(of(child.pid(), "environ"), of(getpid(), "environ"));
}

}  // namespace
}  // namespace memguard::proc

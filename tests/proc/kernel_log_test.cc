#include "proc/kernel_log.h"

#include <gtest/gtest.h>

namespace memguard::proc {
namespace {

using namespace units;

constexpr std::string_view kRecords =
    "4,512,5140000,-;codegen invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
    "6,513,5140800,-;oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,"
    "oom_memcg=/memguard-77/build,task_memcg=/memguard-77/build/main,task=code,pid=1,gen,pid=91,uid=0\n"
    "3,514,5140900,-;Memory cgroup out of memory: Killed process 91 (code,pid=1,gen) total-vm:412345kB, "
    "anon-rss:184320kB, file-rss:1234kB, shmem-rss:2048kB, UID:0 pgtables:400kB oom_score_adj:0\n";

TEST(KernelLogTest, names_who_was_killed_where_and_what_it_had) {
  const auto kills = parse_kills(kRecords);
  ASSERT_EQ(kills.size(), 1U);
  EXPECT_EQ(kills[0].pid, 91);
  EXPECT_EQ(kills[0].program, "code,pid=1,gen");
  EXPECT_EQ(kills[0].group, "/memguard-77/build/main");
  EXPECT_EQ(kills[0].memory, 182_MiB);
  EXPECT_EQ(kills[0].at, std::chrono::microseconds(5140900));
}

TEST(KernelLogTest, a_half_of_a_pair_names_nobody) {
  const auto second = kRecords.find("\n6,513") + 1;
  const auto third = kRecords.find("\n3,514") + 1;
  EXPECT_TRUE(parse_kills(kRecords.substr(0, third)).empty());
  EXPECT_TRUE(parse_kills(kRecords.substr(third)).empty());
  // Another process of the same group, killed with the first.
  std::string other(kRecords.substr(second));
  other.replace(other.find("process 91"), 10, "process 92");
  EXPECT_TRUE(parse_kills(other).empty());
}

TEST(KernelLogTest, what_a_process_calls_itself_changes_nothing) {
  std::string text(kRecords);
  text.replace(text.find("(code,pid=1,gen)"), 16, "(a) total-vm:1kB)");
  const auto kills = parse_kills(text);
  ASSERT_EQ(kills.size(), 1U);
  EXPECT_EQ(kills[0].program, "a) total-vm:1kB");
  EXPECT_EQ(kills[0].memory, 182_MiB);
}

TEST(KernelLogTest, numbers_that_no_machine_has_are_left_out) {
  const auto with = [](std::string_view good, std::string_view bad) {
    std::string text(kRecords);
    for (auto at = text.find(good); at != std::string::npos; at = text.find(good, at + bad.size()))
      text.replace(at, good.size(), bad);
    return parse_kills(text);
  };
  EXPECT_EQ(with("5140900", "51444444444444446").at(0).at, Duration{});
  EXPECT_EQ(with("184320", "9223372036854775807").at(0).memory, 2_MiB);
  EXPECT_EQ(with("184320", "-1").at(0).memory, 2_MiB);
  EXPECT_TRUE(with("91", "0").empty());
  EXPECT_TRUE(with("91", "99999999999").empty());
}

TEST(KernelLogTest, anything_else_is_passed_over) {
  for (const auto* text : {"", ";", "\n\n", "6,1,2,-;oom-kill:", "6,1,2,-;oom-kill:,task_memcg=a,task=b,pid=",
                           "6;oom-kill:,task_memcg=a,task=b,pid=,\n6;Killed process  (", "6,1,2,-;Killed process 7 ("})
    EXPECT_TRUE(parse_kills(text).empty()) << text;
}

}  // namespace
}  // namespace memguard::proc

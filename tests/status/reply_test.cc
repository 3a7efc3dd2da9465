#include "status/reply.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace memguard::status {
namespace {

using namespace std::chrono_literals;
using namespace units;
using ::testing::HasSubstr;

RunStatus full() {
  RunStatus run{.pid = 4711, .command = "make -j8", .folder = "/home/me/app", .tier = "freezer", .age = 75s};
  run.paused = true;
  run.limit = 700_MiB;
  run.limit_now = 650_MiB;
  run.used = 660_MiB;
  run.swap = {10_MiB, 1_GiB};
  run.pressure = {0.25, 0.125};
  run.tokens = {3, -2};
  run.jobs_left_out = 5;
  JobStatus job{.id = 7, .name = "link app-b", .job_class = "link", .pid = 99, .state = JobState::frozen};
  job.memory = 5_MiB;
  job.expected = 50_MiB;
  job.in_state = 1500ms;
  job.age = 14s;
  job.why = "no room";
  job.waits_for = 3;
  job.restartable = true;
  job.by_user = true;
  job.restarts = 2;
  run.jobs = {job, JobStatus{.id = 8}};
  return run;
}

RunStatus read_back(const RunStatus& run) {
  const auto reply = parse_reply(to_line(run));
  EXPECT_TRUE(reply) << (reply ? "" : reply.error().text());
  return reply ? std::get<RunStatus>(*reply) : RunStatus{};
}

TEST(Reply, OfARunIsReadAsItWasWritten) {
  const RunStatus run = full();
  const RunStatus again = read_back(run);
  EXPECT_EQ(to_line(again), to_line(run));
  EXPECT_EQ(again.headroom(), Bytes{} - 10_MiB);
  ASSERT_EQ(again.jobs.size(), 2U);
  EXPECT_EQ(again.jobs[0].name, "link app-b");
  EXPECT_EQ(again.jobs[0].in_state, 1500ms);
  EXPECT_EQ(again.jobs[0].waits_for, 3U);
  EXPECT_TRUE(again.jobs[0].by_user);
  EXPECT_EQ(again.jobs[1].expected, std::nullopt);
}

TEST(Reply, WhatIsNotKnownIsNull) {
  RunStatus run;
  run.limit = run.limit_now = Bytes::unlimited();
  const RunStatus again = read_back(run);
  EXPECT_TRUE(again.limit.is_unlimited());
  EXPECT_FALSE(again.pressure);
  EXPECT_FALSE(again.swap);
  EXPECT_FALSE(again.tokens);
}

TEST(Reply, IsOneLineWhateverAreTheNames) {
  RunStatus run = full();
  run.command = "a\nb\r\x1b[2J\xff\xfe";
  run.jobs[0].name = fmt::format("{:x<10000}\n\"}}\xe2\x80\xae", "");
  const std::string line = to_line(run);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
  EXPECT_EQ(line.find('\xff'), std::string::npos);
  EXPECT_THAT(read_back(run).jobs[0].name, HasSubstr("xxxx"));
}

TEST(Reply, OfACommandIsReadAsItWasWritten) {
  const auto reply = parse_reply(to_line(Done{"frozen"}));
  ASSERT_TRUE(reply);
  EXPECT_EQ(std::get<Done>(*reply).what, "frozen");
}

TEST(Reply, ARefusalIsAnErrorInTheWordsOfWhoRefused) {
  const auto reply = parse_reply(refusal_line("the oldest always runs"));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().text(), "the oldest always runs");
}

TEST(Reply, WhatALaterMemguardAddsIsPassedOver) {
  std::string line = to_line(full());
  line.insert(line.find("\"pid\""), "\"weather\":\"fine\",");
  EXPECT_TRUE(parse_reply(line));
}

TEST(Reply, WhatIsNoneIsRefused) {
  const std::string line = to_line(full());
  for (std::size_t cut = 0; cut + 2 < line.size(); cut += 7) EXPECT_FALSE(parse_reply(line.substr(0, cut))) << cut;
  EXPECT_FALSE(parse_reply(R"({"version":9,"ok":true})"));
  EXPECT_FALSE(parse_reply(R"({"version":1,"ok":true})"));
}

}  // namespace
}  // namespace memguard::status

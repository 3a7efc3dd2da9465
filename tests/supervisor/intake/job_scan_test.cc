#include "supervisor/intake/job_scan.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "waiting_child.h"

namespace memguard::supervisor {
namespace {

// This test program is a job to a user who says so.
config::Config with_class(const std::string& name, const std::string& program) {
  config::Config config;
  config.classes.push_back({name, {{program, "test"}}});
  return config;
}

TEST(JobScan, FindsAProcessByTheNameOfItsProgram) {
  const WaitingChild child;  // a fork: same program, same arguments
  const auto facts = facts_of_process(with_class("test", "intake_test"), *proc::read_stat(child.pid()));
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->program.view(), "intake_test");
  EXPECT_EQ(facts->process, child.identity());
  EXPECT_EQ(facts->job_class, 5);  // after the built-in ones
}

TEST(JobScan, AProcessOfNoClassIsNoJob) {
  const WaitingChild child;
  EXPECT_FALSE(facts_of_process({}, *proc::read_stat(child.pid())));
}

TEST(JobScan, FindsAProcessByAPattern) {
  const WaitingChild child;
  EXPECT_TRUE(facts_of_process(with_class("test", "intake_*"), *proc::read_stat(child.pid())));
  EXPECT_FALSE(facts_of_process(with_class("test", "*-intake_*"), *proc::read_stat(child.pid())));
}

TEST(JobScan, AScriptIsKnownByItsOwnName) {
  const std::string script = testing::TempDir() + "scan_test_script_of_a_long_name";
  std::ofstream(script) << "#!/bin/sh -e\nkill -STOP $$\n";
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::execl(script.c_str(), "anything", "-o", "out", nullptr);
    ::_exit(127);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, WUNTRACED), pid);
  ASSERT_TRUE(WIFSTOPPED(status));
  const auto config = with_class("test", "scan_test_script_of_a_long_name");
  const auto facts = facts_of_process(config, *proc::read_stat(pid));
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  std::filesystem::remove(script);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->program.view(), "scan_test_script_of_a_long_name");
}

TEST(JobScan, FindsOnlyWhatIsNotKnownYet) {
  const WaitingChild child;
  const auto config = with_class("test", "intake_test");
  JobScan scan(config, ::getpid());
  LiveJobs jobs(*SharedArea::create().value());
  const auto found = scan.new_jobs(jobs);
  ASSERT_EQ(found.size(), 1U);
  jobs.add(found[0], jobs.new_family(), Instant{});
  EXPECT_TRUE(scan.new_jobs(jobs).empty());
}

TEST(JobScan, HandsThemOverInOrderOfAge) {
  const WaitingChild first;
  const WaitingChild second;
  const WaitingChild third;
  const auto config = with_class("test", "intake_test");
  const auto found = JobScan(config, ::getpid()).new_jobs(LiveJobs(*SharedArea::create().value()));
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].process, first.identity());
  EXPECT_EQ(found[1].process, second.identity());
  EXPECT_EQ(found[2].process, third.identity());
}

}  // namespace
}  // namespace memguard::supervisor

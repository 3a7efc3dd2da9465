#include "supervisor/live/end_watch.h"
#include "base/pinned.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "supervisor/self/open_files.h"
#include "waiting_child.h"

namespace memguard::supervisor {
namespace {

using namespace std::chrono_literals;

// Of this process, while the test runs.
class OpenFiles : Pinned {
 public:
  explicit OpenFiles(rlim_t most) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit low{most, before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &low);
  }
  ~OpenFiles() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

class EndWatch : public testing::Test {
 protected:
  LiveJob& add() {
    ExecFacts facts{};
    facts.process = child_.identity();
    LiveJob& job = *jobs_.add(facts, jobs_.new_family(), Instant{});
    watch_end(job, loop_, [this](policy::JobId) { loop_.stop(); });
    return job;
  }

  EventLoop loop_ = EventLoop::create().value();
  LiveJobs jobs_{*SharedArea::create().value()};
  WaitingChild child_;
};

TEST_F(EndWatch, TellsOfTheEnd) {
  add();
  child_.end();
  EXPECT_TRUE(loop_.run());
  EXPECT_TRUE(unwatched_ends(jobs_).empty());
  EXPECT_EQ(dead_jobs(jobs_).size(), 1U);
}

TEST_F(EndWatch, WhereDescriptorsAreFewTheEndIsSeen) {
  const OpenFiles few(16);
  const LiveJob& job = add();
  EXPECT_FALSE(job.pidfd);
  EXPECT_TRUE(unwatched_ends(jobs_).empty());
  child_.end();
  EXPECT_EQ(unwatched_ends(jobs_), std::vector<policy::JobId>{job.id});
}

TEST(OpenFilesOf, WhatCanBeDoneWithoutLeavesTheLastDescriptorsFree) {
  const OpenFiles few(64);
  const auto kept = [](int number, FileUse use) {
    UniqueFd descriptor(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, number));
    EXPECT_EQ(descriptor.get(), number);
    return may_keep(descriptor, use);
  };
  EXPECT_TRUE(kept(31, FileUse::reading));
  EXPECT_FALSE(kept(32, FileUse::reading));
  EXPECT_TRUE(kept(47, FileUse::end));
  EXPECT_FALSE(kept(48, FileUse::end));
  EXPECT_FALSE(kept(60, FileUse::shim));
  EXPECT_FALSE(may_keep(UniqueFd(), FileUse::end));
  EXPECT_EQ(most_open_leaves(), 2U);
}

}  // namespace
}  // namespace memguard::supervisor

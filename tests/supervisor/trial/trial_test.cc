// What the process that tries tells the one that waits. The trial itself is tried by integration/host/test_told.py.
#include "supervisor/trial/trial_report.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

#include "base/unique_fd.h"

namespace memguard::supervisor {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class TrialTest : public testing::Test {
 protected:
  TrialTest() : TrialTest(make_pipe()) {}
  explicit TrialTest(const std::array<int, 2>& ends) : reads_(ends[0]), writes_(ends[1]), report_(ends[1]) {}
  static std::array<int, 2> make_pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
    return ends;
  }
  std::string lines() {
    std::array<char, 4096> some{};
    const ssize_t got = ::read(reads_.get(), some.data(), some.size());
    return {some.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
  }
  Trial told() { return read_trial(lines(), false); }

  UniqueFd reads_;
  UniqueFd writes_;
  TrialReport report_;
};

TEST_F(TrialTest, WhatWorkedHasNoFailures) {
  cgroup::Home home;
  home.tier = cgroup::Tier::freezer;
  home.missing = {{"no controller", "Boot again."}};
  report_.home(home);
  report_.gate(true, false);
  report_.at(TrialPart::gate);
  report_.at(TrialPart::stop);
  report_.done();
  const Trial trial = told();
  EXPECT_EQ(trial.tier, cgroup::Tier::freezer);
  ASSERT_THAT(trial.missing, SizeIs(1));
  EXPECT_EQ(trial.missing[0].remedy, "Boot again.");
  EXPECT_TRUE(trial.wait_killable);
  EXPECT_FALSE(trial.no_new_privs);
  EXPECT_THAT(trial.gate_failed, IsEmpty());
  EXPECT_THAT(trial.stop_failed, IsEmpty());
}

TEST_F(TrialTest, WhatFailedIsInItsPartWithItsRemedy) {
  report_.gate_refused({"install the exec gate", EPERM, {}});
  report_.failed(TrialPart::gate, {"cannot be read", "sysctl."});
  report_.failed(TrialPart::stop, {"ran on", "-j."});
  report_.scarce({"few descriptors", "ulimit."});
  report_.done();
  const Trial trial = told();
  ASSERT_TRUE(trial.gate_refused);
  EXPECT_EQ(trial.gate_refused->text(), "install the exec gate: Operation not permitted");
  ASSERT_THAT(trial.gate_failed, SizeIs(1));
  EXPECT_EQ(trial.gate_failed[0].what, "cannot be read");
  ASSERT_THAT(trial.stop_failed, SizeIs(1));
  EXPECT_EQ(trial.stop_failed[0].remedy, "-j.");
  ASSERT_THAT(trial.scarce, SizeIs(1));
}

TEST_F(TrialTest, OneThatDiesOrHangsHasFailedAtWhatItWasAt) {
  report_.at(TrialPart::start);
  report_.at(TrialPart::gate);
  const std::string said = lines();
  EXPECT_EQ(read_trial(said, true).gate_failed.at(0).what, "the trial hung while it was at its gate");
  EXPECT_EQ(read_trial(said, false).gate_failed.at(0).what, "the trial ended while it was at its gate");
  // Before the gate nothing is known of it, so it is not said to work.
  for (const std::string_view text : {"", "at\tstart\t\n", "at\tst"}) {
    EXPECT_THAT(read_trial(text, false).gate_failed, SizeIs(1)) << text;
    EXPECT_THAT(read_trial(text, false).stop_failed, SizeIs(1)) << text;
  }
  EXPECT_THAT(read_trial("at\tgate\t\n", false).stop_failed, SizeIs(1));
}

TEST_F(TrialTest, NamesCannotBreakTheLines) {
  report_.failed(TrialPart::stop, {"a\nb\tc\x1b[2J", "d"});
  report_.done();
  ASSERT_THAT(told().stop_failed, SizeIs(1));
}

TEST_F(TrialTest, LinesThatAreNoneArePassedOver) {
  const Trial trial = read_trial("\n\t\nnonsense\ntier\tnone\t\nrefused\tx\ty\ndone\t\t\n", false);
  EXPECT_FALSE(trial.tier);
  EXPECT_EQ(trial.gate_refused->code, 0);
  EXPECT_THAT(trial.gate_failed, IsEmpty());
}

}  // namespace
}  // namespace memguard::supervisor

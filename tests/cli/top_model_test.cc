// What `memguard top` shows and what its keys do, without a terminal.
#include "cli/top_model.h"

#include <gmock/gmock.h>

#include <clocale>

#include "cli/columns.h"

namespace memguard::cli {
namespace {

using namespace std::chrono_literals;
using namespace units;
using Key = TopModel::Key;
using Kind = status::Request::Kind;
using status::JobState;
using status::JobStatus;
using status::RunStatus;
using ::testing::HasSubstr;
using ::testing::Not;

class TopOf : public testing::Test {
 protected:
  TopOf() {
    std::setlocale(LC_CTYPE, "C.UTF-8");  // NOLINT(concurrency-mt-unsafe)
    top_.show({run(10, "make", 3), run(20, "cargo build", 1)});
  }
  static RunStatus run(pid_t pid, const std::string& command, std::uint32_t jobs) {
    RunStatus run{.pid = pid, .command = command, .folder = "/src", .tier = "freezer", .age = 5s};
    run.limit = run.limit_now = 1000_MiB;
    run.used = 500_MiB;
    for (std::uint32_t id = 0; id < jobs; ++id) {
      JobStatus job{.id = id, .name = "cc u" + std::to_string(id), .job_class = "cc", .pid = 100};
      job.memory = Bytes{1 + id};
      job.state = id == 0 ? JobState::running : JobState::held;
      if (id > 0) job.why = "no room";
      run.jobs.push_back(job);
    }
    return run;
  }
  std::string screen(int width = 80, int height = 24, bool utf8 = false) {
    std::string all;
    const auto lines = top_.screen({.width = width, .utf8 = utf8}, height);
    EXPECT_EQ(lines.size(), static_cast<std::size_t>(height));
    for (const StyledLine& line : lines) {
      EXPECT_LE(columns_of(text_of(line).text()), width) << text_of(line).text();
      all += text_of(line).text() + "\n";
    }
    return all;
  }
  /// The request that a key brings about: "let_go 2 of 10".
  std::string asked(Key key) {
    const auto wanted = top_.press(key);
    if (!wanted.request) return "nothing";
    const auto& [pid, request] = *wanted.request;
    std::string line = status::to_line(request);
    line.pop_back();
    return line + " of " + std::to_string(pid);
  }
  std::string chosen() {
    for (const StyledLine& line : top_.screen({.width = 80, .utf8 = false}, 24)) {
      if (!line.empty() && line.front().style == Style::chosen) return text_of(line).text();
    }
    return "none";
  }

  TopModel top_;
};

TEST_F(TopOf, ShowsTheRunItsMemoryAndItsJobs) {
  const std::string shown = screen();
  for (const char* part :
       {"run 1 of 2", "make", "500 of 1000 MiB used", "1 running, 2 held", "cc u0", "cc u2", "no room"})
    EXPECT_THAT(shown, HasSubstr(part));
  EXPECT_THAT(shown, Not(HasSubstr("cargo build")));
}

TEST_F(TopOf, FitsEveryScreen) {
  top_.show({run(10, std::string(500, 'x'), 300)});
  for (const bool utf8 : {false, true}) {
    for (const auto& [width, height] : {std::pair(80, 24), {60, 10}, {60, 24}, {200, 60}, {20, 5}, {20, 1}, {30, 3}})
      (void)screen(width, height, utf8);
  }
  (void)top_.press(Key::help);
  (void)screen(60, 10);
}

TEST_F(TopOf, OnALowScreenJobsAndKeysAreStillThere) {
  const std::string shown = screen(60, 10);
  EXPECT_THAT(shown, HasSubstr("cc u0"));
  EXPECT_THAT(shown, HasSubstr("cc u2"));
  EXPECT_THAT(shown, HasSubstr("h help"));
}

// At 80 columns the row of a job has twenty for its reason.
TEST_F(TopOf, WhyTheFirstWaitsIsSaidInFullBeforeAnyJobIsChosen) {
  EXPECT_THAT(screen(), HasSubstr("cc u1: no room"));
  (void)top_.press(Key::down);
  EXPECT_THAT(screen(), Not(HasSubstr("cc u1: no room")));
}

TEST_F(TopOf, KeysActOnTheChosenJob) {
  EXPECT_EQ(asked(Key::go), "nothing");
  EXPECT_THAT(screen(), HasSubstr("choose a job first"));
  (void)top_.press(Key::down);
  (void)top_.press(Key::down);
  EXPECT_THAT(chosen(), HasSubstr("cc u1"));
  EXPECT_EQ(asked(Key::go), R"({"version":1,"do":"let_go","job":1} of 10)");
  EXPECT_EQ(asked(Key::freeze), R"({"version":1,"do":"freeze","job":1} of 10)");
}

TEST_F(TopOf, EvictsOnlyAfterAYes) {
  (void)top_.press(Key::down);
  EXPECT_EQ(asked(Key::yes), "nothing");
  EXPECT_EQ(asked(Key::evict), "nothing");
  EXPECT_THAT(screen(), HasSubstr("evict cc u0? y: yes"));
  EXPECT_EQ(asked(Key::other), "nothing");
  EXPECT_EQ(asked(Key::yes), "nothing");
  (void)top_.press(Key::evict);
  EXPECT_EQ(asked(Key::yes), R"({"version":1,"do":"evict","job":0} of 10)");
}

TEST_F(TopOf, AQuestionAboutAJobThatEndedIsForgotten) {
  (void)top_.press(Key::down);
  (void)top_.press(Key::evict);
  top_.show({run(10, "make", 0)});
  EXPECT_EQ(asked(Key::yes), "nothing");
  EXPECT_THAT(screen(), Not(HasSubstr("? y: yes")));
}

TEST_F(TopOf, TheLimitMovesByATenth) {
  EXPECT_EQ(asked(Key::raise), R"({"version":1,"do":"limit","bytes":1153433600} of 10)");
  EXPECT_EQ(asked(Key::lower), R"({"version":1,"do":"limit","bytes":943718400} of 10)");
}

TEST_F(TopOf, AJobThatIsChosenStaysSoWhereverItMoves) {
  (void)top_.press(Key::last);
  EXPECT_THAT(chosen(), HasSubstr("cc u2"));
  RunStatus changed = run(10, "make", 3);
  changed.jobs[2].state = JobState::running;
  changed.jobs[2].memory = 1_GiB;
  top_.show({changed});
  EXPECT_THAT(chosen(), HasSubstr("cc u2"));
  EXPECT_THAT(chosen(), HasSubstr("running"));
}

TEST_F(TopOf, AChosenJobIsAlwaysOnTheScreen) {
  top_.show({run(10, "make", 300)});
  (void)screen(60, 10);
  for (const Key key : {Key::last, Key::page_up, Key::first, Key::page_down, Key::page_down, Key::up}) {
    (void)top_.press(key);
    bool there = false;
    for (const StyledLine& line : top_.screen({.width = 60, .utf8 = false}, 10))
      there = there || (!line.empty() && line.front().style == Style::chosen);
    EXPECT_TRUE(there);
  }
}

TEST_F(TopOf, TheNextRunIsShown) {
  (void)top_.press(Key::next_run);
  EXPECT_THAT(screen(), HasSubstr("cargo build"));
  (void)top_.press(Key::next_run);
  EXPECT_THAT(screen(), HasSubstr("make"));
  (void)top_.press(Key::next_run);
  top_.show({run(10, "make", 3)});
  EXPECT_THAT(screen(), HasSubstr("run 1 of 1"));
}

TEST_F(TopOf, WithoutARunItSaysSo) {
  top_.show({});
  EXPECT_THAT(screen(60, 10), HasSubstr("no build of yours runs"));
  for (const Key key : {Key::down, Key::go, Key::evict, Key::raise, Key::next_run, Key::page_down, Key::sort})
    EXPECT_EQ(asked(key), "nothing");
}

TEST_F(TopOf, SortPauseAndHelpAreShown) {
  (void)top_.press(Key::sort);
  EXPECT_THAT(screen(), HasSubstr("by memory"));
  (void)top_.press(Key::pause);
  EXPECT_TRUE(top_.paused());
  EXPECT_THAT(screen(), HasSubstr("stands still"));
  (void)top_.press(Key::help);
  EXPECT_THAT(screen(), HasSubstr("let the job go"));
  (void)top_.press(Key::other);
  EXPECT_THAT(screen(), Not(HasSubstr("let the job go")));
  EXPECT_TRUE(top_.press(Key::leave).leave);
}

TEST_F(TopOf, WhatCameOfARequestIsSaidUntilTheNextKey) {
  top_.say("cc u1 was let go\x1b[2J");
  EXPECT_THAT(screen(), HasSubstr("cc u1 was let go\\x1b[2J"));
  (void)top_.press(Key::other);
  EXPECT_THAT(screen(), Not(HasSubstr("was let go")));
}

}  // namespace
}  // namespace memguard::cli

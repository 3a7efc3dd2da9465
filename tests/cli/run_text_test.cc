// A run as lines: what they say, and that they fit, whatever the names are.
#include "cli/run_text.h"

#include <gmock/gmock.h>

#include <clocale>

#include <fmt/format.h>

#include "cli/columns.h"

namespace memguard::cli {
namespace {

using namespace std::chrono_literals;
using namespace units;
using status::JobState;
using status::JobStatus;
using status::RunStatus;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class RunText : public testing::Test {
 protected:
  RunText() {
    // wcwidth(3) knows nothing but ASCII before.
    std::setlocale(LC_CTYPE, "C.UTF-8");  // NOLINT(concurrency-mt-unsafe)
    run_.pid = 4711;
    run_.command = "make -j8";
    run_.folder = "/home/me/app";
    run_.tier = "freezer";
    run_.age = 75s;
    run_.limit = run_.limit_now = 700_MiB;
    run_.used = 570_MiB;
    run_.pressure = {0.03, 0};
    add(1, "link app-a", JobState::running, 500_MiB).expected = 600_MiB;
    JobStatus& held = add(2, "link app-b", JobState::held, 52_KiB);
    held.why = "no room";
    held.waits_for = 1;
    held.in_state = 14s;
    add(3, "cc u3.cc", JobState::frozen, 70_MiB).why = "growth does not fit";
  }
  JobStatus& add(std::uint32_t id, const std::string& name, JobState state, Bytes memory) {
    JobStatus job{.id = id, .name = name, .job_class = "link", .pid = 99, .state = state, .memory = memory};
    job.age = job.in_state = 4200ms;
    run_.jobs.push_back(job);
    return run_.jobs.back();
  }
  [[nodiscard]] std::string text(Look look = {}) const { return run_text(run_, look).text(); }
  static std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\n', at);
      lines.push_back(text.substr(at, end - at));
      at = end + 1;
    }
    return lines;
  }
  void expect_fits(Look look) const {
    for (const std::string& line : lines_of(text(look))) EXPECT_LE(columns_of(line), look.width) << line;
  }

  RunStatus run_;
};

TEST_F(RunText, SaysWhatRunsWhatWaitsWhyAndForWhom) {
  EXPECT_THAT(
      lines_of(text()),
      ElementsAre("make -j8                                      pid 4711, tier freezer, since 75 s", "in /home/me/app",
                  "memory ###############################-------  570 of 700 MiB used, 130 MiB left",
                  "1 running, 1 held, 1 frozen; pressure 3 % some, 0 % all",
                  "STATE         SINCE    MEMORY  EXPECTED  JOB", "running       4.2 s   500 MiB   600 MiB  link app-a",
                  "frozen        4.2 s  70.0 MiB         ?  cc u3.cc", "  growth does not fit",
                  "held           14 s    52 KiB         ?  link app-b", "  no room; waits for link app-a"));
}

TEST_F(RunText, FitsEveryWidth) {
  run_.command = "make " + std::string(3000, 'x');
  run_.folder = "/" + std::string(3000, 'y') + "/end";
  run_.swap = {10_MiB, 1_GiB};
  run_.tokens = {3, 0};
  run_.limit_now = 100_MiB;
  run_.paused = run_.ending = true;
  add(4, "rustc " + std::string(10'000, 'z'), JobState::held, {}).why = std::string(500, 'w');
  for (int width = 20; width <= 200; ++width) {
    expect_fits({.width = width, .utf8 = false});
    expect_fits({.width = width, .utf8 = true});
  }
  EXPECT_THAT(text({.width = 60}), HasSubstr("/end\n"));
}

TEST_F(RunText, ANameDrivesNoTerminal) {
  for (const std::string name : {"\x1b[2J\x1b]0;owned\x07",
                                 "\xe2\x80\xae"
                                 "gnp.exe",
                                 "\xff\xfe", "a\nb\rc",
                                 "\xc2\x9b"
                                 "31m"}) {
    run_.jobs[0].name = run_.command = run_.folder = name;
    run_.jobs[1].why = name;
    for (const bool utf8 : {false, true}) {
      const std::string shown = text({.width = 80, .utf8 = utf8});
      for (const char* bad : {"\x1b", "\x07", "\r", "\xe2\x80\xae", "\xff", "\xc2\x9b"})
        EXPECT_THAT(shown, Not(HasSubstr(bad))) << name;
      EXPECT_EQ(lines_of(shown).size(), 10U) << "no line of its own: " << shown;
      expect_fits({.width = 60, .utf8 = utf8});
    }
  }
}

TEST_F(RunText, WideCharactersTakeTwoColumns) {
  run_.jobs[0].name = "rustc 日本語日本語日本語日本語日本語日本語日本語日本語日本語日本語";
  run_.command = "make 日本語";
  for (int width = 30; width < 90; ++width) expect_fits({.width = width, .utf8 = true});
  EXPECT_THAT(text({.width = 80, .utf8 = true}), HasSubstr("日本"));
  EXPECT_THAT(text({.width = 80, .utf8 = false}), HasSubstr("rustc ???"));
}

TEST_F(RunText, OnAWideTerminalTheReasonIsInTheRow) {
  EXPECT_THAT(text({.width = 130}), HasSubstr("link app-b                           no room; waits for link app-a\n"));
}

TEST_F(RunText, AnUnlimitedRunHasNoBar) {
  run_.limit = run_.limit_now = Bytes::unlimited();
  EXPECT_THAT(text(), HasSubstr("memory 570 MiB used, no limit\n"));
}

TEST_F(RunText, APassedLimitIsSaid) {
  run_.limit_now = 500_MiB;
  EXPECT_THAT(text(), HasSubstr("570 of 500 MiB used, 70.0 MiB too much"));
  EXPECT_THAT(text(), HasSubstr("the limit is 700 MiB, of which others on the machine have some now"));
}

TEST_F(RunText, IsSortedAsAsked) {
  const auto ids = [this](SortBy sort) {
    std::vector<std::uint32_t> found;
    for (const JobStatus* job : sorted(run_, sort)) found.push_back(job->id);
    return found;
  };
  add(4, "a", JobState::running, 600_MiB);
  EXPECT_THAT(ids(SortBy::state), ElementsAre(4, 1, 3, 2));
  EXPECT_THAT(ids(SortBy::memory), ElementsAre(4, 1, 3, 2));
  EXPECT_THAT(ids(SortBy::age), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(ids(SortBy::name), ElementsAre(4, 3, 1, 2));
}

TEST_F(RunText, WhatIsCutOffSaysSo) {
  EXPECT_EQ(cut("abcdef", 6), "abcdef");
  EXPECT_EQ(cut("abcdef", 5), "abc..");
  EXPECT_EQ(cut("abcdef", 1), ".");
  EXPECT_EQ(cut("abcdef", 0), "");
  EXPECT_EQ(cut("日本語", 5), "日..");
  EXPECT_EQ(cut("日本語", 4), "日..");
  EXPECT_EQ(cut_front("/a/long/path", 6), "..path");
  EXPECT_EQ(right("ab", 4), "  ab");
  EXPECT_EQ(left("日", 4), "日  ");
  EXPECT_EQ(ascii("a日b"), "a?b");
}

}  // namespace
}  // namespace memguard::cli

// What is told on stderr when a run is over.
#include "supervisor/account/end_report.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/whole_file.h"
#include "fake_cgroup_dir.h"
#include "supervisor/memory/hidden_limit.h"
#include "temporary_folder.h"

namespace memguard::supervisor {
namespace {

using namespace units;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class EndReport : public testing::Test {
 protected:
  EndReport() {
    facts_.tier = "signal";
    facts_.command = {"make"};
    JobRecord& job = *area_.add_job();
    job.job_class = config::kLink;
    job.output.set("app");
    job.phase = JobPhase::ended;
    job.outcome = report::Outcome::oom;
    job.killer = report::Killer::outside;
    job.peak = 150_MiB;
    area_.totals.lost = 1;
  }

  std::string said(bool given_up = false) {
    testing::internal::CaptureStderr();
    report_end({area_, config_, home_, history_, facts_, given_up});
    return testing::internal::GetCapturedStderr();
  }

  // The kernel kills at 290 MiB, for a reason that nobody sees.
  void learn_a_hidden_limit() {
    HiddenLimit hidden(area_,
                       {[] {
                          return MemoryAround{
                              .machine = {.total = 16_GiB, .available = 12_GiB, .swap_total = {}, .swap_free = {}},
                              .above = {}};
                        },
                        []() -> Result<std::uint64_t> { return 0; }});
    HiddenLimit::Seen seen{.events = cgroup::MemoryEvents{}, .stalled = Duration{}};
    seen.used = 290_MiB;
    hidden.look(seen);
    seen.at += 100ms;
    seen.events->oom_kill = 1;
    ASSERT_TRUE(hidden.look(seen));
  }

  // Who passed `--json` for this run.
  void report_to(const std::string& path) { config_.json = {path, "--json"}; }
  [[nodiscard]] static std::string content(const std::string& path) { return read_whole(path).value_or("none"); }

  TemporaryFolder folder_;
  SharedArea& area_ = *SharedArea::create().value();
  config::Config config_;
  cgroup::Home home_;
  RunHistory history_;
  RunFacts facts_;
};

TEST_F(EndReport, NamesWhatWasLostAndCountsLast) {
  EXPECT_THAT(said(), testing::MatchesRegex("memguard: link app (.|\n)*\nmemguard: 1 job[^\n]* 1 lost[^\n]*\n"));
}

TEST_F(EndReport, TellsOfALimitThatWasLearnt) {
  EXPECT_THAT(said(), Not(HasSubstr("cannot be seen from here")));
  learn_a_hidden_limit();
  EXPECT_THAT(said(), HasSubstr("memguard: a limit above this build that cannot be seen from here ended a process"));
}

TEST_F(EndReport, TellsThatNobodyGuardedTheBuildAnyMore) {
  EXPECT_THAT(said(true), HasSubstr("memguard: the supervisor failed three times"));
}

TEST_F(EndReport, BlamesNothingForWhatTheUserEnded) {
  area_.interrupted = true;
  EXPECT_THAT(said(), Not(HasSubstr("memguard: link app ")));
}

TEST_F(EndReport, IsSilentWhenToldToBe) {
  config_.quiet.value = true;
  learn_a_hidden_limit();
  EXPECT_EQ(said(true), "");
}

TEST_F(EndReport, IsWrittenForPrograms) {
  report_to(folder_.in("run.json"));
  (void)said();
  const auto run = report::read_json(content(folder_.in("run.json")));
  ASSERT_TRUE(run) << run.error().text();
  EXPECT_EQ(run->command, facts_.command);
  EXPECT_EQ(run->lost, 1);
  EXPECT_THAT(run->jobs, testing::SizeIs(1));
}

// Who asked for it gets no file, and would take the last run's for this one's.
TEST_F(EndReport, ThatCannotBeWrittenIsToldOfAlsoWhenToldToBeSilent) {
  config_.quiet.value = true;
  report_to(folder_.in("missing/run.json"));
  EXPECT_EQ(said(), "memguard: --json: write " + folder_.in("missing/run.json") +
                        ": No such file or directory. The folder must exist and be writable.\n");
}

TEST_F(EndReport, OfAFullDiskIsToldOf) {
  config_.quiet.value = true;
  report_to("/dev/full");
  EXPECT_EQ(said(), "memguard: --json: write /dev/full: No space left on device\n");
}

TEST_F(EndReport, KeepsNoEscapeCodesInItsLines) {
  area_.jobs()[0].output.set("\x1b[31mapp\r");
  const std::string told = said();
  EXPECT_THAT(told, HasSubstr("app"));
  EXPECT_THAT(told, Not(HasSubstr("\x1b")));
  EXPECT_THAT(told, Not(HasSubstr("\r")));
}

TEST_F(EndReport, WritesMetricsWithTheExitStatus) {
  config_.metrics = {folder_.in("run.prom"), "--metrics"};
  facts_.exit_status = 101;
  (void)said();
  EXPECT_THAT(content(folder_.in("run.prom")), testing::ContainsRegex("exit_status[^\n]* 101\n"));
}

TEST_F(EndReport, KeepsTheRunForLater) {
  history_.file = folder_.in("state/history.db");
  history_.runs = folder_.in("state/runs");
  (void)said();
  EXPECT_FALSE(std::filesystem::is_empty(history_.runs));
}

TEST_F(EndReport, TellsOfAHistoryThatCannotBeKeptAndGoesOn) {
  history_.file = "/proc/memguard/history.db";
  history_.runs = "/proc/memguard/runs";
  report_to(folder_.in("run.json"));
  EXPECT_THAT(said(), HasSubstr("/proc/memguard"));
  EXPECT_NE(content(folder_.in("run.json")), "none");
}

TEST_F(EndReport, SaysNothingOfSlurmThatNobodyAskedAbout) {
  config_.slurm_comment = {true, "memguard.json"};
  ::unsetenv("SLURM_JOB_ID");
  EXPECT_THAT(said(), Not(HasSubstr("Slurm")));
  config_.slurm_comment.origin = "--slurm-comment";
  EXPECT_THAT(said(), HasSubstr("memguard: no comment was set: SLURM_JOB_ID names no job of Slurm here"));
}

// A supervisor counts the kernel's kills; without one the front does.
class EndReportOfAGroup : public EndReport {
 protected:
  EndReportOfAGroup() {
    home_.tier = cgroup::Tier::full;
    home_.run_name = "memguard-0";
    home_.build = cgroup::Group(tree_.open());
    EXPECT_TRUE(home_.build->enable_controller("memory"));
    home_.main = home_.build->make("main").value();
  }
  void kernel_kills(int count) {
    tree_.set_text("", "memory.events", fmt::format("low 0\nhigh 0\nmax 0\noom {0}\noom_kill {0}\n", count));
  }

  cgroup::FakeTree tree_;
};

TEST_F(EndReportOfAGroup, CountsWhatTheKernelKilledWhileNobodyGuarded) {
  kernel_kills(3);
  (void)said();
  EXPECT_EQ(area_.oom_kills, 3U);
}

TEST_F(EndReportOfAGroup, ForgetsNothingThatASupervisorCounted) {
  area_.oom_kills = 5;
  kernel_kills(3);
  (void)said();
  EXPECT_EQ(area_.oom_kills, 5U);
}

TEST_F(EndReportOfAGroup, CountsNothingOfAGroupThatIsGone) {
  area_.oom_kills = 5;
  tree_.fail("read", "", "memory.events", ENODEV, 100);
  EXPECT_THAT(said(), HasSubstr("1 lost"));
  EXPECT_EQ(area_.oom_kills, 5U);
}

}  // namespace
}  // namespace memguard::supervisor

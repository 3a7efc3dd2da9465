// What is told on stderr when a run is over.
#include "supervisor/account/end_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "supervisor/memory/hidden_limit.h"

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
    area_.lost = 1;
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

}  // namespace
}  // namespace memguard::supervisor

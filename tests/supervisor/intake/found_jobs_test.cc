// Jobs that no list names: real processes with real memory, and time given by the test.
#include "supervisor/intake/found_jobs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>

#include "supervisor/live/close_look.h"
#include "waiting_child.h"

namespace memguard::supervisor {
namespace {

using namespace std::chrono_literals;
using namespace units;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// What a child does to have memory of its own.
auto with(Bytes size) {
  return [size] {
    const auto length = static_cast<std::size_t>(size.count);
    void* memory = ::mmap(nullptr, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory != MAP_FAILED) std::memset(memory, 1, length);
  };
}

TEST(WorthManaging, IsAShareOfTheLimitWithinBounds) {
  EXPECT_EQ(worth_managing(200_MiB), 16_MiB);
  EXPECT_EQ(worth_managing(2048_MiB), 32_MiB);
  EXPECT_EQ(worth_managing(256_GiB), 64_MiB);
}

TEST(HungryPrograms, AreHeldOnceTheyWereSeen) {
  auto programs = std::make_unique<HungryPrograms>();
  EXPECT_FALSE(programs->holds("gen"));
  const auto place = programs->add("gen");
  EXPECT_TRUE(programs->holds("gen"));
  EXPECT_FALSE(programs->holds("ge"));
  EXPECT_EQ(programs->add("gen"), place);
}

TEST(HungryPrograms, ThatNeedLittleManyTimesInARowAreHeldNoMore) {
  auto programs = std::make_unique<HungryPrograms>();
  const std::size_t bash = programs->add("bash").value();
  for (int i = 1; i < HungryPrograms::kSmallOnes; ++i) programs->note(bash, false);
  EXPECT_TRUE(programs->holds("bash"));
  programs->note(bash, false);
  EXPECT_FALSE(programs->holds("bash"));
  programs->note(bash, true);
  EXPECT_TRUE(programs->holds("bash"));
}

TEST(HungryPrograms, OfAFullTableNoMoreAreKept) {
  auto programs = std::make_unique<HungryPrograms>();
  for (std::size_t i = 0; i < HungryPrograms::kMost; ++i) ASSERT_TRUE(programs->add(std::to_string(i)));
  EXPECT_FALSE(programs->add("one more"));
  EXPECT_TRUE(programs->holds("255"));
  programs->note(HungryPrograms::kMost, true);
}

TEST(ExecNames, AreThoseOfTheLastExec) {
  auto names = std::make_unique<ExecNames>();
  EXPECT_EQ(names->of(7), std::nullopt);
  names->note(7, "sh");
  names->note(7, "gen.py");
  EXPECT_EQ(names->of(7), "gen.py");
  // Far more pids than entries: a stranger's name is not taken for its own.
  names->note(7 + 4096, "other");
  EXPECT_EQ(names->of(7), std::nullopt);
}

class FoundJobsOf : public testing::Test {
 protected:
  std::vector<pid_t> found(Duration at, Bytes overhead = {}) {
    std::vector<pid_t> pids;
    for (const ExecFacts& facts : jobs_found_.look(Instant(at), [overhead] { return overhead; })) {
      EXPECT_EQ(facts.job_class, config::kOther);
      pids.push_back(facts.process.pid);
      const Kinship kin = jobs_found_.kin_of(facts.process.pid);
      LiveJob* job = jobs_.add(facts, jobs_.new_family(), Instant(at));
      job->record->phase = JobPhase::running;
      jobs_found_.joined(*job);
    }
    return pids;
  }

  SharedArea& area_ = *SharedArea::create().value();
  config::Config config_;
  LiveJobs jobs_{area_};
  std::vector<pid_t> there_;
  std::vector<policy::JobId> let_go_;
  FoundJobs jobs_found_{{area_, config_, jobs_, ::getppid(), 200_MiB, [this] { return there_; }}, [this](LiveJob& job) {
                          job.exempt = true;
                          let_go_.push_back(job.id);
                        }};
};

TEST_F(FoundJobsOf, LargeProcessesTheLargestFirst) {
  const WaitingChild small(with(8_MiB));
  const WaitingChild large(with(20_MiB));
  const WaitingChild larger(with(40_MiB));
  there_ = {small.pid(), large.pid(), larger.pid()};
  EXPECT_THAT(found(0s), ElementsAre(larger.pid(), large.pid()));
  // They are jobs now: not found again, and not counted among the others.
  EXPECT_THAT(found(10s), IsEmpty());
  EXPECT_LT(jobs_found_.others(), 20_MiB);
  EXPECT_GE(jobs_found_.others(), 8_MiB);
}

TEST_F(FoundJobsOf, AForkThatSharesItsParentsMemoryIsNone) {
  std::vector<char> mine(64U << 20U, 1);
  const WaitingChild fork;
  there_ = {fork.pid()};
  EXPECT_THAT(found(0s), IsEmpty());
  EXPECT_EQ(mine.size(), 64U << 20U);
}

TEST_F(FoundJobsOf, TheirProgramIsKnownByWhatItWasExecutedBy) {
  const WaitingChild child(with(20_MiB));
  there_ = {child.pid()};
  area_.exec_names.note(child.pid(), "gen-*.py");
  EXPECT_THAT(found(0s), ElementsAre(child.pid()));
  EXPECT_EQ(jobs_.all().front().record->program.view(), "gen-*.py");
  EXPECT_TRUE(area_.hungry.holds("gen-*.py"));
}

TEST_F(FoundJobsOf, WhereTheGateSawNoExecTheFileTells) {
  const WaitingChild child(with(20_MiB));
  there_ = {child.pid()};
  EXPECT_THAT(found(0s), ElementsAre(child.pid()));
  EXPECT_EQ(jobs_.all().front().record->program.view(), "intake_test");
}

TEST_F(FoundJobsOf, EachProgramHasStatisticsOfItsOwn) {
  const WaitingChild one(with(20_MiB));
  const WaitingChild other(with(20_MiB));
  there_ = {one.pid(), other.pid()};
  area_.exec_names.note(one.pid(), "javac-tool");
  area_.exec_names.note(other.pid(), "node");
  EXPECT_EQ(found(0s).size(), 2U);
  EXPECT_NE(jobs_.all().front().record->policy_class, jobs_.all().back().record->policy_class);
}

// This test stands for a driver; its children for jobs.
TEST_F(FoundJobsOf, WhatHasAJobBelowItIsNeverOne) {
  const WaitingChild child;
  const Kinship kin = jobs_found_.kin_of(child.pid());
  EXPECT_EQ(kin.job, nullptr);
  std::vector<char> large(32U << 20U, 1);
  there_ = {::getpid()};
  EXPECT_THAT(found(0s), IsEmpty());
  EXPECT_EQ(large.back(), 1);
}

TEST_F(FoundJobsOf, OneThatStartsAJobIsLetGoAndTheJobIsNobodysChild) {
  std::vector<char> large(32U << 20U, 1);
  there_ = {::getpid()};
  ASSERT_THAT(found(0s), ElementsAre(::getpid()));
  const WaitingChild child;
  const Kinship kin = jobs_found_.kin_of(child.pid());
  EXPECT_EQ(kin.job, nullptr);
  EXPECT_THAT(let_go_, ElementsAre(jobs_.all().front().id));
  EXPECT_EQ(large.back(), 1);
}

TEST_F(FoundJobsOf, ASupervisorThatTakesOverFindsTheDriversAgain) {
  std::vector<char> large(32U << 20U, 1);
  there_ = {::getpid()};
  ASSERT_THAT(found(0s), ElementsAre(::getpid()));
  const WaitingChild child;
  ExecFacts facts{};
  facts.process = child.identity();
  const LiveJob* job = jobs_.add(facts, jobs_.new_family(), Instant{});
  jobs_found_.note_drivers_above(*job);
  EXPECT_EQ(let_go_.size(), 1U);
  EXPECT_EQ(large.back(), 1);
}

TEST_F(FoundJobsOf, AListedJobAboveKeepsWhatItStarts) {
  ExecFacts facts{};
  facts.process = {::getpid(), proc::read_stat(::getpid())->start_ticks};
  facts.job_class = config::kLink;
  const LiveJob* link = jobs_.add(facts, jobs_.new_family(), Instant{});
  const WaitingChild child(with(20_MiB));
  EXPECT_EQ(jobs_found_.kin_of(child.pid()).job, link);
  EXPECT_THAT(let_go_, IsEmpty());
}

TEST_F(FoundJobsOf, ProgramsThatTurnOutSmallAreForgotten) {
  const WaitingChild child(with(20_MiB));
  there_ = {child.pid()};
  ASSERT_EQ(found(0s).size(), 1U);
  JobRecord small = *jobs_.all().front().record;
  small.peak = 1_MiB;
  for (int i = 0; i < HungryPrograms::kSmallOnes; ++i) jobs_found_.ended(small);
  EXPECT_FALSE(area_.hungry.holds("intake_test"));
}

TEST(RememberedPrograms, AreHeldFromTheBeginningWhenTheyNeedEnough) {
  history::Remembered remembered;
  const auto add = [&](const char* job_class, const char* name, Bytes need) {
    job::Unit unit;
    unit.job_class = job_class;
    unit.name = name;
    remembered.add(unit, need, {});
  };
  add("other", "gen", 90_MiB);
  add("other", "bash", 4_MiB);
  add("rustc", "serde", 300_MiB);
  auto programs = std::make_unique<HungryPrograms>();
  remember_hungry_programs(*programs, remembered, 200_MiB);
  EXPECT_TRUE(programs->holds("gen"));
  EXPECT_FALSE(programs->holds("bash"));
  EXPECT_FALSE(programs->holds("serde"));
}

// --- When it looks

class ProcessLookAt : public testing::Test {
 protected:
  SharedArea& area_ = *SharedArea::create().value();
  LiveJobs jobs_{area_};
  int looks_ = 0;
  Duration costs_{};
  Duration used_{};
  ProcessLook look_{16_MiB, jobs_,
                    [this] {
                      ++looks_;
                      used_ += costs_;
                      return std::vector<pid_t>{};
                    },
                    [this] { return used_; }};
};

TEST_F(ProcessLookAt, FirstAtOnceThenFourTimesASecond) {
  EXPECT_TRUE(look_.due(Instant(0s), 5_MiB));
  look_.look(Instant(0s), 5_MiB);
  EXPECT_FALSE(look_.due(Instant(240ms), 5_MiB));
  EXPECT_TRUE(look_.due(Instant(250ms), 5_MiB));
}

TEST_F(ProcessLookAt, SoonerWhenWhatIsNoJobGrows) {
  look_.look(Instant(0s), 5_MiB);
  EXPECT_FALSE(look_.due(Instant(100ms), 10_MiB));
  EXPECT_TRUE(look_.due(Instant(100ms), 14_MiB));
  EXPECT_FALSE(look_.due(Instant(10ms), 14_MiB));
}

TEST_F(ProcessLookAt, SoonerWhenSomethingGrowsAfterSomethingElseHasEnded) {
  look_.look(Instant(0s), 100_MiB);
  EXPECT_FALSE(look_.due(Instant(50ms), 40_MiB));
  EXPECT_TRUE(look_.due(Instant(100ms), 50_MiB));
}

// A machine on which one look takes 40 ms, as an emulated one does: the small share pays it after 20 s.
TEST_F(ProcessLookAt, AlsoAfterACostlyLookWhenWhatIsNoJobGrows) {
  costs_ = 40ms;
  look_.look(Instant(0s), 5_MiB);
  EXPECT_FALSE(look_.due(Instant(1s), 14_MiB));
  EXPECT_TRUE(look_.due(Instant(3s), 14_MiB));
  EXPECT_FALSE(look_.due(Instant(3s), 5_MiB));
}

TEST_F(ProcessLookAt, OwesForOneLookAtMost) {
  costs_ = 20ms;
  for (int i = 0; i < 10; ++i) look_.look(Instant(i * 100ms), double(i) * 14_MiB);
  EXPECT_TRUE(look_.due(Instant(900ms + 1100ms), 10.0 * 14_MiB));
}

}  // namespace
}  // namespace memguard::supervisor

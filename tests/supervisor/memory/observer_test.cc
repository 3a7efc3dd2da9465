// What policy is told of a build whose cgroup the test holds, or that has none.
#include "supervisor/memory/observer.h"

#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include <fmt/format.h>

#include "fake_cgroup_dir.h"
#include "proc/machine.h"
#include "waiting_child.h"

namespace memguard::supervisor {
namespace {

using namespace units;
using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class ObservedBuild : public testing::Test {
 protected:
  // Room for it is left on every machine.
  static constexpr Bytes kWall{std::int64_t{160} << 20U};

  explicit ObservedBuild(cgroup::Tier tier) {
    home_.tier = tier;
    if (tier != cgroup::Tier::signal) home_.build = cgroup::Group(tree_.open());
    area_.wall = area_.highest_limit = kWall;
  }

  // No process has its pid, so that its memory is what the test says.
  LiveJob& add(JobPhase phase, Bytes memory = {}) {
    ExecFacts facts{};
    facts.process = {1 << 30, 1};
    LiveJob& job = *jobs_.add(facts, jobs_.new_family(), Instant{});
    job.record->phase = phase;
    job.exec = LiveJob::Exec::done;
    job.memory = memory;
    return job;
  }
  policy::Observation observe(Duration now, Duration oldest = {}) { return observer().observe(Instant{now}, oldest); }
  // Made when it is first asked for, of the home there is then.
  Observer& observer() {
    if (!observer_) observer_.emplace(home_, limit_, jobs_, area_, config_, ::getppid());
    return *observer_;
  }

  cgroup::FakeTree tree_;
  cgroup::Home home_;
  const config::Config config_{};
  const RunLimit limit_{.wall = kWall, .swap = {}, .keep_free = {}, .origin = {}, .remarks = {}};
  SharedArea& area_ = *SharedArea::create(std::size_t{1} << 10U).value();
  LiveJobs jobs_{area_};

 private:
  std::optional<Observer> observer_;
};

class BuildInAGroup : public ObservedBuild {
 protected:
  BuildInAGroup() : ObservedBuild(cgroup::Tier::full) {}
  // `more`: further lines of memory.stat.
  void uses(Bytes anonymous, const std::string& more = {}) {
    tree_.set_text("", "memory.stat", fmt::format("anon {}\nfile 0\nkernel 0\n{}", anonymous.count, more));
  }
  static std::string line(const char* name, Bytes size) { return fmt::format("{} {}\n", name, size.count); }
};

TEST_F(BuildInAGroup, UsesWhatItsGroupTellsAndTheTextOfItsPrograms) {
  uses(90_MiB, line("file_mapped", 10_MiB));
  const auto seen = observe(1s);
  EXPECT_EQ(seen.used, 100_MiB);
  EXPECT_EQ(seen.kept_for_text, 10_MiB);
  EXPECT_EQ(seen.limit, kWall);
  EXPECT_EQ(observer().room(), 70_MiB);
}

TEST_F(BuildInAGroup, KeepsTheMostTextThatItHad) {
  uses(90_MiB, line("file_mapped", 10_MiB));
  (void)observe(1s);
  uses(90_MiB, line("file_mapped", 2_MiB));
  EXPECT_EQ(observe(2s).kept_for_text, 10_MiB);
}

TEST_F(BuildInAGroup, KeepsNoSharedMemoryAndNoMoreThanAQuarterOfItsLimitForText) {
  uses(50_MiB, line("file_mapped", 30_MiB) + line("shmem", 25_MiB));
  EXPECT_EQ(observe(1s).kept_for_text, 5_MiB);
  uses(50_MiB, line("file_mapped", 100_MiB));
  EXPECT_EQ(observe(2s).kept_for_text, 40_MiB);
}

TEST_F(BuildInAGroup, IsReadAnewOnlyWhenTheLastReadingIsOld) {
  uses(90_MiB);
  (void)observe(1s);
  uses(50_MiB);
  const auto soon = observe(1050ms, 100ms);
  EXPECT_EQ(soon.used, 90_MiB);
  EXPECT_EQ(soon.at, Instant{1s});
  EXPECT_EQ(observe(1100ms, 100ms).used, 50_MiB);
}

TEST_F(BuildInAGroup, FollowsTheLimitThatTheUserMovesAtOnce) {
  uses(90_MiB);
  (void)observe(1s);
  area_.wall = 100_MiB;
  area_.limit_moves = 1;
  const auto seen = observe(1001ms);
  EXPECT_EQ(seen.limit, 100_MiB);
  EXPECT_EQ(seen.limit_moves, 1);
}

TEST_F(BuildInAGroup, IsKeptBelowALimitThatWasLearnt) {
  area_.hidden.limit = 120_MiB;
  EXPECT_EQ(observe(1s).limit, 120_MiB);
}

TEST_F(BuildInAGroup, TellsOfTheKernelsCountersAndKeepsThemWhereTheyCannotBeRead) {
  tree_.set_text("", "memory.events", "low 0\nhigh 3\nmax 0\noom 2\noom_kill 2\n");
  EXPECT_EQ(observe(1s).high_events, 3U);
  EXPECT_EQ(area_.oom_kills, 2U);
  tree_.fail("read", "", "memory.events", EIO);
  EXPECT_EQ(observe(2s).high_events, 3U);
}

TEST_F(BuildInAGroup, UsesWhatIsKnownOfItsProcessesWhereItsGroupTellsNothing) {
  uses(90_MiB);
  add(JobPhase::running, 30_MiB);
  EXPECT_EQ(observe(1s).used, 90_MiB);
  observer().set_others(5_MiB, {});
  EXPECT_EQ(observer().overhead(), 60_MiB);
  tree_.fail("read", "", "memory.stat", ENODEV);
  EXPECT_EQ(observe(2s).used, 35_MiB);
}

TEST_F(BuildInAGroup, TellsOfItsOwnPressureWhereThereIsAny) {
  tree_.set_text("", "memory.pressure", "some avg10=0.00 total=2000\nfull avg10=0.00 total=1000\n");
  const auto seen = observe(1s);
  ASSERT_TRUE(seen.pressure);
  EXPECT_EQ(seen.pressure->some, 2ms);
  EXPECT_EQ(seen.pressure->full, 1ms);
  EXPECT_EQ(area_.totals.pressure_full, 1ms);
  tree_.fail("read", "", "memory.pressure", EOPNOTSUPP);
  EXPECT_FALSE(observe(2s).pressure);
}

TEST_F(BuildInAGroup, ShowsHowLongItWaitedForProcessors) {
  tree_.set_text("", "cpu.pressure", "some avg10=0.00 total=3000\nfull avg10=0.00 total=1000\n");
  EXPECT_EQ(observe(1s).waited_for_processor, 3ms);
  tree_.fail("read", "", "cpu.pressure", EOPNOTSUPP);
  EXPECT_EQ(observe(2s).waited_for_processor, std::nullopt);
}

TEST_F(BuildInAGroup, HasTheProcessesOfItsGroupAndOfAllBelow) {
  ASSERT_TRUE(home_.build->make("job-0"));
  tree_.spawn(101);
  tree_.spawn(102, "job-0");
  EXPECT_THAT(observer().processes(), UnorderedElementsAre(101, 102));
  tree_.fail("read", "", "cgroup.procs", ENODEV);
  EXPECT_THAT(observer().processes(), IsEmpty());
}

TEST_F(BuildInAGroup, NotesTheMostThatItUsedAndWhoWasToBlameAboveTheLimit) {
  area_.most_above.job = MostAbove::kNoJob;
  const auto id = static_cast<std::uint32_t>(add(JobPhase::running, 80_MiB).id);
  uses(150_MiB);
  (void)observe(1s);
  EXPECT_EQ(area_.peak.load(), 150_MiB);
  EXPECT_EQ(area_.most_above.job, MostAbove::kNoJob);
  uses(170_MiB);
  (void)observe(2s);
  EXPECT_EQ(area_.most_above.job, id);
  uses(90_MiB);
  (void)observe(3s);
  EXPECT_EQ(area_.peak.load(), 170_MiB);
}

TEST_F(BuildInAGroup, CountsWhatNobodyMapsWithTheJobThatRan) {
  uses(50_MiB);
  add(JobPhase::running, 30_MiB);
  (void)observe(1s);
  uses(50_MiB, line("shmem", 20_MiB));
  (void)observe(2s);
  EXPECT_EQ(observe(3s).jobs.at(0).memory, 50_MiB);
}

TEST_F(BuildInAGroup, NamesTheJobThatOnlyReadsItsProgramAgain) {
  const LiveJob& job = add(JobPhase::running, 140_MiB);
  const auto read_again = [&](std::int64_t pages) {
    uses(150_MiB, fmt::format("workingset_refault_file {}\n", pages));
  };
  for (const int second : {1, 6, 11}) {
    EXPECT_FALSE(observer().slow_job());
    read_again(std::int64_t{second} * 100'000);
    (void)observe(std::chrono::seconds(second));
  }
  ASSERT_TRUE(observer().slow_job());
  EXPECT_EQ(observer().slow_job()->job, job.id);
  (void)observe(16s);
  EXPECT_FALSE(observer().slow_job());
}

TEST_F(BuildInAGroup, ReadsThoseAnewWhoseMemoryWentToSwap) {
  const LiveJob& written = add(JobPhase::frozen, 30_MiB);
  const LiveJob& other = add(JobPhase::frozen, 30_MiB);
  uses(90_MiB);
  (void)observe(1s);
  uses(60_MiB);
  observer().swapped_out(written.family());
  EXPECT_EQ(observe(1001ms, 1s).used, 60_MiB);
  EXPECT_EQ(written.in_full.at, Instant{1001ms});
  EXPECT_EQ(other.in_full.at, Instant{1s});
}

// Jobs as policy is shown them, where the kernel counts no build.
class BuildWithoutAGroup : public ObservedBuild {
 protected:
  BuildWithoutAGroup() : ObservedBuild(cgroup::Tier::signal) {}

  policy::JobSeen only_one() {
    const auto seen = observe(1s);
    EXPECT_THAT(seen.jobs, SizeIs(1));
    return seen.jobs.at(0);
  }
  // One that was looked at when it ended.
  LiveJob& add_ending(report::Outcome outcome) {
    LiveJob& job = add(JobPhase::running);
    job.record->outcome = outcome;
    job.record->peak = 70_MiB;
    job.record->measured_at = Instant{5s};
    return job;
  }
};

TEST_F(BuildWithoutAGroup, UsesWhatItsJobsAndOthersHave) {
  add(JobPhase::running, 30_MiB);
  add(JobPhase::frozen, 20_MiB);
  EXPECT_EQ(observe(1s).used, 50_MiB);
  observer().set_others(10_MiB, {});
  EXPECT_EQ(observer().room(), kWall - 60_MiB) << "without another reading";
  EXPECT_EQ(observe(2s).used, 60_MiB);
  observer().set_others(4_MiB, {});
  EXPECT_EQ(observe(2s, 1s).used, 54_MiB);
}

TEST_F(BuildWithoutAGroup, HasNoTripWireAndNoSwap) {
  const auto seen = observe(1s);
  EXPECT_EQ(seen.high_events, 0U);
  EXPECT_EQ(seen.swap_room, Bytes{});
  EXPECT_FALSE(observer().can_swap());
  EXPECT_GT(seen.processors, 0);
  EXPECT_LE(seen.processors, proc::usable_processors());
}

TEST_F(BuildWithoutAGroup, HasTheProcessesBelowItsFrontButForTheSupervisor) {
  const WaitingChild child;
  EXPECT_THAT(observer().processes(), Contains(child.pid()));
  EXPECT_THAT(observer().processes(), Not(Contains(::getpid())));
}

TEST_F(BuildWithoutAGroup, ShowsEachJobButThoseThatAreLeftAlone) {
  const LiveJob& waiting = add(JobPhase::waiting);
  const LiveJob& held = add(JobPhase::held);
  add(JobPhase::running).exempt = true;
  const LiveJob& frozen = add(JobPhase::frozen);
  const auto seen = observe(1s);
  ASSERT_THAT(seen.jobs, SizeIs(3));
  EXPECT_EQ(seen.jobs[0].id, waiting.id);
  EXPECT_EQ(seen.jobs[0].state, policy::JobState::waiting);
  EXPECT_EQ(seen.jobs[1].id, held.id);
  EXPECT_EQ(seen.jobs[1].state, policy::JobState::waiting);
  EXPECT_EQ(seen.jobs[2].id, frozen.id);
  EXPECT_EQ(seen.jobs[2].state, policy::JobState::frozen);
}

TEST_F(BuildWithoutAGroup, ShowsAJobWithWhatItHasAndIsExpectedToNeed) {
  LiveJob& job = add(JobPhase::running, 30_MiB);
  job.unmapped = 4_MiB;
  job.record->peak = 50_MiB;
  job.predicted = policy::Prediction{90_MiB, policy::PredictedBy::history};
  const auto seen = only_one();
  EXPECT_EQ(seen.memory, 34_MiB);
  EXPECT_EQ(seen.peak, 50_MiB);
  EXPECT_EQ(seen.predicted, job.predicted);
  EXPECT_EQ(seen.family, job.family());
  EXPECT_FALSE(seen.will_start);
  EXPECT_FALSE(seen.by_size);
  EXPECT_FALSE(seen.of_build_script);
}

TEST_F(BuildWithoutAGroup, ShowsTheLinkThatAJobWillStartAndThatAJobWasFoundBySize) {
  LiveJob& job = add(JobPhase::running);
  job.record->will_link = true;
  job.record->job_class = config::kOther;
  const auto seen = only_one();
  EXPECT_EQ(seen.will_start, policy::ClassId{config::kLink});
  EXPECT_TRUE(seen.by_size);
}

TEST_F(BuildWithoutAGroup, ShowsWhatABuildScriptStarted) {
  LiveJob& job = add(JobPhase::running);
  job.record->of_build_script = true;
  EXPECT_TRUE(only_one().of_build_script);
}

TEST_F(BuildWithoutAGroup, KeepsAJobThatTheUserStoppedUntilHeAsksForSomethingElse) {
  LiveJob& job = add(JobPhase::frozen);
  EXPECT_EQ(only_one().wish, policy::Wish::none);
  job.record->kept = true;
  EXPECT_EQ(only_one().wish, policy::Wish::stop);
  job.wish = policy::Wish::go;
  EXPECT_EQ(only_one().wish, policy::Wish::go);
}

TEST_F(BuildWithoutAGroup, TellsOnceOfAJobThatEnded) {
  const LiveJob& job = add_ending(report::Outcome::done);
  observer().ended(job, Instant{5s});
  const auto seen = observe(5s);
  ASSERT_THAT(seen.ended, SizeIs(1));
  EXPECT_EQ(seen.ended[0].id, job.id);
  EXPECT_EQ(seen.ended[0].peak, 70_MiB);
  EXPECT_TRUE(seen.ended[0].completed);
  EXPECT_THAT(observe(6s).ended, IsEmpty());
}

TEST_F(BuildWithoutAGroup, TellsOfAnEvictedJobWhatItHadWheneverThatWas) {
  observer().ended(add_ending(report::Outcome::evicted), Instant{60s});
  const auto seen = observe(60s);
  ASSERT_THAT(seen.ended, SizeIs(1));
  EXPECT_FALSE(seen.ended[0].completed);
  EXPECT_EQ(seen.ended[0].peak, 70_MiB);
}

TEST_F(BuildWithoutAGroup, TellsNothingOfAJobWhosePeakNobodySaw) {
  observer().ended(add_ending(report::Outcome::done), Instant{60s});
  EXPECT_THAT(observe(60s).ended, IsEmpty());
}

}  // namespace
}  // namespace memguard::supervisor

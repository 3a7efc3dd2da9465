// What `memguard status` is told of a run.
#include "supervisor/tell/status_board.h"

#include <unistd.h>

#include <gmock/gmock.h>

#include <algorithm>

#include "stopped_links.h"

namespace memguard::supervisor {
namespace {

using namespace std::chrono_literals;
using namespace units;
using policy::Cause;
using status::JobState;
using testing::DoubleNear;

class Board : public StoppedLinks {
 protected:
  status::RunStatus look(Duration now = 10s) { return board_.look(jobs_, at(now)); }
  // What is told of a job.
  status::JobStatus told(const LiveJob& job, Duration now = 10s) {
    const auto run = look(now);
    const auto found = std::ranges::find(run.jobs, static_cast<std::uint32_t>(job.id), &status::JobStatus::id);
    return found == run.jobs.end() ? status::JobStatus{} : *found;
  }
  void stepped(const std::vector<policy::Action>& actions, const std::vector<policy::Hold>& waits = {}) {
    board_.stepped({}, {.actions = actions, .waits = waits}, jobs_);
  }
  static policy::Hold hold(const LiveJob& job, Cause why) { return {job.id, {}, because(why)}; }
  static policy::Freeze freeze(const LiveJob& job, Cause why) { return {job.family(), {job.id}, because(why)}; }
  static policy::Reason because(Cause why) { return {why, {}, {}, {}, {}, {}}; }
  // A step that saw so long a time of standstill so far.
  void stalled(Duration now, Duration some, Duration full) {
    policy::Observation seen;
    seen.at = at(now);
    seen.pressure = policy::Pressure{some, full};
    board_.stepped(seen, {}, jobs_);
  }
  static std::uint32_t number(const LiveJob& job) { return static_cast<std::uint32_t>(job.id); }

  const cgroup::Home home_{};
  EventLoop loop_ = EventLoop::create().value();
  std::unique_ptr<Worker> worker_ = Worker::start().value();
  Restarter restarter_{
      {area_, home_, loop_, jobs_, *worker_, -1, ::getppid()}, [](policy::JobId) {}, [](const JobRecord&, bool) {}};
  StatusBoard board_{config_, restarter_};
};

TEST_F(Board, TellsWhatTheLastStepSaw) {
  policy::Observation seen;
  seen.limit = 700_MiB;
  seen.used = 570_MiB;
  seen.kept_for_text = 70_MiB;
  seen.tokens = policy::Tokens{2, -1};
  board_.stepped(seen, {}, jobs_);
  const auto run = look();
  EXPECT_EQ(run.limit_now, 700_MiB);
  EXPECT_EQ(run.used, 500_MiB) << "without what is kept for programs";
  ASSERT_TRUE(run.tokens);
  EXPECT_EQ(run.tokens->free, 2);
  EXPECT_EQ(run.tokens->more, -1);
}

TEST_F(Board, TellsNothingOfWhatIsNotThere) {
  stepped({});
  const auto run = look();
  EXPECT_FALSE(run.tokens);
  EXPECT_FALSE(run.swap);
  EXPECT_FALSE(run.pressure);
}

TEST_F(Board, TellsOfSwapThatIsUsedOrCouldBe) {
  policy::Observation seen;
  seen.swap_room = 1_GiB;
  board_.stepped(seen, {}, jobs_);
  EXPECT_EQ(look().swap.value().room, 1_GiB);
  add(JobPhase::frozen, 1s).swapped = 30_MiB;
  add(JobPhase::frozen, 1s).swapped = 12_MiB;
  stepped({});
  EXPECT_EQ(look().swap.value().used, 42_MiB);
}

TEST_F(Board, PressureIsAShareOfTheLastSeconds) {
  stalled(0s, 0s, 0s);
  EXPECT_FALSE(look().pressure);
  stalled(1s, 500ms, 100ms);
  EXPECT_THAT(look().pressure.value().some, DoubleNear(0.5, 1e-9));
  EXPECT_THAT(look().pressure.value().full, DoubleNear(0.1, 1e-9));
  stalled(10s, 500ms, 100ms);
  EXPECT_EQ(look().pressure.value().some, 0) << "that was long ago";
}

TEST_F(Board, PressureIsNoShareOfAMomentNorMoreThanAll) {
  stalled(0s, 0s, 0s);
  stalled(100ms, 100ms, 0s);
  EXPECT_FALSE(look().pressure);
  stalled(1s, 3s, 2s);
  EXPECT_EQ(look().pressure.value().some, 1);
}

TEST_F(Board, PressureEndsWhereTheKernelTellsNoMore) {
  stalled(0s, 0s, 0s);
  stalled(1s, 1s, 1s);
  stepped({});
  EXPECT_FALSE(look().pressure);
}

TEST_F(Board, AJobIsInTheStateThatItsRecordTells) {
  EXPECT_EQ(told(add(JobPhase::waiting, 0s)).state, JobState::held);
  EXPECT_EQ(told(add(JobPhase::held, 0s)).state, JobState::held);
  EXPECT_EQ(told(add(JobPhase::running, 0s)).state, JobState::running);
  LiveJob& job = add(JobPhase::frozen, 0s);
  EXPECT_EQ(told(job).state, JobState::frozen);
  job.record->being_killed = true;
  EXPECT_EQ(told(job).state, JobState::evicting);
}

TEST_F(Board, AJobThatWaitsToBeginAnewIsRestarting) {
  LiveJob& job = add(JobPhase::held, 0s);
  job.record->start_number = 2;
  EXPECT_EQ(told(job).state, JobState::restarting);
  EXPECT_EQ(told(job).restarts, 2);
  job.record->phase = JobPhase::running;
  EXPECT_EQ(told(job).state, JobState::running);
}

TEST_F(Board, AJobIsDescribedByItsRecord) {
  LiveJob& job = add(JobPhase::running, 0s, "app\x1b[31m");
  job.memory = 100_MiB;
  job.unmapped = 20_MiB;
  EXPECT_FALSE(told(job).expected);
  job.record->process.pid = 4711;
  job.record->predicted = 300_MiB;
  job.record->kept = true;
  const auto status = told(job);
  EXPECT_EQ(status.name, "link app\\x1b[31m");
  EXPECT_EQ(status.job_class, "link");
  EXPECT_EQ(status.pid, 4711);
  EXPECT_EQ(status.memory, 120_MiB);
  EXPECT_EQ(status.expected, 300_MiB);
  EXPECT_TRUE(status.by_user);
  EXPECT_FALSE(status.restartable) << "no shim is connected";
}

TEST_F(Board, AStateLastsSinceTheLastStopOrStart) {
  LiveJob& job = add(JobPhase::running, 0s);
  job.record->start = at(2s);
  EXPECT_EQ(told(job).in_state, 8s);
  job.record->phase = JobPhase::frozen;
  job.record->stopped_at = at(5s);
  EXPECT_EQ(told(job).in_state, 5s);
  job.record->phase = JobPhase::running;
  job.record->resumed_at = at(7s);
  EXPECT_EQ(told(job).in_state, 3s);
  EXPECT_EQ(told(job).age, 8s);
}

TEST_F(Board, AStoppedJobTellsWhyAndWhichJobHasToEndFirst) {
  const LiveJob& oldest = add(JobPhase::running, 0s);
  add(JobPhase::running, 0s);
  const LiveJob& held = add(JobPhase::held, 0s);
  const LiveJob& frozen = add(JobPhase::frozen, 0s);
  stepped({hold(held, Cause::no_room), freeze(frozen, Cause::growth)});
  EXPECT_EQ(told(held).why, "no room");
  EXPECT_EQ(told(held).waits_for, number(oldest));
  EXPECT_EQ(told(frozen).why, "growth does not fit");
  EXPECT_EQ(told(frozen).waits_for, number(oldest));
}

TEST_F(Board, AJobTellsWhyItStillWaits) {
  const LiveJob& first = add(JobPhase::held, 0s);
  const LiveJob& second = add(JobPhase::held, 0s);
  stepped({hold(second, Cause::no_room)});
  stepped({}, {hold(second, Cause::waits_for_oldest)});
  EXPECT_EQ(told(second).why, "an older job has waited long enough");
  EXPECT_EQ(told(second).waits_for, number(first));
  stepped({});
  EXPECT_EQ(told(second).waits_for, number(first)) << "a step that did not ask changes nothing";
}

TEST_F(Board, AJobOfAFullGroupWaitsForOneOfThatGroup) {
  add(JobPhase::running, 0s);
  LiveJob& member = add(JobPhase::running, 0s);
  LiveJob& held = add(JobPhase::held, 0s);
  member.group = held.group = policy::Group{policy::GroupId{1}, 1};
  stepped({hold(held, Cause::group_full)});
  EXPECT_EQ(told(held).waits_for, number(member));
}

TEST_F(Board, AJobThatWaitsForNoOtherNamesNone) {
  const LiveJob& running = add(JobPhase::running, 0s);
  const LiveJob& held = add(JobPhase::held, 0s);
  for (const Cause why : {Cause::asked, Cause::processors_busy}) {
    stepped({hold(held, why)});
    EXPECT_FALSE(told(held).waits_for);
  }
  EXPECT_EQ(told(running).why, "");
  EXPECT_FALSE(told(running).waits_for);
}

TEST_F(Board, NobodyWaitsForAJobThatIsLeftAloneNorForItself) {
  add(JobPhase::running, 0s).exempt = true;
  const LiveJob& frozen = add(JobPhase::frozen, 0s);
  stepped({freeze(frozen, Cause::pressure)});
  EXPECT_FALSE(told(frozen).waits_for);
}

TEST_F(Board, ADecisionOnAJobThatEndedIsPassedOver) {
  const LiveJob& job = add(JobPhase::held, 0s);
  const policy::Hold held = hold(job, Cause::no_room);
  const policy::Freeze frozen = freeze(job, Cause::growth);
  jobs_.remove(held.job, report::Outcome::done, at(1s));
  stepped({held, frozen}, {held});
  EXPECT_TRUE(look().jobs.empty());
}

// They come last, and are what is asked about.
TEST_F(Board, OfTooManyJobsThoseAreLeftOutThatRun) {
  LiveJobs many(*SharedArea::create(std::size_t{1} << 12U).value());
  for (std::size_t i = 0; i < status::kMostJobs + 10; ++i) {
    JobRecord& record = *many.add({}, many.new_family(), Instant{})->record;
    record.phase = i < status::kMostJobs + 7 ? JobPhase::running : JobPhase::frozen;
  }
  const auto run = board_.look(many, at(1s));
  EXPECT_EQ(run.jobs.size(), status::kMostJobs);
  EXPECT_EQ(run.jobs_left_out, 10U);
  EXPECT_EQ(std::ranges::count(run.jobs, JobState::frozen, &status::JobStatus::state), 3);
}

}  // namespace
}  // namespace memguard::supervisor

// Execs of real processes: this one is the build tool, or a wrapper, and its children are what it started.
#include "supervisor/arrivals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "no_stopper.h"
#include "waiting_child.h"

namespace memguard::supervisor {
namespace {

using namespace units;

class ArrivalsOf : public testing::Test {
 protected:
  static ExecFacts facts(const proc::Identity& process, std::size_t job_class = config::kRustc,
                         std::string_view program = "rustc") {
    ExecFacts made{};
    made.process = process;
    made.job_class = static_cast<std::uint16_t>(job_class);
    made.program.set(program);
    return made;
  }
  static proc::Identity self() { return {::getpid(), proc::read_stat(::getpid()).value().start_ticks}; }

  GateSlot& arrives(const ExecFacts& exec) {
    GateSlot& slot = area_.slots.at(next_slot_++);
    slot.facts = exec;
    slot.state = SlotState::taken;
    arrivals_.take_in(slot, Instant{});
    return slot;
  }
  [[nodiscard]] LiveJob& job(std::uint32_t id) { return *jobs_.find(policy::JobId{id}); }
  [[nodiscard]] auto count() { return std::ranges::distance(jobs_.all()); }

  SharedArea& area_ = *SharedArea::create().value();
  const config::Config config_{};
  const history::Remembered remembered_{};
  const cgroup::Home home_{};
  LiveJobs jobs_{area_};
  EventLoop loop_ = EventLoop::create().value();
  std::unique_ptr<Worker> worker_ = Worker::start().value();
  NoStopper stopper_;
  Stops stops_{{-1, true}, false, jobs_, stopper_, *worker_, proc::all_processes, [](policy::JobId, HoldOutcome) {}};
  FoundJobs found_{{area_, config_, jobs_, ::getppid(), 1_GiB, [] { return std::vector<pid_t>(); }}, [](LiveJob&) {}};
  Restarter restarter_{
      {area_, home_, loop_, jobs_, *worker_, -1, ::getppid()}, [](policy::JobId) {}, [](const JobRecord&, bool) {}};
  Starters starters_{jobs_};
  TokenPool tokens_{area_, jobs_, ::getppid(), 2};
  Predictor predictor_{config_, remembered_, 1_GiB};
  OomRank oom_rank_{0};
  std::vector<policy::JobId> added_;
  Arrivals arrivals_{
      {area_, config_, 1_GiB, jobs_, found_, restarter_, starters_, tokens_, predictor_, oom_rank_, stops_},
      [this](LiveJob& job) { added_.push_back(job.id); }};
  std::size_t next_slot_ = 0;
};

TEST_F(ArrivalsOf, ANewProcessIsAJobThatWaitsInItsSlot) {
  const WaitingChild child;
  GateSlot& slot = arrives(facts(child.identity()));
  ASSERT_EQ(count(), 1);
  EXPECT_EQ(job(0).slot, &slot);
  EXPECT_EQ(slot.state, SlotState::taken);
  EXPECT_EQ(job(0).record->phase, JobPhase::waiting);
  EXPECT_THAT(added_, testing::ElementsAre(policy::JobId{0}));
}

TEST_F(ArrivalsOf, WhoAsksAgainBeforeItsAnswerWaitsInTheNewerSlot) {
  const WaitingChild child;
  GateSlot& first = arrives(facts(child.identity()));
  GateSlot& second = arrives(facts(child.identity()));
  EXPECT_EQ(count(), 1);
  EXPECT_EQ(first.state, SlotState::empty);
  EXPECT_EQ(job(0).slot, &second);
}

TEST_F(ArrivalsOf, WhoExecsAgainIsAnswered) {
  const WaitingChild child;
  arrives(facts(child.identity()));
  job(0).slot = nullptr;
  GateSlot& again = arrives(facts(child.identity()));
  EXPECT_EQ(count(), 1);
  EXPECT_EQ(again.state, SlotState::empty);
}

TEST_F(ArrivalsOf, TheToolOfAWrapperOfTheSameNameIsTheWrappersJob) {
  arrives(facts(self()));
  const WaitingChild tool;
  GateSlot& slot = arrives(facts(tool.identity()));
  EXPECT_EQ(count(), 1);
  EXPECT_EQ(slot.state, SlotState::empty);
  EXPECT_THAT(job(0).processes, testing::SizeIs(2));
}

TEST_F(ArrivalsOf, AWrapperHasOneToolAndADriverMany) {
  arrives(facts(self()));
  const WaitingChild tool;
  arrives(facts(tool.identity()));
  const WaitingChild second;
  arrives(facts(second.identity()));
  EXPECT_EQ(count(), 2);
  EXPECT_EQ(job(1).above(), policy::JobId{0});
}

TEST_F(ArrivalsOf, WhatAJobStartsJoinsItsFamily) {
  arrives(facts(self()));
  const WaitingChild linker;
  arrives(facts(linker.identity(), config::kLink, "ld"));
  ASSERT_EQ(count(), 2);
  EXPECT_EQ(job(1).family(), job(0).family());
  EXPECT_EQ(job(1).above(), policy::JobId{0});
}

TEST_F(ArrivalsOf, WhatALetGoFamilyStartsIsLetGoToo) {
  arrives(facts(self()));
  job(0).exempt = true;
  const WaitingChild linker;
  GateSlot& slot = arrives(facts(linker.identity(), config::kLink, "ld"));
  EXPECT_EQ(slot.state, SlotState::empty);
  EXPECT_TRUE(job(1).exempt);
}

TEST_F(ArrivalsOf, WhatRunsAlreadyIsAJobThatRuns) {
  const WaitingChild child;
  const LiveJob* job = arrivals_.take_running(facts(child.identity()), Instant{});
  ASSERT_NE(job, nullptr);
  EXPECT_EQ(job->record->phase, JobPhase::running);
  EXPECT_EQ(arrivals_.take_running(facts(child.identity()), Instant{}), nullptr);
}

TEST_F(ArrivalsOf, WhatWentOnUnreadHasStarted) {
  const WaitingChild child;
  arrivals_.take_late(facts(child.identity()), Instant{});
  ASSERT_EQ(count(), 1);
  EXPECT_TRUE(job(0).started());
}

}  // namespace
}  // namespace memguard::supervisor

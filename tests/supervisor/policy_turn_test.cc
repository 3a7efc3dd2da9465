// Turns over real processes that wait; nothing is stopped but by leaving its exec unanswered.
#include "supervisor/policy_turn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "no_stopper.h"
#include "waiting_child.h"

namespace memguard::supervisor {
namespace {

using namespace units;
using namespace std::chrono_literals;
using testing::SizeIs;

TEST(SampleInterval, is_what_policy_wants_if_nothing_speaks_against_it) {
  EXPECT_EQ(sample_interval(25ms, std::nullopt, 0ms), 25ms);
  EXPECT_EQ(sample_interval(0ms, std::nullopt, 0ms), 0ms);
}

TEST(SampleInterval, is_shorter_where_found_jobs_are_to_be_looked_at) {
  EXPECT_EQ(sample_interval(200ms, 40ms, 0ms), 40ms);
  EXPECT_EQ(sample_interval(25ms, 40ms, 0ms), 25ms);
}

TEST(SampleInterval, keeps_turns_to_a_fiftieth_of_a_processor) { EXPECT_EQ(sample_interval(25ms, 10ms, 2ms), 100ms); }

TEST(SampleInterval, is_never_longer_than_the_heartbeat_may_wait) {
  EXPECT_EQ(sample_interval(10s, std::nullopt, 0ms), kSlowestSample);
  EXPECT_EQ(sample_interval(25ms, std::nullopt, 1s), kSlowestSample);
}

class PolicysTurn : public testing::Test {
 protected:
  // So little that one rustc is all that has room.
  static constexpr Bytes kWall{std::int64_t{64} << 20U};

  PolicysTurn() { area_.wall = area_.highest_limit = kWall; }

  GateSlot& arrives(const WaitingChild& child) {
    GateSlot& slot = area_.slots.at(next_slot_++);
    slot.facts = {};
    slot.facts.process = child.identity();
    slot.facts.job_class = config::kRustc;
    slot.facts.program.set("rustc");
    slot.state = SlotState::taken;
    arrivals_.take_in(slot, now_);
    return slot;
  }
  [[nodiscard]] JobPhase phase_of(std::uint32_t id) { return area_.job(id)->phase; }
  void ends(std::uint32_t id) {
    LiveJob& job = *jobs_.find(policy::JobId{id});
    observer_.ended(job, now_);
    stops_.forget(job);
    jobs_.remove(job.id, report::Outcome::done, now_);
  }

  SharedArea& area_ = *SharedArea::create().value();
  const config::Config config_{};
  const history::Remembered remembered_{};
  const cgroup::Home home_{};
  const RunLimit limit_{.wall = kWall, .swap = {}, .keep_free = {}, .origin = {}, .remarks = {}};
  Instant now_{1s};
  LiveJobs jobs_{area_};
  EventLoop loop_ = EventLoop::create().value();
  std::unique_ptr<Worker> worker_ = Worker::start().value();
  NoStopper stopper_;
  Stops stops_{{-1, false}, false, jobs_, stopper_, *worker_, proc::all_processes, [](policy::JobId, HoldOutcome) {}};
  FoundJobs found_{{area_, config_, jobs_, ::getppid(), kWall, [] { return std::vector<pid_t>(); }}, [](LiveJob&) {}};
  Restarter restarter_{
      {area_, home_, loop_, jobs_, *worker_, -1, ::getppid()}, [](policy::JobId) {}, [](const JobRecord&, bool) {}};
  Starters starters_{jobs_};
  TokenPool tokens_{area_, jobs_, ::getppid(), 2};
  Predictor predictor_{config_, remembered_, kWall};
  OomRank oom_rank_{0};
  Observer observer_{home_, limit_, jobs_, area_, config_, ::getppid()};
  Reclaimer reclaimer_{home_, jobs_, *worker_, [](const Reclaimer::Outcome&) {}};
  Explainer explainer_{config_};
  UnitNews unit_{-1, config_};
  CloseLook close_look_{loop_, jobs_, [this] { return now_; }};
  Arrivals arrivals_{
      {area_, config_, kWall, jobs_, found_, restarter_, starters_, tokens_, predictor_, oom_rank_, stops_},
      [](LiveJob&) {}};
  Hands hands_{{home_, explainer_, jobs_, stops_, restarter_, reclaimer_, tokens_, close_look_, *worker_}};
  std::vector<policy::Observation> seen_;
  PolicyTurn turn_{
      {config_, limit_, jobs_, observer_, found_, arrivals_, restarter_, reclaimer_, tokens_, stops_, hands_,
       close_look_, explainer_, unit_},
      policy::Settings{},
      [this] { return now_; },
      [this](policy::Observation&& seen, policy::Decision&& /*decision*/) { seen_.push_back(std::move(seen)); }};
  std::size_t next_slot_ = 0;
};

TEST_F(PolicysTurn, answers_the_oldest_and_holds_what_has_no_room_until_it_ends) {
  const WaitingChild first;
  const WaitingChild second;
  GateSlot& slot = arrives(first);
  GateSlot& other = arrives(second);
  (void)turn_.take(0ms);
  EXPECT_EQ(slot.state, SlotState::empty);
  EXPECT_EQ(phase_of(0), JobPhase::running);
  EXPECT_EQ(other.state, SlotState::taken);
  EXPECT_EQ(phase_of(1), JobPhase::held);
  ASSERT_THAT(seen_, SizeIs(1));
  EXPECT_THAT(seen_[0].jobs, SizeIs(2));

  now_ += 2s;
  ends(0);
  (void)turn_.take(0ms);
  EXPECT_EQ(other.state, SlotState::empty);
  EXPECT_EQ(phase_of(1), JobPhase::running);
  EXPECT_EQ(area_.job(1)->held, 2s);
  EXPECT_EQ(area_.decisions, 2U);
}

TEST_F(PolicysTurn, says_when_the_next_sample_is_due) {
  EXPECT_EQ(turn_.wanted_interval(), 0ms);
  const Duration until = turn_.take(0ms);
  EXPECT_GT(until, 0ms);
  EXPECT_LE(until, kSlowestSample);
  EXPECT_GT(turn_.wanted_interval(), 0ms);
}

TEST_F(PolicysTurn, decides_by_an_older_reading_when_it_may) {
  (void)turn_.take(0ms);
  now_ += 50ms;
  (void)turn_.take(100ms);
  (void)turn_.take(20ms);
  ASSERT_THAT(seen_, SizeIs(3));
  EXPECT_EQ(seen_[1].at, Instant(1s));
  EXPECT_EQ(seen_[2].at, now_);
}

}  // namespace
}  // namespace memguard::supervisor

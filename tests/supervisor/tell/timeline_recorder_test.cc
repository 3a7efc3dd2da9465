// States of jobs and samples of memory, from decisions to the report.
#include "supervisor/tell/timeline_recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/causes.h"
#include "record/words.h"
#include "supervisor/account/tell_timeline.h"

namespace memguard::supervisor {
namespace {

using namespace std::chrono_literals;
using namespace units;
using policy::Cause;

class Recorder : public testing::Test {
 protected:
  LiveJob& add(JobPhase phase, Bytes memory = {}) {
    ExecFacts facts{};
    LiveJob& job = *jobs_.add(facts, jobs_.new_family(), Instant{});
    job.record->phase = phase;
    job.memory = memory;
    return job;
  }
  void step(Duration at, const policy::Decision& decision = {}, Bytes used = 100_MiB) {
    policy::Observation seen{};
    seen.at = Instant{} + at;
    seen.used = used;
    seen.limit = 1_GiB;
    recorder_.stepped(seen, decision, Instant{} + at);
  }
  void step_waiting(Duration at, const LiveJob& job, Cause why) {
    step(at, {.actions = {}, .next_sample = {}, .waits = {policy::Hold{job.id, 300_MiB, because(why)}}});
  }
  [[nodiscard]] report::Timeline told() const { return tell_timeline(area_.timeline); }
  static policy::Reason because(Cause cause) {
    return {.cause = cause,
            .limit = 1_GiB,
            .used = 700_MiB,
            .kept_for_text = 30_MiB,
            .reserved = 800_MiB,
            .need = 300_MiB,
            .running = 1,
            .frozen = 0,
            .held = 2};
  }

  SharedArea& area_ = *SharedArea::create(std::size_t{1} << 10U).value();
  LiveJobs jobs_{area_};
  TimelineRecorder recorder_{area_.timeline, jobs_};
};

// A quarter of the limit is kept for the text of programs. No process has it, and the peak does not count it.
TEST_F(Recorder, WhatIsOnlyKeptForTextIsNotUsed) {
  policy::Observation seen{};
  seen.at = Instant{} + 1s;
  seen.used = 370_MiB;
  seen.kept_for_text = 105_MiB;
  recorder_.stepped(seen, {}, seen.at);
  ASSERT_EQ(told().samples.size(), 1U);
  EXPECT_EQ(told().samples[0].used, 265_MiB);
}

TEST_F(Recorder, ANewStateIsNotedOnceWithItsReasonAndForWhom) {
  LiveJob& large = add(JobPhase::running, 600_MiB);
  add(JobPhase::running, 10_MiB);
  LiveJob& held = add(JobPhase::held);
  step(1s, {.actions = {policy::Hold{held.id, 300_MiB, because(Cause::no_room)}}, .next_sample = {}});
  step(2s);
  const auto changes = told().changes;
  ASSERT_EQ(changes.size(), 3U);
  EXPECT_EQ(changes[2].job, held.record->id);
  EXPECT_EQ(changes[2].state, report::State::held);
  EXPECT_EQ(changes[2].cause, "no_room");
  EXPECT_EQ(changes[2].need, 300_MiB);
  EXPECT_EQ(changes[2].used, 670_MiB);
  EXPECT_EQ(changes[2].kept_for_text, 30_MiB);
  EXPECT_EQ(changes[2].for_job, large.record->id);
  EXPECT_EQ(changes[0].cause, "");
}

// Held for memory at first, and then because all processors are busy: both are said, each with its time.
TEST_F(Recorder, ALaterCauseOfTheSameWaitIsNoted) {
  LiveJob& held = add(JobPhase::held);
  step(1s, {.actions = {policy::Hold{held.id, 300_MiB, because(Cause::no_room)}}, .next_sample = {}});
  step_waiting(2s, held, Cause::no_room);
  step_waiting(3s, held, Cause::processors_busy);
  const auto changes = told().changes;
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[1].at, 3s);
  EXPECT_EQ(changes[1].state, report::State::held);
  EXPECT_EQ(changes[1].cause, "processors_busy");
  EXPECT_EQ(changes[1].need, 300_MiB);
}

// Causes that change with each step would fill the record of the build.
TEST_F(Recorder, CausesThatTakeTurnsAreNotedEverMoreRarely) {
  LiveJob& held = add(JobPhase::held);
  step(0s, {.actions = {policy::Hold{held.id, 300_MiB, because(Cause::no_room)}}, .next_sample = {}});
  for (int turn = 1; turn <= 1000; ++turn)
    step_waiting(turn * 50ms, held, turn % 2 == 0 ? Cause::no_room : Cause::processors_busy);
  EXPECT_LE(told().changes.size(), 40U);
}

TEST_F(Recorder, WhatHasJustStartedIsNoLaterCause) {
  LiveJob& held = add(JobPhase::held);
  step(0s, {.actions = {policy::Hold{held.id, 300_MiB, because(Cause::no_room)}}, .next_sample = {}});
  step_waiting(1s, held, Cause::just_started);
  EXPECT_EQ(told().changes.size(), 1U);
}

TEST_F(Recorder, EveryCauseReachesTheReport) {
  for (const auto& words : policy::all_causes()) {
    LiveJob& held = add(JobPhase::held);
    step(1s, {.actions = {policy::Hold{held.id, {}, because(words.cause)}}, .next_sample = {}});
    EXPECT_EQ(told().changes.back().cause, words.word);
  }
}

TEST_F(Recorder, ASupervisorThatFollowsNotesNothingTwiceAndWhatChanges) {
  LiveJob& held = add(JobPhase::held);
  step(1s, {.actions = {policy::Hold{held.id, 300_MiB, because(Cause::no_room)}}, .next_sample = {}});
  TimelineRecorder next(area_.timeline, jobs_);
  const auto then = [&](Duration at, Cause why) {
    policy::Observation seen{};
    seen.at = Instant{} + at;
    const policy::Decision decision{
        .actions = {}, .next_sample = {}, .waits = {policy::Hold{held.id, 300_MiB, because(why)}}};
    next.stepped(seen, decision, seen.at);
  };
  then(2s, Cause::no_room);
  then(3s, Cause::no_room);
  EXPECT_EQ(told().changes.size(), 1U);
  then(4s, Cause::processors_busy);
  then(5s, Cause::processors_busy);
  EXPECT_EQ(told().changes.size(), 2U);
  EXPECT_EQ(told().samples.size(), 5U);
}

// One step with another cause must not stand for as long as all that was before it.
TEST_F(Recorder, ABriefCauseOfALongWaitStaysBrief) {
  LiveJob& held = add(JobPhase::held);
  step(0s, {.actions = {policy::Hold{held.id, 300_MiB, because(Cause::no_room)}}, .next_sample = {}});
  step_waiting(80s, held, Cause::processors_busy);
  for (int tenth = 801; tenth <= 1000; ++tenth) step_waiting(tenth * 100ms, held, Cause::no_room);
  const auto changes = told().changes;
  ASSERT_EQ(changes.size(), 3U);
  EXPECT_LE(changes[2].at, 91s);
}

TEST_F(Recorder, AJobThatIsBeingEvictedSaysSo) {
  LiveJob& job = add(JobPhase::running, 600_MiB);
  step(1s);
  job.record->evicted = job.record->being_killed = true;
  step(2s, {.actions = {policy::Evict{job.family(), because(Cause::wall_ahead)}}, .next_sample = {}});
  EXPECT_EQ(told().changes.back().state, report::State::evicted);
  EXPECT_EQ(told().changes.back().cause, "wall_ahead");
}

TEST_F(Recorder, EachJobHasItsMemoryFromItsFirstSampleOn) {
  LiveJob& first = add(JobPhase::running, 300_MiB);
  step(0s);
  first.memory = {};
  LiveJob& second = add(JobPhase::running, 50_MiB);
  step(1s);
  first.memory = 200_MiB;
  area_.timeline.high = (900_MiB).count;
  step(2s);
  const auto timeline = told();
  ASSERT_EQ(timeline.samples.size(), 3U);
  EXPECT_TRUE(timeline.samples[0].high.is_unlimited());
  EXPECT_EQ(timeline.samples[2].high, 900_MiB);
  const report::JobMemory wanted{first.record->id, 0, {300_MiB, 0_B, 200_MiB}};
  const report::JobMemory wanted_too{second.record->id, 1, {50_MiB, 50_MiB}};
  EXPECT_THAT(timeline.memory, testing::ElementsAre(wanted, wanted_too));
}

TEST_F(Recorder, WhatIsHeldForIsSaidByTheCause) {
  LiveJob& oldest = add(JobPhase::frozen, 100_MiB);
  LiveJob& large = add(JobPhase::running, 500_MiB);
  LiveJob& waiting = add(JobPhase::held);
  LiveJob& youngest = add(JobPhase::held);
  EXPECT_EQ(waits_for(youngest, Cause::beside_frozen, jobs_), &oldest);
  EXPECT_EQ(waits_for(youngest, Cause::older_waits, jobs_), &oldest);
  EXPECT_EQ(waits_for(youngest, Cause::no_room, jobs_), &large);
  EXPECT_EQ(waits_for(youngest, Cause::processors_busy, jobs_), nullptr);
  EXPECT_EQ(waits_for(youngest, Cause::asked, jobs_), nullptr);
  oldest.record->phase = JobPhase::running;
  EXPECT_EQ(waits_for(youngest, Cause::older_waits, jobs_), &waiting);
  EXPECT_EQ(waits_for(youngest, Cause::beside_frozen, jobs_), nullptr);
}

TEST(Causes, EachOfThePolicyHasASentence) {
  for (const auto& words : policy::all_causes())
    EXPECT_EQ(policy::sentence_of(record::word(words.cause)), words.sentence) << words.word;
  EXPECT_EQ(policy::sentence_of("of_a_memguard_to_come"), "of_a_memguard_to_come");
}

}  // namespace
}  // namespace memguard::supervisor

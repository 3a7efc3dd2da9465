// From the records of shared memory to the report's timeline.
#include "supervisor/account/tell_timeline.h"

#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/causes.h"

namespace memguard::supervisor {
namespace {

using namespace std::chrono_literals;
using namespace units;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class ToldTimeline : public testing::Test {
 protected:
  void sample(Duration at, std::vector<SampledJob> jobs) {
    record_->samples.note({.at = at,
                           .used = (100_MiB).count,
                           .limit = (1_GiB).count,
                           .high = (900_MiB).count,
                           .some = 7ms,
                           .full = 3ms,
                           .tokens = 5,
                           .first = 0,
                           .count = 0},
                          jobs);
  }
  static ChangeRecord change_of(std::uint32_t job, NotedState state, std::uint8_t cause) {
    return {.at = 2s,
            .job = job,
            .for_job = 9,
            .limit = (1_GiB).count,
            .used = (700_MiB).count,
            .kept_for_text = (30_MiB).count,
            .reserved = (800_MiB).count,
            .need = (300_MiB).count,
            .running = 1,
            .frozen = 2,
            .held = 3,
            .state = state,
            .cause = cause};
  }
  void change(std::uint32_t job, NotedState state, std::uint8_t cause = ChangeRecord::kNoCause) {
    record_->changes.note(change_of(job, state, cause));
  }
  [[nodiscard]] report::Timeline told() const { return tell_timeline(*record_); }

  // Zeroed, as the kernel maps it.
  std::unique_ptr<TimelineRecord> record_ = std::make_unique<TimelineRecord>();
};

TEST_F(ToldTimeline, OfARunWithoutJobsIsEmpty) {
  EXPECT_TRUE(told().empty());
  EXPECT_EQ(told().step, SampleStore::kFirstStep);
  EXPECT_EQ(told().left_out, 0U);
}

TEST_F(ToldTimeline, HasAllOfASample) {
  sample(1s, {});
  EXPECT_THAT(told().samples,
              ElementsAre(report::Sample{
                  .at = 1s, .used = 100_MiB, .limit = 1_GiB, .high = 900_MiB, .some = 7ms, .full = 3ms, .tokens = 5}));
}

TEST_F(ToldTimeline, HasAllOfAChange) {
  change(4, NotedState::held, static_cast<std::uint8_t>(policy::Cause::no_room));
  EXPECT_THAT(told().changes, ElementsAre(report::Change{.at = 2s,
                                                         .job = 4,
                                                         .state = report::State::held,
                                                         .cause = "no_room",
                                                         .limit = 1_GiB,
                                                         .used = 700_MiB,
                                                         .kept_for_text = 30_MiB,
                                                         .reserved = 800_MiB,
                                                         .need = 300_MiB,
                                                         .running = 1,
                                                         .frozen = 2,
                                                         .held = 3,
                                                         .for_job = 9}));
}

TEST_F(ToldTimeline, KeepsTheOrderOfChanges) {
  for (const auto state : {NotedState::arrived, NotedState::held, NotedState::runs, NotedState::frozen,
                           NotedState::runs, NotedState::evicted})
    change(0, state);
  std::vector<report::State> states;
  for (const auto& one : told().changes) states.push_back(one.state);
  using report::State;
  EXPECT_THAT(states,
              ElementsAre(State::arrived, State::held, State::runs, State::frozen, State::runs, State::evicted));
}

TEST_F(ToldTimeline, HasTheWordOfEachCause) {
  for (const auto& words : policy::all_causes()) change(0, NotedState::held, static_cast<std::uint8_t>(words.cause));
  const auto changes = told().changes;
  ASSERT_THAT(changes, SizeIs(policy::all_causes().size()));
  for (std::size_t i = 0; i < changes.size(); ++i) EXPECT_EQ(changes[i].cause, policy::all_causes()[i].word);
}

// A supervisor that died while it wrote, or one of another build of memguard, may have left any byte.
TEST_F(ToldTimeline, TakesWhatIsNoCauseForNone) {
  change(0, NotedState::held, static_cast<std::uint8_t>(policy::kLastCause) + 1);
  change(0, NotedState::held, ChangeRecord::kNoCause);
  for (const auto& one : told().changes) EXPECT_EQ(one.cause, "");
}

TEST_F(ToldTimeline, TakesWhatIsNoStateForTheLastOne) {
  change(0, static_cast<NotedState>(200));
  EXPECT_EQ(told().changes.at(0).state, report::State::evicted);
}

TEST_F(ToldTimeline, CountsTheChangesThatAreLeftOut) {
  for (std::size_t i = 0; i < ChangeStore::kChanges + 3; ++i) change(static_cast<std::uint32_t>(i), NotedState::runs);
  const auto timeline = told();
  EXPECT_EQ(timeline.left_out, 3U);
  EXPECT_THAT(timeline.changes, SizeIs(ChangeStore::kChanges));
  EXPECT_EQ(timeline.changes.front().job, 3U);
}

TEST_F(ToldTimeline, HasTheMemoryOfAJobFromItsFirstSampleToItsLast) {
  sample(1s, {{.job = 3, .kib = 1024}});
  sample(2s, {{.job = 3, .kib = 2048}, {.job = 8, .kib = 512}});
  sample(3s, {{.job = 8, .kib = 256}});
  EXPECT_THAT(told().memory, ElementsAre(report::JobMemory{.job = 3, .first = 0, .memory = {1_MiB, 2_MiB}},
                                         report::JobMemory{.job = 8, .first = 1, .memory = {512_KiB, 256_KiB}}));
}

TEST_F(ToldTimeline, HasAZeroWhereAJobWasTooSmallToBeSeen) {
  sample(1s, {});
  sample(2s, {{.job = 3, .kib = 1024}});
  sample(3s, {});
  sample(4s, {});
  sample(5s, {{.job = 3, .kib = 2048}});
  EXPECT_THAT(told().memory, ElementsAre(report::JobMemory{.job = 3, .first = 1, .memory = {1_MiB, {}, {}, 2_MiB}}));
}

TEST_F(ToldTimeline, TellsNoJobTwiceInOneSample) {
  sample(1s, {{.job = 3, .kib = 1024}, {.job = 3, .kib = 4096}});
  sample(2s, {{.job = 3, .kib = 2048}});
  EXPECT_THAT(told().memory, ElementsAre(report::JobMemory{.job = 3, .first = 0, .memory = {1_MiB, 2_MiB}}));
}

// 4 GiB in KiB no longer fit 32 bits when they are bytes.
TEST_F(ToldTimeline, HasSizesBeyondFourGibibytes) {
  sample(1s, {{.job = 3, .kib = UINT32_MAX}});
  EXPECT_THAT(told().memory, ElementsAre(report::JobMemory{.job = 3, .first = 0, .memory = {4096_GiB - 1_KiB}}));
}

TEST_F(ToldTimeline, HasTheStepThatSamplesWereThinnedTo) {
  for (std::size_t i = 0; i <= SampleStore::kSamples; ++i)
    sample(static_cast<std::int64_t>(i) * SampleStore::kFirstStep, {});
  EXPECT_EQ(told().step, 2 * SampleStore::kFirstStep);
  EXPECT_THAT(told().memory, IsEmpty());
}

}  // namespace
}  // namespace memguard::supervisor

// What is written is what is read.
#include <chrono>

#include <gmock/gmock.h>

#include "policy/governor.h"
#include "record/record.h"
#include "record/settings_fields.h"

namespace memguard::record {
namespace {

using policy::Admit;
using policy::Cause;
using policy::ClassId;
using policy::Evict;
using policy::FamilyId;
using policy::Freeze;
using policy::Hold;
using policy::JobId;
using policy::JobState;
using policy::Observation;
using policy::PredictedBy;
using policy::Prediction;
using policy::Reason;
using policy::Reclaim;
using policy::SetHigh;
using policy::Thaw;
using ::testing::HasSubstr;

constexpr Bytes kMost = Bytes::unlimited();

Observation full_observation() {
  Observation seen;
  seen.at = Instant{std::chrono::nanoseconds{1234567890123}};
  seen.limit = kMost;
  seen.limit_moves = 3;
  seen.used = Bytes{-5};
  seen.kept_for_text = Bytes{12};
  seen.pressure = policy::Pressure{std::chrono::nanoseconds{7}, std::chrono::nanoseconds{3}};
  seen.high_events = ~0ULL;
  policy::JobSeen plain;
  plain.id = JobId{4294967295U};
  plain.family = FamilyId{2};
  plain.job_class = ClassId{65535};
  plain.state = JobState::frozen;
  plain.memory = Bytes{1};
  plain.peak = Bytes{2};
  plain.cpu = std::chrono::nanoseconds{3};
  policy::JobSeen full = plain;
  full.state = JobState::running;
  full.predicted = Prediction{Bytes{4}, PredictedBy::history};
  full.will_start = ClassId{1};
  full.child_predicted = Prediction{Bytes{11}, PredictedBy::user};
  full.restartable = true;
  full.evictions = 5;
  full.oom_kills = 6;
  full.evicted_at = Bytes{7};
  full.killed_at = Bytes{8};
  full.group = policy::Group{policy::GroupId{3}, 2};
  full.wish = policy::Wish::stop;
  seen.jobs = {plain, full};
  seen.ended = {{JobId{1}, Bytes{9}, false}, {JobId{2}, Bytes{10}, true}};
  return seen;
}

policy::Decision full_decision() {
  Reason why{.cause = Cause::wall_ahead,
             .limit = kMost,
             .used = Bytes{1},
             .kept_for_text = {},
             .reserved = Bytes{2},
             .need = Bytes{3},
             .running = 4,
             .frozen = 5,
             .held = 6};
  policy::Decision decision;
  decision.next_sample = std::chrono::milliseconds{50};
  decision.actions = {
      Admit{JobId{1}, Bytes{2}, why},     Hold{JobId{3}, Bytes{4}, why}, Freeze{FamilyId{5}, {JobId{2}, JobId{7}}, why},
      Thaw{FamilyId{6}, {JobId{3}}, why}, Evict{FamilyId{7}, why},       SetHigh{Bytes::unlimited(), why},
      Reclaim{FamilyId{8}, Bytes{9}, why}};
  return decision;
}

template <class T>
T read_back(const std::string& text) {
  const auto line = parse_line(text);
  EXPECT_TRUE(line) << line.error().text();
  return std::get<T>(line.value());
}

TEST(Line, AStepIsReadAsItWasWritten) {
  const std::string text = to_text(full_observation(), full_decision());
  const auto step = read_back<Stepped>(text);
  EXPECT_EQ(to_text(step.seen, step.decision), text);
  EXPECT_EQ(step.seen.limit, kMost);
  EXPECT_EQ(step.seen.high_events, ~0ULL);
  ASSERT_EQ(step.seen.jobs.size(), 2U);
  EXPECT_EQ(step.seen.jobs[0].predicted, std::nullopt);
  EXPECT_EQ(step.seen.jobs[0].id, JobId{4294967295U});
  EXPECT_EQ(step.seen.jobs[1].will_start, ClassId{1});
  EXPECT_EQ(step.seen.jobs[1].killed_at, Bytes{8});
  EXPECT_EQ(step.seen.jobs[1].evictions, 5);
  ASSERT_EQ(step.decision.actions.size(), 7U);
  EXPECT_EQ(std::get<Evict>(step.decision.actions[4]).why.cause, Cause::wall_ahead);
  EXPECT_EQ(std::get<SetHigh>(step.decision.actions[5]).why.held, 6);
  EXPECT_EQ(std::get<Reclaim>(step.decision.actions[6]).amount, Bytes{9});
}

TEST(Line, EachOptionalPartOfAJobComesBack) {
  const auto check = [](auto change) {
    Observation seen;
    change(seen.jobs.emplace_back());
    const std::string text = to_text(seen, {});
    const auto step = read_back<Stepped>(text);
    EXPECT_EQ(to_text(step.seen, {}), text);
    return step.seen.jobs.at(0);
  };
  EXPECT_EQ(check([](auto& job) { job.predicted = Prediction{Bytes{1}}; }).predicted, Prediction{Bytes{1}});
  const Prediction declared{Bytes{1}, PredictedBy::user};
  EXPECT_EQ(check([&](auto& job) { job.predicted = declared; }).predicted, declared);
  EXPECT_EQ(check([](auto& job) { job.will_start = ClassId{1}; }).will_start, ClassId{1});
  const policy::Group two{policy::GroupId{1}, 2};
  EXPECT_EQ(check([&](auto& job) { job.group = two; }).group, two);
  Course course{.shape = {}, .cpu = std::chrono::nanoseconds{5}, .wall = std::chrono::nanoseconds{6}};
  course.shape.front() = 1;
  course.shape.back() = 255;
  EXPECT_EQ(check([&](auto& job) { job.course = course; }).course, course);
  const auto with_child = check([&](auto& job) { job.will_start = ClassId{1}, job.child_predicted = declared; });
  EXPECT_EQ(with_child.will_start, ClassId{1});
  EXPECT_EQ(with_child.child_predicted, declared);
  EXPECT_TRUE(check([](auto& job) { job.restartable = true; }).restartable);
  EXPECT_EQ(check([](auto& job) { job.evictions = 2; }).evictions, 2);
  EXPECT_EQ(check([](auto& job) { job.oom_kills = 2; }).oom_kills, 2);
  EXPECT_EQ(check([](auto& job) { job.evicted_at = Bytes{3}; }).evicted_at, Bytes{3});
  EXPECT_EQ(check([](auto& job) { job.killed_at = Bytes{3}; }).killed_at, Bytes{3});
  for (const auto wish : {policy::Wish::go, policy::Wish::stop, policy::Wish::evict})
    EXPECT_EQ(check([&](auto& job) { job.wish = wish; }).wish, wish);
}

TEST(Line, EveryCauseHasAWord) {
  for (int number = 0; number <= static_cast<int>(Cause::no_restart); ++number) {
    policy::Decision decision;
    Reason why;
    why.cause = static_cast<Cause>(number);
    decision.actions = {Admit{JobId{1}, {}, why}};
    const std::string text = to_text(Observation{}, decision);
    EXPECT_THAT(text, ::testing::Not(HasSubstr("unknown")));
    const auto step = read_back<Stepped>(text);
    EXPECT_EQ(std::get<Admit>(step.decision.actions.at(0)).why.cause, static_cast<Cause>(number));
  }
}

TEST(Line, WhatWasLearnedIsReadAsItWasWritten) {
  const auto learned = read_back<Learned>(to_text(Learned{ClassId{1}, Prediction{Bytes{2}}, Bytes{3}}));
  EXPECT_EQ(learned.job_class, ClassId{1});
  EXPECT_EQ(learned.predicted, Prediction{Bytes{2}});
  EXPECT_EQ(learned.peak, Bytes{3});
  EXPECT_TRUE(learned.completed);
  EXPECT_FALSE(read_back<Learned>(to_text(Learned{ClassId{1}, std::nullopt, Bytes{3}, false})).completed);
  EXPECT_EQ(read_back<Learned>(to_text(Learned{ClassId{1}, std::nullopt, Bytes{3}})).predicted, std::nullopt);
}

TEST(Line, SettingsAreReadAsTheyWereWritten) {
  Began began{{}, true};
  began.settings.margin = 0.1 + 0.2;
  began.settings.unknown_peak_of_class = {{ClassId{1}, Bytes{2}}, {ClassId{3}, Bytes{4}}};
  began.settings.horizon = std::chrono::nanoseconds{1};
  const auto again = read_back<Began>(to_text(began));
  EXPECT_TRUE(again.restarted);
  EXPECT_EQ(again.settings.margin, 0.1 + 0.2);
  EXPECT_EQ(again.settings.unknown_peak_of_class, began.settings.unknown_peak_of_class);
  EXPECT_EQ(to_text(again), to_text(began));
}

/// Converts to anything: an aggregate of n fields can be made of n of these, and of no more.
struct Anything {
  template <class T>
  operator T() const;  // NOLINT(google-explicit-constructor)
};
template <class T, class... Fields>
constexpr std::size_t field_count() {
  if constexpr (requires { T{Fields{}..., Anything{}}; }) {
    return field_count<T, Fields..., Anything>();
  } else {
    return sizeof...(Fields);
  }
}

TEST(Line, NoSettingIsForgotten) {
  EXPECT_EQ(std::tuple_size_v<decltype(kSettingsFields)>, field_count<policy::Settings>())
      << "add the new field of policy/settings.h to record/settings_fields.h";
}

// --- What is refused

std::string refused(const std::string& text) {
  const auto line = parse_line(text);
  return line ? "nothing" : line.error().text();
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), with);
}

TEST(BadLine, IsRefusedWithItsPlace) {
  const std::string step = to_text(full_observation(), full_decision());
  EXPECT_EQ(refused(replaced(step, "\"frozen\"", "\"asleep\"")), "/see/jobs/0/3: no state of a job");
  EXPECT_EQ(refused(replaced(step, "[1,9,false]", "[1,9]")), "/see/ended/0: 2 values where 3 to 3 are expected");
  EXPECT_EQ(refused(replaced(step, "[1,9,false]", "[-1,9,false]")), "/see/ended/0/0: -1 is less than 0");
  EXPECT_EQ(refused(replaced(step, "\"used\":-5", "\"used\":\"all\"")),
            "/see/used: a string where a whole number is expected");
  EXPECT_EQ(refused(replaced(step, "\"evict\"", "\"shoot\"")),
            "/decide/actions/4/0: no action of this memguard's policy");
  EXPECT_EQ(refused(replaced(step, "\"wall_ahead\"", "\"boredom\"")),
            "/decide/actions/0/3/0: no cause of this memguard's policy");
  EXPECT_THAT(refused(replaced(step, "\"used\"", "\"abused\"")), HasSubstr("/see/abused: unknown key"));
  EXPECT_EQ(refused(replaced(step, "[3,2],null", "[3,2],[[1],2,3]")),
            "/see/jobs/1/17/0: 1 values where 16 to 16 are expected");
}

TEST(BadLine, AWishThatNobodyKnowsIsRefused) {
  const std::string step = to_text(full_observation(), full_decision());
  EXPECT_EQ(refused(replaced(step, "\"stop\"", "\"explode\"")), "/see/jobs/1/20: nothing that can be asked for a job");
}

TEST(BadLine, OfAnotherVersionIsRefused) {
  const std::string header = to_text(Began{});
  EXPECT_EQ(refused(replaced(header, "\"memguard_record\":2", "\"memguard_record\":1")),
            "/memguard_record: this memguard reads version 2");
  EXPECT_EQ(refused(replaced(header, "\"margin\"", "\"edge\"")), "/settings/margin: missing");
}

TEST(Line, SettingsThatCameLaterMayBeMissing) {
  const std::string header = to_text(Began{});
  const auto began = parse_line(replaced(header, "\"swap_margin\":0.1,", ""));
  ASSERT_TRUE(began) << began.error().text();
  EXPECT_EQ(std::get<Began>(*began).settings.swap_margin, policy::Settings{}.swap_margin);
}

TEST(Line, SwapComesBack) {
  Observation seen;
  seen.swap_room = Bytes{7};
  seen.reclaiming = true;
  seen.jobs.emplace_back().swapped = Bytes{5};
  seen.jobs.emplace_back().unswappable = Bytes{6};
  seen.jobs.emplace_back().starter_memory = Bytes{8};
  const auto step = read_back<Stepped>(to_text(seen, {}));
  EXPECT_EQ(step.seen.swap_room, Bytes{7});
  EXPECT_TRUE(step.seen.reclaiming);
  EXPECT_EQ(step.seen.jobs[0].swapped, Bytes{5});
  EXPECT_EQ(step.seen.jobs[1].unswappable, Bytes{6});
  EXPECT_EQ(step.seen.jobs[2].starter_memory, Bytes{8});
}

TEST(Line, WaitingForProcessorsComesBack) {
  Observation seen;
  EXPECT_EQ(read_back<Stepped>(to_text(seen, {})).seen.waited_for_processor, std::nullopt);
  seen.waited_for_processor = std::chrono::milliseconds(7);
  EXPECT_EQ(read_back<Stepped>(to_text(seen, {})).seen.waited_for_processor, std::chrono::milliseconds(7));
}

TEST(Line, WhatABuildScriptStartedComesBackAsThat) {
  Observation seen;
  seen.jobs.emplace_back().of_build_script = true;
  seen.jobs.emplace_back();
  const auto step = read_back<Stepped>(to_text(seen, {}));
  EXPECT_TRUE(step.seen.jobs[0].of_build_script);
  EXPECT_FALSE(step.seen.jobs[1].of_build_script);
}

TEST(Line, TokensComeBack) {
  Observation seen;
  seen.tokens = policy::Tokens{3, 4};
  policy::Decision decision;
  decision.actions.emplace_back(policy::Spare{2, {}});
  const auto step = read_back<Stepped>(to_text(seen, decision));
  EXPECT_EQ(step.seen.tokens, (policy::Tokens{3, 4}));
  EXPECT_EQ(std::get<policy::Spare>(step.decision.actions.at(0)).tokens, 2);
}

TEST(BadLine, CutAnywhereIsRefused) {
  const std::string step = to_text(full_observation(), full_decision());
  for (std::size_t size = 0; size + 1 < step.size(); ++size) EXPECT_FALSE(parse_line(step.substr(0, size))) << size;
}

TEST(BadLine, NonsenseIsRefused) {
  for (const char* text : {"", "7", "[]", "null", "{}", "\"see\"", "{\"see\":7,\"decide\":{}}", "{\"learn\":[]}"}) {
    EXPECT_FALSE(parse_line(text)) << text;
  }
}

}  // namespace
}  // namespace memguard::record

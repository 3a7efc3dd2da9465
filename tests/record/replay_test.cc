// A recording is decided again, and what is no recording is refused.
#include "record/replay.h"

#include <fcntl.h>

#include <algorithm>
#include <sstream>

#include <gmock/gmock.h>

#include "base/io.h"
#include "simulate/study.h"
#include "simulate/world.h"

namespace memguard::record {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A recording of a build of the simulator, in which something is held, frozen and evicted.
std::string record_build(const policy::Settings& settings = {}) {
  const simulate::Build build = simulate::study("links1024", 3, simulate::Knowledge::nothing).value();
  std::string text = to_text(Began{settings, false});
  policy::Governor governor(settings);
  const auto outcome = simulate::run(
      build.tasks, build.machine, governor,
      [&](const policy::Observation& seen, const policy::Decision& decision) { text += to_text(seen, decision); });
  EXPECT_GT(outcome.held, 0);
  EXPECT_GT(outcome.freezes, 0);
  return text;
}

Result<Replayed> replay_text(const std::string& text) {
  std::istringstream file(text);
  return replay(file);
}

std::string refused(const std::string& text) {
  const auto replayed = replay_text(text);
  return replayed ? "nothing" : replayed.error().text();
}

/// Where line `number` (from 1) begins.
std::size_t begin_of(const std::string& text, int number) {
  std::size_t at = 0;
  for (int i = 1; i < number; ++i) at = text.find('\n', at) + 1;
  return at;
}

TEST(Replay, DecidesTheSameByteForByte) {
  const auto replayed = replay_text(record_build());
  ASSERT_TRUE(replayed) << replayed.error().text();
  EXPECT_GT(replayed->steps, 100U);
  EXPECT_EQ(replayed->governors, 1U);
  EXPECT_EQ(replayed->different, 0U);
  EXPECT_FALSE(replayed->first);
  EXPECT_FALSE(replayed->cut);
}

TEST(Replay, TakesTheSettingsFromTheRecording) {
  policy::Settings wide;
  wide.margin = 0.2;
  const auto replayed = replay_text(record_build(wide));
  ASSERT_TRUE(replayed) << replayed.error().text();
  EXPECT_EQ(replayed->different, 0U);
}

TEST(Replay, ShowsTheFirstDifference) {
  std::string text = record_build();
  const auto cause = text.find("\"no_room\"");
  ASSERT_NE(cause, std::string::npos);
  text.replace(cause, 9, "\"fits\"");
  const auto replayed = replay_text(text);
  ASSERT_TRUE(replayed) << replayed.error().text();
  EXPECT_EQ(replayed->different, 1U);
  ASSERT_TRUE(replayed->first);
  EXPECT_EQ(static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(cause), '\n')),
            replayed->first->line - 1);
  EXPECT_THAT(replayed->first->recorded, HasSubstr("\"fits\""));
  EXPECT_THAT(replayed->first->decided, HasSubstr("\"no_room\""));
}

TEST(Replay, SeesThatOtherSettingsDecideOtherwise) {
  std::string text = record_build();
  policy::Settings other;
  other.margin = 0.3;
  text.replace(0, text.find('\n') + 1, to_text(Began{other, false}));
  const auto replayed = replay_text(text);
  ASSERT_TRUE(replayed) << replayed.error().text();
  EXPECT_GT(replayed->different, 0U);
}

TEST(Replay, BeginsAnewWithEachSupervisorAndLearnsWhatItLearned) {
  const std::string first = record_build();
  policy::Governor second;
  second.learn(policy::ClassId{1}, std::nullopt, Bytes{900 << 20});
  policy::Observation seen;
  seen.limit = Bytes{1LL << 30};
  seen.jobs.push_back({.id = policy::JobId{1}, .family = {}, .job_class = policy::ClassId{1}});
  const std::string half_a_line = first.substr(begin_of(first, 5), 40);
  const std::string text = first.substr(0, begin_of(first, 5)) + half_a_line + "\n" + to_text(Began{{}, true}) +
                           to_text(Learned{policy::ClassId{1}, std::nullopt, Bytes{900 << 20}}) +
                           to_text(seen, second.step(seen));
  const auto replayed = replay_text(text);
  ASSERT_TRUE(replayed) << replayed.error().text();
  EXPECT_EQ(replayed->governors, 2U);
  EXPECT_EQ(replayed->steps, 4U);
  EXPECT_EQ(replayed->different, 0U);
}

TEST(Replay, GivesEachStepToTheCaller) {
  std::istringstream file(record_build());
  std::size_t steps = 0;
  const auto replayed = replay(file, [&](const Stepped& recorded, const policy::Decision& decided) {
    ++steps;
    EXPECT_EQ(to_text(recorded.decision), to_text(decided));
  });
  EXPECT_EQ(replayed->steps, steps);
}

TEST(Replay, AFileThatWasCutOffIsReplayedUpToThere) {
  const std::string text = record_build();
  const auto replayed = replay_text(text.substr(0, begin_of(text, 7) + 30));
  ASSERT_TRUE(replayed) << replayed.error().text();
  EXPECT_TRUE(replayed->cut);
  EXPECT_EQ(replayed->steps, 5U);
}

TEST(BadRecording, IsRefusedWithItsLine) {
  std::string text = record_build();
  text[begin_of(text, 4) + 2] = 'Z';
  EXPECT_THAT(refused(text), StartsWith("line 4: /"));
  text[begin_of(text, 4)] = '}';
  EXPECT_THAT(refused(text), StartsWith("line 4: line 1, column 1: syntax error"));
}

TEST(BadRecording, ADamagedLastLineIsNoCutOne) {
  const std::string text = record_build();
  EXPECT_THAT(refused(text.substr(0, begin_of(text, 4) + 30) + "\n"), StartsWith("line 4: "));
}

TEST(BadRecording, WhatMemguardDidNotWriteIsRefused) {
  EXPECT_THAT(refused(""), StartsWith("it is empty"));
  EXPECT_THAT(refused("{\"version\": 1, \"tier\": \"full\"}"),
              StartsWith("line 1: no recording of memguard. Make one"));
  EXPECT_THAT(refused(std::string("\x7f"
                                  "ELF\0\0\0",
                                  7)),
              StartsWith("line 1: no recording of memguard"));
  EXPECT_THAT(refused("{\"memguard_record\":7}\n"),
              StartsWith("line 1: /memguard_record: this memguard reads version 2"));
}

TEST(BadRecording, StepsWithoutSettingsAreRefused) {
  const std::string text = record_build();
  EXPECT_THAT(refused(text.substr(begin_of(text, 2))), StartsWith("line 1: no recording of memguard"));
}

// --- A real run: examples/heavy at -j8 in 400 MiB, tier freezer; its beginning, without the line of settings, which
// are today's. What it decided is what its day's policy decided, so only what was seen is held against today's.

std::string real_run() { return to_text(Began{}) + read_at(AT_FDCWD, MEMGUARD_RECORDING).value(); }

TEST(RealRun, IsReadAndWrittenByteForByte) {
  std::istringstream file(real_run());
  std::string text;
  std::getline(file, text);
  int lines = 0;
  for (; std::getline(file, text); ++lines) {
    const auto line = parse_line(text);
    ASSERT_TRUE(line) << line.error().text();
    const auto& step = std::get<Stepped>(*line);
    ASSERT_EQ(to_text(step.seen, step.decision), text + "\n");
  }
  EXPECT_EQ(lines, 299);
}

TEST(RealRun, IsDecidedTheSameEachTime) {
  const auto decide = [] {
    std::istringstream file(real_run());
    std::string decided;
    const auto replayed = replay(
        file, [&](const Stepped& step, const policy::Decision& decision) { decided += to_text(step.seen, decision); });
    EXPECT_TRUE(replayed) << replayed.error().text();
    return to_text(Began{}) + decided;
  };
  const std::string decided = decide();
  EXPECT_EQ(decide(), decided);
  // What is decided today, recorded and replayed: the same.
  const auto again = replay_text(decided);
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_EQ(again->steps, 299U);
  EXPECT_EQ(again->different, 0U);
}

}  // namespace
}  // namespace memguard::record

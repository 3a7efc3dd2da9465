// The timeline as JSON and back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "report/run_report.h"

namespace memguard::report {
namespace {

using namespace units;
using namespace std::chrono_literals;
using testing::HasSubstr;

RunReport example() {
  RunReport run;
  run.tier = "full";
  run.jobs.resize(2);
  run.jobs[1].id = 1;
  run.jobs[1].above = 0;
  run.jobs[1].family = 16;
  run.timeline.step = 100ms;
  run.timeline.samples = {
      {.at = 50ms, .used = 300_MiB, .limit = 1_GiB, .high = Bytes::unlimited(), .some = 1ms, .full = 0ms, .tokens = 3},
      {.at = 150ms, .used = 700_MiB, .limit = Bytes::unlimited(), .high = 900_MiB, .some = 2ms, .full = 1ms}};
  run.timeline.memory = {{.job = 0, .first = 0, .memory = {300_MiB, 350_MiB}},
                         {.job = 1, .first = 1, .memory = {300_MiB}}};
  run.timeline.changes = {
      {.at = 1ms, .job = 0, .state = State::runs, .cause = "fits", .limit = 1_GiB, .running = 1},
      {.at = 2ms,
       .job = 1,
       .state = State::held,
       .cause = "no_room",
       .limit = 1_GiB,
       .used = 1_MiB,
       .reserved = 2_MiB,
       .need = 3_MiB,
       .running = 1,
       .frozen = 2,
       .held = 3,
       .for_job = 0},
      {.at = 2ms, .job = 1, .state = State::held, .cause = "no_room", .kept_for_text = 4_MiB},
      {.at = 2ms, .job = 1, .state = State::held, .cause = "no_room", .kept_for_text = 5_MiB, .for_job = 0},
      {.at = 3ms, .job = 1, .state = State::frozen}};
  run.timeline.left_out = 5;
  return run;
}

TEST(TimelineJson, IsGivenBackAsItWasWritten) {
  const auto run = read_json(to_json(example()));
  ASSERT_TRUE(run) << run.error().text();
  EXPECT_EQ(run->timeline.samples, example().timeline.samples);
  EXPECT_EQ(run->timeline.memory, example().timeline.memory);
  EXPECT_EQ(run->timeline.changes, example().timeline.changes);
  EXPECT_EQ(run->timeline.left_out, 5U);
  EXPECT_EQ(run->timeline.step, 100ms);
  EXPECT_EQ(run->jobs[1].above, 0U);
  EXPECT_EQ(run->jobs[0].above, Change::kNoJob);
  EXPECT_EQ(run->jobs[1].family, 16U);
}

TEST(TimelineJson, IsOneLineOfAnObject) {
  const std::string text = to_json(example());
  EXPECT_TRUE(nlohmann::json::accept(text));
  EXPECT_THAT(text, HasSubstr("],\n  \"timeline\": {\"step_seconds\":0.1,\"at\":[0.05,0.15],"));
  EXPECT_THAT(text, HasSubstr("[0.002,1,\"held\",\"no_room\",1073741824,1048576,2097152,3145728,1,2,3,0]"));
  EXPECT_EQ(to_json(RunReport{}).find("timeline"), std::string::npos);
}

std::string changed(const std::string& what, const std::string& with) {
  std::string text = to_json(example());
  EXPECT_NE(text.find(what), std::string::npos) << what;
  text.replace(text.find(what), what.size(), with);
  const auto run = read_json(text);
  return run ? "nothing" : run.error().text();
}

TEST(TimelineJson, WhatIsWrongIsNamedByItsPlace) {
  EXPECT_THAT(changed("\"at\":[0.05,", "\"at\":["), HasSubstr("/timeline/used_bytes: as many as in \"at\""));
  EXPECT_THAT(changed("\"at\":[0.05", "\"at\":[\"x\""), HasSubstr("/timeline/at/0: "));
  EXPECT_THAT(changed("[0.003,1,", "[0.003,-1,"), HasSubstr("/timeline/changes/4/1: "));
  EXPECT_THAT(changed("\"first\":1", "\"first\":99"), HasSubstr("/timeline/memory/1/first: "));
  EXPECT_EQ(changed("\"frozen\"]", "\"dreams\"]"), "nothing");
  EXPECT_EQ(changed("\"step_seconds\"", "\"later\":{},\"step_seconds\""), "nothing");
}

TEST(TimelineJson, ACauseIsAWordWhateverAFileSays) {
  std::string text = to_json(example());
  text.replace(text.find("\"no_room\""), 9, "\"</script>\\u001b[2J\"");
  EXPECT_EQ(read_json(text)->timeline.changes[1].cause, "script");
}

}  // namespace
}  // namespace memguard::report

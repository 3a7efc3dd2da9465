// The trace: what a viewer of Chrome's format relies on.
#include "report/trace.h"

#include <map>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace memguard::report {
namespace {

using Json = nlohmann::json;
using namespace std::chrono_literals;
using namespace units;

JobReport job(std::uint32_t id, Duration start, Duration end, const std::string& output) {
  JobReport made;
  made.id = id;
  made.job_class = "cc";
  made.output = output;
  made.start = start;
  made.end = end;
  made.outcome = Outcome::done;
  return made;
}

RunReport example() {
  RunReport run;
  run.wall = 10s;
  run.jobs = {job(0, 0s, 3333333333ns, "a.o"),
              job(1, 1s, 9999999999ns, "\x1b[2J</script>\xff\xe2\x80\xae" + std::string(10'000, 'x')),
              job(2, 3333333333ns, 10s, "c.o")};
  run.timeline.changes = {
      {.at = 1000000001ns, .job = 1, .state = State::held, .cause = "no_room", .used = 1_GiB, .for_job = 0},
      {.at = 3333333334ns, .job = 1, .state = State::runs, .cause = "fits"},
      {.at = 5s, .job = 1, .state = State::frozen, .cause = "growth", .for_job = 2}};
  run.timeline.samples = {{.at = 1s, .used = 1_GiB, .limit = 2_GiB, .high = Bytes::unlimited(), .tokens = 2},
                          {.at = 2s, .used = 1_GiB, .limit = 2_GiB, .high = 1_GiB, .full = 500ms}};
  return run;
}

// A validator of the format ("Trace Event Format", Google): each event has its fields, times never go back, slices of a
// thread nest, and each arrow has two ends on slices.
void expect_valid(const Json& trace) {
  std::int64_t before = -1;
  std::map<std::pair<int, int>, std::vector<std::int64_t>> open;
  std::map<int, std::string> arrows;
  for (const auto& event : trace.at("traceEvents")) {
    const std::string phase = event.at("ph");
    ASSERT_THAT(phase, testing::AnyOf("M", "X", "C", "s", "f"));
    EXPECT_TRUE(event.at("name").is_string());
    const std::pair thread{event.at("pid").get<int>(), event.at("tid").get<int>()};
    if (phase == "M") continue;
    const auto at = event.at("ts").get<std::int64_t>();
    EXPECT_GE(at, before);
    before = at;
    auto& ends = open[thread];
    while (!ends.empty() && ends.back() <= at) ends.pop_back();
    if (phase == "X") {
      const auto end = at + event.at("dur").get<std::int64_t>();
      EXPECT_TRUE(ends.empty() || end <= ends.back()) << event;
      ends.push_back(end);
    }
    EXPECT_TRUE(phase != "C" || event.at("args").at("value").is_number());
    if (phase == "s" || phase == "f") {
      EXPECT_FALSE(ends.empty()) << "no slice to bind to: " << event;
      arrows[event.at("id").get<int>()] += phase;
    }
  }
  for (const auto& [id, ends] : arrows) EXPECT_EQ(ends, "sf") << id;
}

TEST(Trace, IsValidWhateverNamesAndTimesAre) {
  const RunReport run = example();
  const auto trace = Json::parse(to_trace(run, lanes_of(run)));
  expect_valid(trace);
  EXPECT_EQ(trace.at("displayTimeUnit"), "ms");
}

TEST(Trace, AWaitHasItsReasonAndAnArrowFromWhatItWaitedFor) {
  const RunReport run = example();
  const auto trace = Json::parse(to_trace(run, lanes_of(run)));
  int arrows = 0;
  std::string because;
  for (const auto& event : trace.at("traceEvents")) {
    if (event.at("ph") == "s") ++arrows;
    if (event.at("name") != "held") continue;
    because = event.at("args").at("because");
    EXPECT_EQ(event.at("args").at("for"), "cc a.o");
  }
  EXPECT_EQ(arrows, 2);
  EXPECT_EQ(because, "there was not enough memory left for it");
}

TEST(Trace, OfNothingIsValid) {
  expect_valid(Json::parse(to_trace({}, {})));
  RunReport run;
  run.jobs = {job(0, 5s, 5s, "")};
  expect_valid(Json::parse(to_trace(run, lanes_of(run))));
}

TEST(Trace, NamesAreNeitherMarkupNorControl) {
  const RunReport run = example();
  const std::string text = to_trace(run, lanes_of(run));
  for (const char c : text) EXPECT_TRUE(c == '\n' || (c >= ' ' && c <= '~'));
  EXPECT_LT(text.size(), 6000U);
}

}  // namespace
}  // namespace memguard::report

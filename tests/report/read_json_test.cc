// Reports read back, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/names.h"
#include "report/prediction_errors.h"
#include "report/run_report.h"

namespace memguard::report {
namespace {

using namespace units;
using std::chrono::milliseconds;
using testing::StartsWith;

JobReport job(Outcome outcome, Bytes predicted, Bytes peak, const std::string& job_class = "rustc") {
  JobReport job;
  job.job_class = job_class;
  job.crate = "serde";
  job.outcome = outcome;
  job.start = milliseconds(1500);
  job.end = outcome == Outcome::running ? Duration{} : milliseconds(2500);
  job.predicted = predicted;
  job.peak = peak;
  return job;
}

RunReport example() {
  RunReport run;
  run.ended_at = "2026-05-01T12:00:00Z";
  run.folder = "/home/you/project";
  run.command = {"cargo", "build"};
  run.tier = "freezer";
  run.exit_status = 101;
  run.wall = milliseconds(183420);
  run.limit = 8_GiB;
  run.limit_origin = {LimitSetter::group, "what it has left", "memory.max of /ci", 9_GiB, 1_GiB};
  run.peak = 7_GiB;
  run.held = 3;
  run.held_time = milliseconds(193500);
  run.frozen = 4;
  run.frozen_time = milliseconds(12250);
  run.evicted = 5;
  run.restarted = 6;
  run.oom_kills = 7;
  run.lost = 8;
  run.oom_kills_no_job = 2;
  run.victims = {{"codegen", 180_MiB}, {"python3", 90_MiB}};
  run.oom_kills_machine = 3;
  run.over_limit = OverLimit{1_GiB, "link target/app", 3_GiB, 2_GiB};
  run.thrashing = Thrashing{"link target/app", milliseconds(12500), 160_MiB};
  run.hidden_limit = 5_GiB;
  run.unguarded = {1, 2, 3, 4};
  run.reclaimed = 9_MiB;
  run.pressure_full = milliseconds(320);
  run.supervisor_cpu = milliseconds(410);
  run.supervisor_peak = 6_MiB;
  for (const auto outcome :
       {Outcome::running, Outcome::done, Outcome::killed, Outcome::oom, Outcome::evicted, Outcome::oom_restarted})
    run.jobs.push_back(job(outcome, 100_MiB, 200_MiB));
  run.jobs[0].profile = "opt-level=3";
  run.jobs[2].killer = Killer::somebody;
  run.jobs[4].killer = Killer::memguard;
  run.jobs[3].held = milliseconds(41200);
  return run;
}

TEST(ReadJson, OfABuildInsideAnotherSaysWhereItsJobsAre) {
  const auto run = read_json(to_json(InnerRun{.guarded_by = 41, .tier = "full", .folder = "/", .command = {"cargo"}}));
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().text(), "a build inside another: memguard 41 guarded it, whose report has its jobs");
}

TEST(ReadJson, GivesBackWhatWasWritten) {
  const auto run = read_json(to_json(example()));
  ASSERT_TRUE(run) << run.error().text();
  EXPECT_EQ(to_json(*run), to_json(example()));
  EXPECT_EQ(run->jobs.at(0).profile, "opt-level=3");
  EXPECT_EQ(run->longest_held, milliseconds(41200));
}

TEST(ReadJson, NoLimitIsUnlimited) {
  RunReport run;
  run.limit = Bytes::unlimited();
  EXPECT_TRUE(read_json(to_json(run))->limit.is_unlimited());
}

std::string changed(const std::string& what, const std::string& with) {
  std::string text = to_json(example());
  EXPECT_NE(text.find(what), std::string::npos) << what;
  text.replace(text.find(what), what.size(), with);
  const auto run = read_json(text);
  return run ? "nothing" : run.error().text();
}

TEST(ReadJson, KeysAndWordsMayBeAdded) {
  EXPECT_EQ(changed("\"tier\"", "\"later\": [], \"tier\""), "nothing");
  EXPECT_EQ(changed("\"evicted\",", "\"teleported\","), "nothing");
}

TEST(ReadJson, WhatAnOlderMemguardDidNotWriteMayBeMissing) {
  std::string text = to_json(example());
  text.erase(text.find("  \"ended_at\""), text.find("  \"tier\"") - text.find("  \"ended_at\""));
  const auto run = read_json(text);
  ASSERT_TRUE(run) << run.error().text();
  EXPECT_EQ(run->ended_at + run->folder, "");
  EXPECT_TRUE(run->command.empty());
  EXPECT_THAT(changed("\"cargo\"", "7"), StartsWith("/command/0: "));
}

TEST(ReadJson, WhatWasNotToldAtFirstIsNothing) {
  std::string text = to_json(example());
  const auto begin = text.find("  \"oom_kills_no_job\"");
  text.erase(begin, text.find("  \"supervisor_cpu_seconds\"") - begin);
  const auto run = read_json(text);
  ASSERT_TRUE(run) << run.error().text();
  EXPECT_TRUE(warnings(*run).empty());
  EXPECT_EQ(run->oom_kills, 7U);
}

TEST(ReadJson, WhatIsNoReportIsRefused) {
  for (const char* text : {"[]", "null", "{}", R"({"memguard_history": 1, "units": []})"})
    EXPECT_THAT(read_json(text).error().text(), StartsWith("no report of a run. Make one with")) << text;
  EXPECT_THAT(read_json("{\"version\": 1,").error().text(), StartsWith("line 1, column 15: syntax error"));
  EXPECT_THAT(changed("\"version\": 1", "\"version\": 2"), StartsWith("/version: version 2 of the format"));
  EXPECT_THAT(changed("\"job\": [", "\"job\": [7, "), StartsWith("/job/0: a number where an object is expected"));
  EXPECT_THAT(changed("\"tier\"", "\"tire\""), StartsWith("/tier: missing"));
  EXPECT_THAT(changed("\"peak_bytes\": 7516192768", "\"peak_bytes\": -1"), StartsWith("/peak_bytes: -1 is less than"));
  EXPECT_THAT(changed("\"start\": 1.5", "\"start\": 1e300"), StartsWith("/job/0/start: "));
  EXPECT_THAT(changed("\"unreadable\": 1", "\"unreadable\": -1"), StartsWith("/unguarded/unreadable: "));
  EXPECT_THAT(changed("\"who\": \"link", "\"what\": \"link"), StartsWith("/over_limit/who: missing"));
  EXPECT_THAT(changed("\"program\"", "\"name\""), StartsWith("/oom_victims/0/program: missing"));
  EXPECT_THAT(changed("\"restarts\": 0", "\"restarts\": 99999999999"), StartsWith("/job/0/restarts: "));
}

TEST(PredictionErrors, AreFactorsByClass) {
  std::vector<JobReport> jobs;
  for (int i = 1; i <= 10; ++i) jobs.push_back(job(Outcome::done, i * 100_MiB, 100_MiB));
  jobs.push_back(job(Outcome::done, 100_MiB, 400_MiB, "link"));
  const auto errors = prediction_errors(jobs);
  ASSERT_EQ(errors.size(), 2U);
  EXPECT_EQ(errors[0].job_class, "link");
  EXPECT_EQ(errors[0].jobs, 1);
  EXPECT_EQ(errors[0].median, 4);
  EXPECT_EQ(errors[0].percentile_90, 4);
  EXPECT_EQ(errors[1].jobs, 10);
  EXPECT_EQ(errors[1].median, 5);
  EXPECT_EQ(errors[1].percentile_90, 9);
}

TEST(Names, TellACratesTestsAndItsDocumentationFromIt) {
  JobReport one = job(Outcome::done, 1_MiB, 1_MiB);
  one.version = "1.0.0";
  EXPECT_EQ(label_of(one), "rustc serde 1.0.0");
  one.output = "test";
  EXPECT_EQ(label_of(one), "rustc serde 1.0.0 (test)");
  one.program = "rustdoc";
  EXPECT_EQ(label_of(one), "rustc serde 1.0.0 (rustdoc)");
  one.job_class = "link";
  EXPECT_EQ(label_of(one), "link serde 1.0.0");
}

TEST(Names, OfWhatWasFoundByItsSizeAreItsProgramAndWhatItWrites) {
  JobReport one = job(Outcome::done, 1_MiB, 1_MiB, "other");
  one.crate = "";
  one.program = "as";
  one.pid = 265;
  EXPECT_EQ(label_of(one), "as (pid 265)");
  one.output = "src/u2.o";
  EXPECT_EQ(label_of(one), "as u2.o");
}

TEST(Names, OfTestsPackagesOfGoAndNamelessCompilersTellThemApart) {
  JobReport one = job(Outcome::done, 1_MiB, 1_MiB, "test");
  one.output = "heavy_kit tests::large";
  EXPECT_EQ(label_of(one), "test heavy_kit tests::large");
  one = job(Outcome::done, 1_MiB, 1_MiB, "cc");
  one.crate = "";
  one.program = "compile";
  one.output = "/tmp/go-build1/b001/_pkg_.a";
  one.unit = "net/http";
  one.pid = 5;
  EXPECT_EQ(label_of(one), "cc net/http (pid 5)");
  one.job_class = one.program = "rustc";
  one.output = "test";
  one.unit = "";
  EXPECT_EQ(label_of(one), "rustc (pid 5)");
}

// A test of 200 KiB: 41 times of that is no error that anybody sees.
TEST(PredictionErrors, WhatIsSmallCountsAs16MiB) {
  EXPECT_EQ(prediction_errors({job(Outcome::done, 2_MiB, 8_MiB)})[0].median, 1);
  EXPECT_EQ(prediction_errors({job(Outcome::done, 200_KiB, 160_MiB)})[0].median, 10);
}

TEST(PredictionErrors, AreOfJobsThatEndedAndHaveBoth) {
  std::vector<JobReport> jobs{job(Outcome::done, {}, 1_MiB), job(Outcome::done, 1_MiB, {})};
  for (const auto outcome : {Outcome::running, Outcome::killed, Outcome::oom, Outcome::evicted, Outcome::oom_restarted})
    jobs.push_back(job(outcome, 1_MiB, 1_MiB));
  EXPECT_TRUE(prediction_errors(jobs).empty());
}

}  // namespace
}  // namespace memguard::report

// The JSON of a run, and that docs/JSON.md tells the truth about it.
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "report/run_report.h"

namespace memguard::report {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::milliseconds;
using namespace units;

JobReport link_job() {
  JobReport job;
  job.id = 41;
  job.job_class = "link";
  job.output = "target/release/deps/editor-5f0c";
  job.program = "rust-lld";
  job.unit = "deps/editor";
  job.profile = "opt-level=3 lto=thin";
  job.pid = 31337;
  job.start = milliseconds(61250);
  job.end = milliseconds(140000);
  job.peak = 2_GiB;
  job.predicted = 1843_MiB;
  job.cpu = milliseconds(36500);
  job.held = milliseconds(41200);
  job.outcome = Outcome::done;
  job.family = 96;
  job.above = 40;
  return job;
}

// The example of docs/JSON.md.
RunReport example() {
  RunReport run;
  run.ended_at = "2026-05-01T12:00:00Z";
  run.folder = "/home/you/editor";
  run.command = {"cargo", "build", "--release"};
  run.tier = "full";
  run.wall = milliseconds(183420);
  run.limit = 8_GiB;
  run.limit_origin.text = "--memory";
  run.peak = 7578_MiB;
  run.held = 14;
  run.held_time = milliseconds(193500);
  run.longest_held = milliseconds(41200);
  run.frozen = 3;
  run.frozen_time = milliseconds(12250);
  run.reclaimed = Bytes{201326592};
  run.pressure_full = milliseconds(320);
  run.supervisor_cpu = milliseconds(410);
  run.supervisor_peak = 6_MiB;
  run.processors = 8;
  run.jobs = {link_job()};
  return run;
}

// One in which much went wrong.
RunReport with_warnings() {
  RunReport run = example();
  run.over_limit = OverLimit{100_MiB, "link target/release/deps/editor-5f0c", 2_GiB, 1843_MiB};
  run.thrashing = Thrashing{"link target/app", milliseconds(12500), 160_MiB};
  run.hidden_limit = 7_GiB;
  run.limit_origin = {LimitSetter::group, "what it has left", "memory.max of /ci", 9_GiB, 1_GiB};
  run.victims = {{"codegen", 700_MiB}};
  return run;
}

std::vector<std::string> keys_of(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

TEST(RunJsonTest, its_keys_and_their_order_are_those_of_version_1) {
  const Json run = Json::parse(to_json(example()));
  EXPECT_EQ(run["version"], 1);
  EXPECT_THAT(keys_of(run),
              testing::ElementsAre("version", "ended_at", "folder", "command", "tier", "exit_status", "wall_seconds",
                                   "limit_bytes", "limit_from", "limit_source", "limit_group", "limit_most_bytes",
                                   "keep_free_bytes", "peak_bytes", "jobs", "held", "held_seconds", "frozen",
                                   "frozen_seconds", "evicted", "restarted", "lost", "reclaimed_bytes",
                                   "psi_full_seconds", "oom_kills", "oom_kills_no_job", "oom_victims",
                                   "oom_kills_machine", "over_limit", "thrashing", "hidden_limit_bytes", "unguarded",
                                   "supervisor_cpu_seconds", "supervisor_peak_bytes", "processors", "job"));
  EXPECT_THAT(keys_of(run["job"][0]),
              testing::ElementsAre("id", "class", "crate", "version", "output", "program", "unit", "profile", "pid",
                                   "start", "end", "peak_bytes", "predicted_bytes", "cpu_seconds", "held_seconds",
                                   "frozen_seconds", "restarts", "outcome", "killer", "family", "above"));
}

TEST(RunJsonTest, every_value_of_the_run_is_in_its_place) {
  RunReport report = with_warnings();
  report.exit_status = 101;
  report.evicted = 4;
  report.restarted = 5;
  report.oom_kills = 6;
  report.lost = 7;
  report.oom_kills_no_job = 8;
  report.oom_kills_machine = 9;
  report.unguarded = {1, 2, 3, 4};
  const Json run = Json::parse(to_json(report));
  EXPECT_EQ(run["ended_at"], "2026-05-01T12:00:00Z");
  EXPECT_EQ(run["folder"], "/home/you/editor");
  EXPECT_EQ(run["command"], (Json{"cargo", "build", "--release"}));
  EXPECT_EQ(run["tier"], "full");
  EXPECT_EQ(run["exit_status"], 101);
  EXPECT_EQ(run["wall_seconds"], 183.42);
  EXPECT_EQ(run["limit_bytes"], 8LL << 30);
  EXPECT_EQ(run["peak_bytes"], 7578LL << 20);
  EXPECT_EQ(run["jobs"], 1);
  EXPECT_EQ(run["held"], 14);
  EXPECT_EQ(run["held_seconds"], 193.5);
  EXPECT_EQ(run["frozen"], 3);
  EXPECT_EQ(run["frozen_seconds"], 12.25);
  EXPECT_EQ(run["evicted"], 4);
  EXPECT_EQ(run["restarted"], 5);
  EXPECT_EQ(run["oom_kills"], 6);
  EXPECT_EQ(run["lost"], 7);
  EXPECT_EQ(run["oom_kills_no_job"], 8);
  EXPECT_EQ(run["oom_victims"], Json::parse(R"([{"program": "codegen", "bytes": 734003200}])"));
  EXPECT_EQ(run["oom_kills_machine"], 9);
  EXPECT_EQ(run["limit_from"], "group");
  EXPECT_EQ(run["limit_source"], "what it has left");
  EXPECT_EQ(run["limit_group"], "memory.max of /ci");
  EXPECT_EQ(run["limit_most_bytes"], (9_GiB).count);
  EXPECT_EQ(run["keep_free_bytes"], (1_GiB).count);
  EXPECT_EQ(run["hidden_limit_bytes"], (7_GiB).count);
  EXPECT_EQ(run["over_limit"], Json::parse(R"({"bytes": 104857600, "who": "link target/release/deps/editor-5f0c",
                            "had_bytes": 2147483648, "predicted_bytes": 1932525568})"));
  EXPECT_EQ(run["thrashing"], Json::parse(R"({"who": "link target/app", "seconds": 12.5,
                            "limit_bytes": 167772160})"));
  EXPECT_EQ(run["unguarded"], Json::parse(R"({"unreadable": 1, "table_full": 2, "outside": 3, "unstoppable": 4})"));
  EXPECT_EQ(run["psi_full_seconds"], 0.32);
  EXPECT_EQ(run["supervisor_cpu_seconds"], 0.41);
  EXPECT_EQ(run["supervisor_peak_bytes"], 6LL << 20);
}

TEST(RunJsonTest, every_value_of_a_job_is_in_its_place) {
  RunReport report = example();
  report.jobs[0].crate = "serde";
  report.jobs[0].version = "1.0.200";
  report.jobs[0].frozen = milliseconds(7);
  report.jobs[0].restarts = 2;
  const Json job = Json::parse(to_json(report))["job"][0];
  EXPECT_EQ(job["id"], 41);
  EXPECT_EQ(job["class"], "link");
  EXPECT_EQ(job["crate"], "serde");
  EXPECT_EQ(job["version"], "1.0.200");
  EXPECT_EQ(job["output"], "target/release/deps/editor-5f0c");
  EXPECT_EQ(job["pid"], 31337);
  EXPECT_EQ(job["start"], 61.25);
  EXPECT_EQ(job["end"], 140.0);
  EXPECT_EQ(job["peak_bytes"], 2LL << 30);
  EXPECT_EQ(job["predicted_bytes"], 1843LL << 20);
  EXPECT_EQ(job["cpu_seconds"], 36.5);
  EXPECT_EQ(job["held_seconds"], 41.2);
  EXPECT_EQ(job["frozen_seconds"], 0.007);
  EXPECT_EQ(job["restarts"], 2);
  EXPECT_EQ(job["outcome"], "done");
}

TEST(RunJsonTest, what_memory_ended_and_who_killed_has_its_word) {
  RunReport run;
  run.jobs.resize(5);
  run.jobs[4].killer = Killer::memguard;
  run.jobs[0].outcome = Outcome::evicted;
  run.jobs[1].outcome = Outcome::oom_restarted;
  run.jobs[1].killer = Killer::limit;
  run.jobs[2].killer = Killer::outside;
  run.jobs[3].killer = Killer::somebody;
  const Json jobs = Json::parse(to_json(run))["job"];
  EXPECT_EQ(jobs[0]["outcome"], "evicted");
  EXPECT_EQ(jobs[1]["outcome"], "oom_restarted");
  EXPECT_EQ(jobs[0]["killer"], "");
  EXPECT_EQ(jobs[1]["killer"], "limit");
  EXPECT_EQ(jobs[2]["killer"], "outside");
  EXPECT_EQ(jobs[3]["killer"], "somebody");
  EXPECT_EQ(jobs[4]["killer"], "memguard");
}

TEST(RunJsonTest, every_outcome_has_its_word) {
  RunReport run;
  run.jobs.resize(4);
  run.jobs[1].outcome = Outcome::done;
  run.jobs[2].outcome = Outcome::killed;
  run.jobs[3].outcome = Outcome::oom;
  const Json jobs = Json::parse(to_json(run))["job"];
  EXPECT_EQ(jobs[0]["outcome"], "running");
  EXPECT_EQ(jobs[1]["outcome"], "done");
  EXPECT_EQ(jobs[2]["outcome"], "killed");
  EXPECT_EQ(jobs[3]["outcome"], "oom");
}

TEST(RunJsonTest, what_is_not_known_is_null) {
  RunReport run = example();
  run.limit = Bytes::unlimited();
  run.jobs[0].outcome = Outcome::running;
  const Json json = Json::parse(to_json(run));
  EXPECT_TRUE(json["limit_bytes"].is_null());
  EXPECT_TRUE(json["over_limit"].is_null());
  EXPECT_TRUE(json["job"][0]["end"].is_null());
}

TEST(RunJsonTest, a_run_without_jobs_has_an_empty_list) {
  EXPECT_EQ(Json::parse(to_json(RunReport{}))["job"], Json::array());
}

TEST(RunJsonTest, jobs_are_written_as_the_rest_is) {
  RunReport run = example();
  run.jobs = {link_job(), link_job(), link_job()};
  run.jobs[1].crate = "two\nlines";
  const std::string text = to_json(run);
  const Json read = Json::parse(text);
  EXPECT_EQ(read["job"].size(), 3U);
  EXPECT_EQ(read["job"][1]["crate"], "two\nlines");
  EXPECT_EQ(text, read.dump(2) + "\n");
}

TEST(RunJsonTest, the_timeline_follows_any_number_of_jobs) {
  RunReport run = example();
  run.timeline.samples.emplace_back();
  for (const std::size_t count : {0U, 1U, 2U}) {
    run.jobs.assign(count, link_job());
    const Json read = Json::parse(to_json(run));
    EXPECT_EQ(read["job"].size(), count);
    EXPECT_EQ(read["timeline"]["at"].size(), 1U);
  }
}

TEST(RunJsonTest, text_that_is_no_utf8_is_replaced_and_does_not_throw) {
  RunReport run;
  run.jobs.resize(1);
  run.jobs[0].crate = "caf\xe9";
  run.jobs[0].output = std::string("a\0\x1b\"\\b\xf0\x9f", 8);
  const Json job = Json::parse(to_json(run))["job"][0];
  EXPECT_EQ(job["crate"], "caf\xef\xbf\xbd");
  EXPECT_EQ(job["output"].get<std::string>().substr(0, 6), std::string("a\0\x1b\"\\b", 6));
}

TEST(RunJsonTest, times_have_no_more_than_microseconds) {
  RunReport run;
  run.wall = std::chrono::nanoseconds(1'234'567'891);
  EXPECT_THAT(to_json(run), testing::HasSubstr("\"wall_seconds\": 1.234568,"));
}

std::string manual() {
  std::ifstream file(MEMGUARD_JSON_DOCS);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// The first cells of the table rows below a heading.
std::vector<std::string> documented_keys(const std::string& heading) {
  std::istringstream lines(manual().substr(manual().find(heading)));
  std::vector<std::string> keys;
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line) && !line.starts_with("##"))
    if (line.starts_with("| `")) keys.push_back(line.substr(3, line.find('`', 3) - 3));
  return keys;
}

TEST(JsonManualTest, it_explains_every_key_in_order) {
  const Json run = Json::parse(to_json(with_warnings()));
  EXPECT_EQ(documented_keys("## The run"), keys_of(run));
  EXPECT_EQ(documented_keys("## A job"), keys_of(run["job"][0]));
  EXPECT_EQ(documented_keys("### What was not guarded"), keys_of(run["unguarded"]));
  EXPECT_EQ(documented_keys("### Over the limit"), keys_of(run["over_limit"]));
  EXPECT_EQ(documented_keys("### Thrashing"), keys_of(run["thrashing"]));
  EXPECT_EQ(documented_keys("### A victim"), keys_of(run["oom_victims"][0]));
}

TEST(JsonManualTest, its_example_is_real_output) {
  EXPECT_THAT(manual(), testing::HasSubstr("```json\n" + to_json(example()) + "```\n"));
}

}  // namespace
}  // namespace memguard::report

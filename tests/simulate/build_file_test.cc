// Builds from files: the report of a real run, descriptions, and what is refused.
#include "simulate/build_file.h"
#include "simulate/amounts.h"
#include "simulate/curve.h"
#include "simulate/world.h"

#include <fcntl.h>

#include <gmock/gmock.h>

#include "base/io.h"
#include "scripted.h"
#include "simulate/comparison.h"

namespace memguard::simulate::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::vector<Task> tasks_of(const std::string& text) {
  const auto file = read_build(text);
  EXPECT_TRUE(file) << file.error().text();
  return file ? file->build.tasks : std::vector<Task>{};
}

std::string refused(const std::string& text) {
  const auto file = read_build(text);
  return file ? "nothing" : file.error().text();
}

// --- Descriptions

std::string world(const std::string& jobs) { return R"({"memguard_world": 1, "jobs": [)" + jobs + "]}"; }

TEST(Description, ReadsEveryKey) {
  const auto file = read_build(R"({"memguard_world": 1, "comment": "x",
    "machine": {"memory": 1000, "cores": 3, "jobs": 5, "overhead": 7},
    "jobs": [
      {"class": "link", "parent": "b", "at": 0.5, "seconds": 1, "memory": [[0, 1]]},
      {"name": "a", "seconds": 2.5, "processors": 2, "memory": [[0, 10], [0.5, 20], [0.5, 30]], "restartable": false,
       "restart_factor": 1.5, "predicted": 99, "lock": [0.1, 0.2], "sleeps": true},
      {"name": "b", "after": ["a"], "seconds": 1, "memory": [[0, 1]]}]})");
  ASSERT_TRUE(file) << file.error().text();
  EXPECT_THAT(file->assumed, IsEmpty());
  const Machine& machine = file->build.machine;
  EXPECT_EQ(machine.limit, Bytes{1000});
  EXPECT_EQ(machine.cores, 3);
  EXPECT_EQ(machine.tokens, 5);
  EXPECT_EQ(machine.overhead, Bytes{7});
  const auto& tasks = file->build.tasks;
  ASSERT_EQ(tasks.size(), 3U);
  EXPECT_EQ(tasks[0].job_class, kLink);
  EXPECT_EQ(tasks[0].parent, 2U);
  EXPECT_EQ(tasks[0].parent_progress, 0.5);
  EXPECT_EQ(tasks[1].job_class, kRustc);
  EXPECT_EQ(seconds(tasks[1].alone), 2.5);
  EXPECT_EQ(tasks[1].processors, 2);
  EXPECT_EQ(tasks[1].curve.size(), 3U);
  EXPECT_EQ(peak_of(tasks[1]), Bytes{30});
  EXPECT_FALSE(tasks[1].restartable);
  EXPECT_EQ(tasks[1].restart_factor, 1.5);
  EXPECT_EQ(tasks[1].predicted, Bytes{99});
  EXPECT_EQ(tasks[1].lock, (std::pair{0.1, 0.2}));
  EXPECT_TRUE(tasks[1].sleeps);
  EXPECT_THAT(tasks[2].after, ElementsAre(1U));
  EXPECT_EQ(tasks[2].will_start, kLink);
  EXPECT_EQ(run_fixed(tasks, machine, 5).ended, 3);
}

TEST(Description, IsRefusedWithThePlaceOfWhatIsWrong) {
  const std::string memory = R"("seconds": 1, "memory": [[0, 1]])";
  EXPECT_EQ(refused(world(R"({"seconds": 1})")), "/jobs/0/memory: missing");
  EXPECT_EQ(refused(world(R"({"seconds": 1, "memory": []})")), "/jobs/0/memory: at least one point is needed");
  EXPECT_EQ(refused(world(R"({"seconds": -1, "memory": [[0, 1]]})")), "/jobs/0/seconds: -1 is less than 0");
  EXPECT_EQ(refused(world(R"({"seconds": 1, "memory": [[0, 1], [2, 1]]})")), "/jobs/0/memory/1/0: 2 is more than 1");
  EXPECT_EQ(refused(world(R"({"seconds": 1, "memory": [[0.5, 1], [0.2, 1]]})")),
            "/jobs/0/memory/1/0: points go from 0 to 1");
  EXPECT_EQ(refused(world(R"({"seconds": 1, "memory": [[0, -1]]})")), "/jobs/0/memory/0/1: -1 is less than 0");
  EXPECT_THAT(refused(world("{" + memory + R"(, "threads": 2})")),
              StartsWith("/jobs/0/threads: unknown key. Known are"));
  EXPECT_EQ(refused(world("{" + memory + R"(, "after": ["x"]})")), "/jobs/0/after/0: no job has this name");
  EXPECT_EQ(refused(world("{" + memory + R"(, "parent": "x"})")), "/jobs/0/parent: no job has this name");
  EXPECT_EQ(refused(world(R"({"name": "a", )" + memory + R"(}, {"name": "a", )" + memory + "}")),
            "/jobs/1/name: another job has this name");
  EXPECT_EQ(refused(R"({"memguard_world": 2, "jobs": []})"), "/memguard_world: this memguard reads version 1");
  EXPECT_THAT(refused(R"({"memguard_world": 1, "machine": {"cores": 0}, "jobs": []})"),
              StartsWith("/machine/cores: 0"));
}

TEST(Description, WhoWaitsForHimselfIsRefused) {
  const auto job = [](const std::string& name, const std::string& more) {
    return R"({"name": ")" + name + R"(", "seconds": 1, "memory": [[0, 1]], )" + more + "}";
  };
  const std::string why = "it waits for itself, perhaps through others";
  EXPECT_EQ(refused(world(job("a", R"("after": ["a"])"))), "/jobs/0: " + why);
  EXPECT_EQ(refused(world(job("a", R"("after": ["b"])") + "," + job("b", R"("after": ["a"])"))), "/jobs/0: " + why);
  EXPECT_EQ(refused(world(job("a", R"("parent": "b")") + "," + job("b", R"("parent": "a")"))), "/jobs/0: " + why);
  EXPECT_EQ(refused(world(job("a", R"("parent": "b")") + "," + job("b", R"("after": ["a"])"))),
            "/jobs/1/after/0: this job has a parent; wait for that one");
}

TEST(Description, WhoHasAParentAndWaitsForAnotherJobIsRefused) {
  const std::string job = R"("seconds": 1, "memory": [[0, 1]])";
  const std::string first = R"({"name": "a", )" + job + "}, ";
  for (const char* parent : {"a", "b"}) {
    const std::string second =
        R"({"name": "b", "after": ["a"], "parent": ")" + std::string(parent) + R"(", )" + job + "}";
    EXPECT_EQ(refused(world(first + second)), "/jobs/1/after: a job with a parent starts when its parent starts it");
  }
}

TEST(Description, AJobThatIsTenThousandMillionTimesItsMachineIsNoOverflow) {
  auto file = read_build(R"({"memguard_world": 1, "machine": {"memory": 10737},
                             "jobs": [{"seconds": 2, "memory": [[0, 100000000000015]]}]})");
  ASSERT_TRUE(file) << file.error().text();
  const Comparison compared = compare(file->build);
  EXPECT_GT(compared.bound, std::chrono::hours(24 * 365 * 100));
  EXPECT_EQ(compared.guarded.ended, 0);
}

TEST(Description, ALongLineOfParentsIsRefused) {
  std::string jobs = R"({"name": "0", "seconds": 1, "memory": [[0, 1]]})";
  for (int i = 1; i < 200; ++i) {
    jobs += R"(,{"name": ")" + std::to_string(i) + R"(", "seconds": 1, "memory": [[0, 1]], "parent": ")" +
            std::to_string(i - 1) + R"("})";
  }
  EXPECT_EQ(refused(world(jobs)), "/jobs/101: it has too many parents above it");
}

TEST(Description, TheExampleOfTheManualIsABuildThatEnds) {
  const std::string manual = read_at(AT_FDCWD, MEMGUARD_DOC).value();
  const auto begin = manual.find("```json\n") + 8;
  auto file = read_build(manual.substr(begin, manual.find("```", begin) - begin));
  ASSERT_TRUE(file) << file.error().text();
  file->build.machine.restarts = true;
  const Outcome outcome = run_guarded(file->build.tasks, file->build.machine);
  EXPECT_EQ(outcome.ended, 4);
  EXPECT_EQ(outcome.lost, 0);
}

TEST(BuildFile, WhatIsNoBuildIsRefused) {
  for (const char* text : {"[]", "{}", "7", R"({"jobs": []})", R"({"version": 1})"}) {
    EXPECT_THAT(refused(text), StartsWith("neither a report of memguard run --json nor a build")) << text;
  }
  EXPECT_THAT(refused(""), StartsWith("line 1, column 1: syntax error"));
  EXPECT_EQ(refused(world("")), "there are no jobs in it");
}

// --- Reports

struct ReportJob {
  std::string job_class = "rustc";
  std::string crate = "x";
  std::string output{};
  double start = 0;
  double end = 1;
  double cpu = 1;
  double held = 0;
  double frozen = 0;
};

std::string report(const std::vector<ReportJob>& jobs, const std::string& limit = "1000") {
  std::string list;
  for (const ReportJob& job : jobs) {
    list += (list.empty() ? "" : ",") + std::string(R"({"class":")") + job.job_class + R"(","crate":")" + job.crate +
            R"(","output":")" + job.output + R"(","start":)" + std::to_string(job.start) + R"(,"end":)" +
            (job.end < 0 ? "null" : std::to_string(job.end)) + R"(,"cpu_seconds":)" + std::to_string(job.cpu) +
            R"(,"held_seconds":)" + std::to_string(job.held) + R"(,"frozen_seconds":)" + std::to_string(job.frozen) +
            R"(,"peak_bytes":100,"a key of later":0})";
  }
  return R"({"version":1,"wall_seconds":100,"limit_bytes":)" + limit + R"(,"job":[)" + list + "]}";
}

TEST(Report, AJobTakesAsLongAsItRanOnItsProcessors) {
  const auto tasks = tasks_of(report({{.start = 0, .end = 10, .cpu = 4},   // waited for a processor
                                      {.start = 0, .end = 10, .cpu = 20},  // two threads
                                      {.start = 0, .end = 10, .cpu = 4, .held = 2, .frozen = 4},  // stopped
                                      {.start = 0, .end = 10, .cpu = 0},                          // not seen
                                      {.start = 60, .end = -1, .cpu = 40}}));                     // still there
  ASSERT_EQ(tasks.size(), 5U);
  EXPECT_NEAR(seconds(tasks[0].alone), 4, 1e-9);
  EXPECT_EQ(tasks[0].processors, 1);
  EXPECT_NEAR(seconds(tasks[1].alone), 10, 1e-9);
  EXPECT_NEAR(tasks[1].processors, 2, 1e-9);
  EXPECT_NEAR(seconds(tasks[2].alone), 4, 1e-9);
  EXPECT_NEAR(seconds(tasks[3].alone), 10, 1e-9);
  EXPECT_NEAR(seconds(tasks[4].alone), 40, 1e-9);
  EXPECT_EQ(peak_of(tasks[0]), Bytes{100});
}

// Of a rustc of ten seconds on two processors, whose samples found so many tokens free.
Task rustc_with(const std::string& profile, int free_tokens, double cpu = 10) {
  const std::string tokens = std::to_string(free_tokens);
  const std::string both = R"("class": "rustc", "crate": "x", "output": "", "start": 0, "end": 10, "peak_bytes": 100,)"
                           R"("held_seconds": 0, "frozen_seconds": 0,)";
  return tasks_of(R"({"version": 1, "wall_seconds": 10, "limit_bytes": 1000, "processors": 2, "timeline": {)"
                  R"("at": [2, 4, 6], "memory": [], "changes": [], "free_tokens": [)" +
                  tokens + ", 1, " + tokens + R"(]}, "job": [{"id": 0, "profile": ")" + profile +
                  R"(", "cpu_seconds": )" + std::to_string(cpu) + "," + both +
                  R"("family": 0}, {"id": 1, "cpu_seconds": 10,)" + both + R"("family": 1}]})")
      .at(0);
}

TEST(Report, ARustcThatGotNoTokensHasCodegenThreadsAllTheSame) {
  const Task task = rustc_with("opt-level=3", 0);
  EXPECT_NEAR(task.processors, 1.54, 0.01);
  EXPECT_NEAR(seconds(task.alone) * task.processors, 10, 1e-6);
}

TEST(Report, ARustcHasNoMoreThreadsThanItShows) {
  EXPECT_EQ(rustc_with("opt-level=3", 2).processors, 1);
  EXPECT_EQ(rustc_with("opt-level=3", -1).processors, 1);
  EXPECT_EQ(rustc_with("opt-level=3 codegen-units=1", 0).processors, 1);
  EXPECT_EQ(rustc_with("opt-level=3", 0, 0).processors, 1);
}

TEST(Report, ARustcThatUsedMoreThanAProcessorHadTokens) {
  EXPECT_NEAR(rustc_with("opt-level=3", 0, 12).processors, 1.2, 0.01);
  EXPECT_NEAR(rustc_with("opt-level=3", 0, 18).processors, 1.8, 0.01);
}

TEST(Report, PartOfAProcessorIsAWholeOne) {
  const auto cores = [](const std::string& processors) {
    const auto file = read_build(report({{}}).replace(1, 0, R"("processors":)" + processors + ","));
    return file ? file->build.machine.cores : -1;
  };
  EXPECT_EQ(cores("0.5"), 1);
  EXPECT_EQ(cores("1.5"), 2);
  EXPECT_EQ(cores("2.0"), 2);
}

TEST(Report, WhoCameWhileAPlaceWasFreeHadWaited) {
  const auto file = read_build(report({{.start = 0, .end = 5},
                                       {.start = 0, .end = 3},
                                       {.start = 3.01, .end = 6},  // takes the place of the second
                                       {.start = 8, .end = 9}}));  // two places free: waited for the third
  ASSERT_TRUE(file) << file.error().text();
  EXPECT_EQ(file->build.machine.tokens, 2);
  EXPECT_EQ(file->build.machine.limit, Bytes{1000});
  EXPECT_THAT(file->build.tasks[0].after, IsEmpty());
  EXPECT_THAT(file->build.tasks[2].after, IsEmpty());
  EXPECT_THAT(file->build.tasks[3].after, ElementsAre(2U));
  EXPECT_THAT(file->assumed, ::testing::Contains(HasSubstr("-j2")));
}

TEST(Report, ALinkBelongsToTheRustcOfItsCrate) {
  const auto tasks =
      tasks_of(report({{.crate = "text-editor", .start = 0, .end = 10},
                       {.crate = "viewer", .start = 1, .end = 10},
                       {.job_class = "link", .crate = "", .output = "t/deps/text_editor-5f", .start = 5, .end = 8},
                       {.job_class = "link", .crate = "", .output = "t/deps/other", .start = 5, .end = 8},
                       {.job_class = "link", .crate = "", .output = "z", .start = 20, .end = 21}}));
  EXPECT_EQ(tasks[2].parent, 0U);
  EXPECT_EQ(tasks[3].parent, 1U);
  EXPECT_EQ(tasks[0].will_start, kLink);
  EXPECT_EQ(tasks[4].parent, std::nullopt);
  EXPECT_THAT(tasks[4].after, ElementsAre(0U, 1U));
}

TEST(Report, CompilersAndLinkersAreStartedAgainAndNothingElse) {
  const auto tasks = tasks_of(report({{}, {.job_class = "cc"}, {.job_class = "test"}, {.job_class = "other"}}));
  EXPECT_TRUE(tasks[0].restartable);
  EXPECT_TRUE(tasks[1].restartable);
  EXPECT_FALSE(tasks[2].restartable);
  EXPECT_FALSE(tasks[3].restartable);
}

// Job 7 comes at 1 s, is held for 2 s, runs for 2 s, is frozen for 3 s with 60, and runs for 2 s more.
constexpr std::string_view kStopped = R"({"version": 1, "wall_seconds": 20, "limit_bytes": 1000, "timeline": {
    "at": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    "memory": [{"job": 7, "first": 2, "bytes": [2, 20, 60, 60, 60, 60, 70, 50]}],
    "changes": [[1, 7, "arrived"], [1, 7, "held", "no_room"], [3, 7, "runs"], [5, 7, "frozen"], [8, 7, "runs"]]},
  "job": [{"id": 7, "class": "rustc", "crate": "x", "output": "", "start": 1, "end": 10, "cpu_seconds": 4,
           "held_seconds": 2, "frozen_seconds": 3, "peak_bytes": 90, "predicted_bytes": 40}]})";

TEST(Report, AJobsMemoryGoesAsItsSamplesWhileItRan) {
  const auto file = read_build(kStopped);
  ASSERT_TRUE(file) << file.error().text();
  const Task& task = file->build.tasks.at(0);
  EXPECT_NEAR(seconds(task.alone), 4, 1e-9);
  EXPECT_EQ(segment_at(task, 0.25).memory, 20);
  EXPECT_EQ(segment_at(task, 0.5).memory, 60);
  // Its peak was between two samples; it counts where the largest of them is.
  EXPECT_EQ(segment_at(task, 0.75).memory, 90);
  EXPECT_EQ(segment_at(task, 1.0).memory, 50);
}

TEST(Report, WhatMemoryEndedAndItsNextStartAreOneJob) {
  const auto one = [](int id, const std::string& outcome, int start, int end, int predicted) {
    return R"({"id": )" + std::to_string(id) + R"(, "class": "rustc", "crate": "x", "output": "o", "family": 3,)" +
           R"("outcome": ")" + outcome + R"(", "start": )" + std::to_string(start) + R"(, "end": )" +
           std::to_string(end) + R"(, "cpu_seconds": 3, "held_seconds": 0, "frozen_seconds": 0, "peak_bytes": 100,)" +
           R"("predicted_bytes": )" + std::to_string(predicted) + "}";
  };
  const auto file =
      read_build(R"({"version": 1, "wall_seconds": 20, "limit_bytes": 1000, "job": [)" + one(0, "evicted", 2, 5, 40) +
                 "," + one(1, "oom_restarted", 5, 8, 80) + "," + one(2, "done", 8, 12, 120) + "]}");
  ASSERT_TRUE(file) << file.error().text();
  ASSERT_EQ(file->build.tasks.size(), 1U);
  EXPECT_NEAR(seconds(file->build.tasks[0].alone), 3, 1e-9);
  // One that was ended and never came again was work all the same.
  EXPECT_EQ(tasks_of(R"({"version": 1, "wall_seconds": 20, "limit_bytes": 1000, "job": [)" +
                     one(0, "evicted", 2, 5, 40) + "]}")
                .size(),
            1U);
}

TEST(Report, OfASampleThatIsNoNumberIsRefused) {
  const std::string text(kStopped);
  EXPECT_EQ(refused(std::string(text).replace(text.find("[2, 20"), 6, R"(["2", 20)")),
            "/timeline/memory/0/bytes/0: a string where a whole number is expected");
}

TEST(Report, JobsWithoutLengthAtOneMomentWaitForNobodyInACircle) {
  const auto file = read_build(report({{.job_class = "link", .start = 5, .end = 5},
                                       {.start = 5, .end = 5},
                                       {.job_class = "link", .start = 5, .end = 5}}));
  ASSERT_TRUE(file) << file.error().text();
  EXPECT_EQ(run_fixed(file->build.tasks, file->build.machine, 1).ended, 3);
}

TEST(Report, WithoutALimitHasNone) { EXPECT_EQ(read_build(report({{}}, "null"))->build.machine.limit, Bytes{}); }

TEST(Report, IsRefusedWithThePlaceOfWhatIsWrong) {
  EXPECT_EQ(refused(R"({"version": 2, "job": [], "wall_seconds": 1, "limit_bytes": 1})"),
            "/version: this memguard reads version 1");
  EXPECT_EQ(refused(R"({"version": 1, "job": [{}], "wall_seconds": 1, "limit_bytes": 1})"), "/job/0/class: missing");
  EXPECT_EQ(refused(R"({"version": 1, "job": 7, "wall_seconds": 1, "limit_bytes": 1})"),
            "/job: a number where a list is expected");
}

TEST(Report, OfARealRunIsABuildThatEndsOnMoreProcessorsSooner) {
  auto file = read_build(read_at(AT_FDCWD, MEMGUARD_REPORT).value());
  ASSERT_TRUE(file) << file.error().text();
  Build& build = file->build;
  ASSERT_EQ(build.tasks.size(), 13U);
  EXPECT_EQ(build.machine.limit, mib(400));
  // The four programs are linked below their rustc.
  for (std::size_t link = 9; link < 13; ++link) EXPECT_EQ(build.tasks[link].parent, link - 4);
  build.machine.restarts = true;
  const Outcome tight = run_guarded(build.tasks, build.machine);
  EXPECT_EQ(tight.ended, 13);
  EXPECT_FALSE(run_fixed(build.tasks, build.machine, 4).lost == 0);
  build.machine.limit = mib(4096);
  build.machine.cores = build.machine.tokens = 8;
  const Outcome roomy = run_guarded(build.tasks, build.machine);
  EXPECT_LT(roomy.makespan, tight.makespan);
  EXPECT_EQ(roomy.evicted, 0);
}

TEST(BuildFile, HundredsOfJobsAreNoWork) {
  std::vector<ReportJob> jobs;
  jobs.reserve(400);
  for (int i = 0; i < 400; ++i) {
    const int sixteens = i / 16;
    jobs.push_back({.start = 0.5 * sixteens, .end = 0.5 * sixteens + 3, .cpu = 3});
  }
  auto file = read_build(report(jobs, "1500"));
  ASSERT_TRUE(file) << file.error().text();
  file->build.machine.restarts = true;
  const Outcome outcome = run_guarded(file->build.tasks, file->build.machine);
  EXPECT_EQ(outcome.ended, 400);
  // Work, not time: a step is some microseconds for each job there is.
  EXPECT_LT(outcome.steps, 40'000);
}

}  // namespace
}  // namespace memguard::simulate::testing

// The subcommand: its words, its results, its errors.
#include "cli/simulate.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "base/io.h"
#include "cli/command_line.h"
#include "record/record.h"
#include "simulate/world.h"
#include "temporary_folder.h"

namespace memguard::cli {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string refused(const std::vector<std::string>& words) {
  const auto line = parse_simulate(words);
  if (!line) return line.error().text();
  ::testing::internal::CaptureStdout();
  const auto done = simulate(line->options);
  (void)::testing::internal::GetCapturedStdout();
  return done ? "nothing" : done.error().text();
}

std::string printed(const std::vector<std::string>& words, int expected_status = 0) {
  const auto line = parse_simulate(words);
  EXPECT_TRUE(line) << line.error().text();
  ::testing::internal::CaptureStdout();
  const auto done = simulate(line->options);
  EXPECT_TRUE(done) << done.error().text();
  EXPECT_EQ(done.value_or(-1), expected_status);
  return ::testing::internal::GetCapturedStdout();
}

class SimulateFiles : public ::testing::Test {
 protected:
  std::string put(const std::string& text) {
    const UniqueFd file(::open(folder_.in("a").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    EXPECT_EQ(::write(file.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    return folder_.in("a");
  }
  TemporaryFolder folder_;
};

TEST(SimulateLine, ReadsEveryOption) {
  const auto line =
      parse_command_line({"simulate", "--workload", "med8", "--seed", "7", "--worlds", "3", "--cores", "64", "--jobs",
                          "32", "--memory", "32GiB", "--know", "recorded", "--json", "-"});
  ASSERT_TRUE(line) << line.error().text();
  EXPECT_EQ(line->action, CommandLine::Action::simulate);
  const SimulateOptions& options = line->simulate;
  EXPECT_EQ(options.workload, "med8");
  EXPECT_EQ(options.seed, 7U);
  EXPECT_EQ(options.worlds, 3);
  EXPECT_EQ(options.cores, 64);
  EXPECT_EQ(options.jobs, 32);
  EXPECT_EQ(options.memory, Bytes{32LL << 30});
  EXPECT_EQ(options.knowledge, memguard::simulate::Knowledge::recorded);
  EXPECT_EQ(options.json, "-");
}

TEST(SimulateLine, GivesHelp) {
  const auto line = parse_command_line({"simulate", "--help"});
  EXPECT_EQ(line->action, CommandLine::Action::help);
  EXPECT_THAT(help_text(line->help, 80), HasSubstr("--replay"));
}

TEST(SimulateLine, IsRefusedWhenItMakesNoSense) {
  EXPECT_THAT(refused({}), HasSubstr("one of --workload, --build and --replay"));
  EXPECT_THAT(refused({"--workload", "med8", "--build", "x"}), HasSubstr("one of"));
  EXPECT_THAT(refused({"--build", "x", "--worlds", "2"}), HasSubstr("--worlds is for --workload"));
  EXPECT_THAT(refused({"--workload", "med8", "--memory", "5Q"}), StartsWith("--memory: size '5Q': unknown unit"));
  EXPECT_THAT(refused({"--workload", "med8", "--memory", "50%"}), HasSubstr("Write it as 32GiB"));
  EXPECT_THAT(refused({"--workload", "med8", "--memory", "100"}), HasSubstr("no size of 1 MiB or more"));
  EXPECT_THAT(refused({"--workload", "med8", "--memory", "0"}), HasSubstr("--memory"));
  EXPECT_THAT(refused({"--workload", "med8", "--cores", "0"}), HasSubstr("--cores"));
  EXPECT_THAT(refused({"--workload", "med8", "--know", "all"}), StartsWith("--know: unknown word 'all'"));
  EXPECT_THAT(refused({"--workload", "med8", "--seed", "-1"}), HasSubstr("'-1' is no whole number from 0"));
  EXPECT_THAT(refused({"--workload", "med8", "--seed", "18446744073709551616"}), HasSubstr("--seed"));
  for (const char* option :
       {"--seed", "--worlds", "--cores", "--jobs", "--memory", "--swap", "--swap-speed", "--set", "--json"})
    EXPECT_THAT(refused({"--replay", "x", option, "1"}),
                StartsWith(std::string(option) + " has no meaning with --replay"));
  EXPECT_THAT(refused({"--replay", "x", "--know", "recorded"}), StartsWith("--know has no meaning with --replay"));
  EXPECT_THAT(refused({"--wrkload", "med8"}), HasSubstr("--wrkload"));
  EXPECT_THAT(refused({"--workload", "md8"}), StartsWith("unknown workload md8. Did you mean"));
  EXPECT_THAT(refused({"--build", "/nowhere"}), StartsWith("open /nowhere: No such file"));
  EXPECT_THAT(refused({"--replay", "/nowhere"}), StartsWith("open /nowhere: No such file"));
  EXPECT_THAT(refused({"--build", "/tmp"}), StartsWith("read /tmp: Is a directory"));
  EXPECT_THAT(refused({"--replay", "/tmp"}), StartsWith("read /tmp: Is a directory"));
  EXPECT_THAT(refused({"--workload", "med8", "--json", "/nowhere/x"}), StartsWith("write /nowhere/x: No such file"));
}

TEST(Simulate, AnotherConstantDecidesOtherwise) {
  EXPECT_THAT(refused({"--workload", "med8", "--set", "margin"}), HasSubstr("is no NAME=VALUE"));
  const std::vector<std::string> build{"--workload", "mixed8", "--seed", "300", "--cores", "1", "--jobs", "8"};
  auto changed = build;
  for (const char* word : {"--set", "processor_free=-1000", "--set", "margin=0.03"}) changed.emplace_back(word);
  EXPECT_NE(printed(build), printed(changed));
}

TEST(Simulate, ShowsMemguardAndEveryFixedJobs) {
  const std::string table = printed({"--workload", "links2048"});
  EXPECT_THAT(table, StartsWith("links2048, seed 1: 212 jobs, the largest 440 MiB; 16 cores, -j16, 2.0 GiB\n"));
  EXPECT_THAT(table, HasSubstr("\nmemguard "));
  EXPECT_THAT(table, HasSubstr("\n-j4 "));
  EXPECT_THAT(table, HasSubstr("\n-j5 to -j16     lost: the kernel kills a job, after "));
  EXPECT_THAT(table, HasSubstr(" times the best -j that survives, -j4\n"));
}

TEST(Simulate, ABuildThatMemguardLosesIsShownAsLost) {
  const std::string table = printed({"--workload", "links2048", "--memory", "10MiB"});
  EXPECT_THAT(table, ContainsRegex("\nmemguard        lost: [0-9]+ of 212 jobs, after "));
  EXPECT_THAT(table, Not(HasSubstr(" times the best -j")));
  const std::string many = printed({"--workload", "links2048", "--memory", "10MiB", "--worlds", "2"});
  EXPECT_THAT(many, AllOf(HasSubstr("\n       1      lost "), HasSubstr("\n2 builds lost\n")));
}

TEST_F(SimulateFiles, FixedJobsThatAreTheSameShareARow) {
  const std::string file = put(R"({"memguard_world": 1, "machine": {"memory": 1073741824, "cores": 64},
                                   "jobs": [{"seconds": 2, "memory": [[0, 1000000]]},
                                            {"seconds": 2, "memory": [[0, 1000000]]}]})");
  const std::string table = printed({"--build", file});
  EXPECT_THAT(table, HasSubstr("\n-j1 "));
  EXPECT_THAT(table, ContainsRegex("\n-j2 to -j64 +2\\.0 s "));
  EXPECT_THAT(table, Not(HasSubstr("\n-j64 ")));
}

TEST(Simulate, ShowsALineForEachOfSeveralWorlds) {
  const std::string table = printed({"--workload", "uniform", "--worlds", "3", "--seed", "5"});
  for (const char* seed : {"\n       5", "\n       6", "\n       7"}) EXPECT_THAT(table, HasSubstr(seed));
  EXPECT_THAT(table, HasSubstr("on average"));
}

TEST(Simulate, IsJsonForPrograms) {
  const auto json = nlohmann::json::parse(printed({"--workload", "links2048", "--json", "-"}));
  EXPECT_EQ(json.at("version"), 1);
  const auto& world = json.at("worlds").at(0);
  EXPECT_EQ(world.at("jobs"), 212);
  EXPECT_EQ(world.at("fixed").size(), 16U);
  EXPECT_EQ(world.at("best_fixed_jobs"), 4);
  EXPECT_TRUE(world.at("fixed").at(3).at("survived"));
  EXPECT_FALSE(world.at("fixed").at(4).at("survived"));
  EXPECT_EQ(world.at("memguard").at("ended"), 212);
  EXPECT_GT(world.at("memguard").at("seconds"), world.at("bound_seconds"));
}

TEST(Simulate, ChangesTheMachine) {
  const auto json =
      nlohmann::json::parse(printed({"--workload", "links2048", "--cores", "8", "--memory", "64GiB", "--json", "-"}));
  const auto& world = json.at("worlds").at(0);
  EXPECT_EQ(world.at("cores"), 8);
  EXPECT_EQ(world.at("limit_bytes"), 64LL << 30);
  EXPECT_EQ(world.at("fixed").size(), 8U);
  EXPECT_EQ(world.at("memguard").at("held"), 0);
  EXPECT_NEAR(world.at("times_best_fixed").get<double>(), 1.0, 0.01);
}

TEST(Simulate, ASlowSwapTakesLongerAndWhereNobodyRestartsNothingIsEvicted) {
  const auto sums = [](const std::vector<std::string>& more) {
    std::vector<std::string> words{"--workload", "links512", "--json", "-", "--swap", "2GiB"};
    words.insert(words.end(), more.begin(), more.end());
    std::pair<double, int> seconds_and_evicted;
    const auto json = nlohmann::json::parse(printed(words));
    for (const auto& world : json.at("worlds")) {
      seconds_and_evicted.first += world.at("memguard").at("seconds").get<double>();
      seconds_and_evicted.second += world.at("memguard").at("evicted").get<int>();
    }
    return seconds_and_evicted;
  };
  const auto usual = sums({});
  EXPECT_GT(sums({"--swap-speed", "50MiB"}).first, usual.first);
  EXPECT_EQ(sums({"--swap-speed", "500MiB"}).first, usual.first);
  EXPECT_GT(usual.second, 0);
  EXPECT_EQ(sums({"--no-restart"}).second, 0);
}

TEST(Simulate, WithSwapLessIsThrownAway) {
  const std::vector<std::string> words{"--workload", "links512", "--json", "-"};
  auto with_swap = words;
  with_swap.insert(with_swap.end(), {"--swap", "16GiB"});
  const auto sums = [](const std::vector<std::string>& line) {
    std::pair<int, std::int64_t> evicted_and_swapped;
    const auto json = nlohmann::json::parse(printed(line));
    for (const auto& world : json.at("worlds")) {
      evicted_and_swapped.first += world.at("memguard").at("evicted").get<int>();
      evicted_and_swapped.second += world.at("memguard").at("reclaimed_bytes").get<std::int64_t>();
    }
    return evicted_and_swapped;
  };
  const auto [evicted, swapped] = sums(words);
  const auto [evicted_with, swapped_with] = sums(with_swap);
  EXPECT_EQ(swapped, 0);
  EXPECT_GT(swapped_with, 0);
  EXPECT_LT(evicted_with, evicted);
}

TEST_F(SimulateFiles, ABuildIsTakenFromAFile) {
  const std::string jobs = R"("jobs": [{"seconds": 2, "memory": [[0, 1000000]]}, {"seconds": 2, "memory": [[0, 5]]}]})";
  const std::string file = put(R"({"memguard_world": 1, )" + jobs);
  EXPECT_THAT(printed({"--build", file, "--memory", "1GiB"}), HasSubstr("2 jobs, the largest 977 KiB; 4 cores"));
  EXPECT_EQ(refused({"--build", file}), file + ": it has no limit. Give one with --memory 8GiB.");
  EXPECT_EQ(refused({"--build", put(R"({"memguard_world": 1, "jobs": [{"seconds": "x"}]})")}),
            file + ": /jobs/0/seconds: a string where a number is expected");
}

TEST_F(SimulateFiles, AReplayEndsWithOneWhenItDecidedOtherwise) {
  std::string text = record::to_text(record::Began{});
  policy::Governor governor;
  const auto build = memguard::simulate::study("links1024", 1, memguard::simulate::Knowledge::nothing).value();
  (void)memguard::simulate::run(build.tasks, build.machine, governor,
                                [&](const policy::Observation& seen, const policy::Decision& decision) {
                                  text += record::to_text(seen, decision);
                                });
  const std::string same = printed({"--replay", put(text)});
  EXPECT_THAT(same, HasSubstr(" s  admit job 0: "));
  EXPECT_THAT(same, HasSubstr(" steps: decided as recorded\n"));
  const auto at = text.find("[\"admit\",5,");
  ASSERT_NE(at, std::string::npos);
  text.replace(at, 10, "[\"admit\",6");
  const std::string other = printed({"--replay", put(text)}, 1);
  EXPECT_THAT(other, HasSubstr(" steps: 1 decided otherwise than recorded, the first in line "));
  EXPECT_THAT(other, HasSubstr("\n  recorded: {\"next\":"));
  EXPECT_EQ(
      refused({"--replay", put("nonsense")}),
      folder_.in("a") + ": line 1: no recording of memguard. Make one with: memguard run --record FILE -- COMMAND...");
}

}  // namespace
}  // namespace memguard::cli

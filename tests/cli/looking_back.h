// What the commands that look back answer, in a state folder of their own.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/command_line.h"
#include "history/database.h"
#include "report/kept_runs.h"
#include "temporary_folder.h"

namespace memguard::cli {

inline Result<int> done(const CommandLine& line, const config::Environment& surroundings) {
  switch (line.action) {
    case CommandLine::Action::history:
      return look_into_history(line.history, surroundings);
    case CommandLine::Action::suggest:
      return suggest(line.suggest, surroundings);
    case CommandLine::Action::explain:
      return explain_job(line.explain, surroundings);
    default:
      return show_report(line.report, surroundings);
  }
}

class LookingBack : public testing::Test {
 protected:
  LookingBack() {
    surroundings_.variables["XDG_STATE_HOME"] = folder_.path();
    surroundings_.working_directory = "/home/you/project";
  }
  // What is printed, or the error.
  std::string answer(const std::vector<std::string>& words) const {
    const auto line = parse_command_line(words);
    if (!line) return "error: " + line.error().text();
    testing::internal::CaptureStdout();
    const auto status = done(*line, surroundings_);
    std::string printed = testing::internal::GetCapturedStdout();
    if (!status) return "error: " + status.error().text();
    EXPECT_EQ(*status, 0);
    return printed;
  }
  void remember(const std::string& job_class, const std::string& name, Bytes peak,
                const std::string& project = "/home/you/project", bool completed = true) const {
    auto database = history::Database::open(file());
    ASSERT_TRUE(database) << database.error().text();
    const history::UnitMeasurement one{{.job_class = job_class,
                                        .name = name,
                                        .version = "1.2.0",
                                        .kind = "bin",
                                        .profile = "opt-level=3",
                                        .target = {},
                                        .compiler = {}},
                                       {.at = std::chrono::sys_seconds(std::chrono::seconds(1000)),
                                        .project = project,
                                        .program = job_class,
                                        .inputs = {},
                                        .peak = peak,
                                        .cpu = std::chrono::milliseconds(1500),
                                        .wall = std::chrono::milliseconds(2500),
                                        .completed = completed}};
    ASSERT_TRUE(database->add(std::vector{one}));
  }
  void keep(const std::string& command, int ended_at) const {
    report::RunReport run;
    run.command = {command};
    run.wall = std::chrono::seconds(ended_at);
    run.limit = Bytes::unlimited();
    run.jobs.emplace_back().output = "app";
    const std::chrono::system_clock::time_point when(std::chrono::seconds{ended_at});
    ASSERT_TRUE(report::keep_run(run, folder_.path() + "/memguard/runs", when));
  }
  [[nodiscard]] std::string file() const { return folder_.path() + "/memguard/history.db"; }

  TemporaryFolder folder_;
  config::Environment surroundings_;
};

}  // namespace memguard::cli

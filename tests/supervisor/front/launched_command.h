// The first process of a build, launched by a test that is the front.
#pragma once

#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "child_states.h"
#include "supervisor/front/launch.h"

namespace memguard::supervisor {

class LaunchedCommand : public testing::Test {
 public:
 protected:
  LaunchedCommand() {
    plan_.gate = false;
    plan_.run_id = "1:2";
    plan_.command = {"true"};
    ::sigprocmask(SIG_BLOCK, nullptr, &plan_.signal_mask);
    ::getrlimit(RLIMIT_NOFILE, &plan_.open_files);
  }
  ~LaunchedCommand() override {
    if (launched_.pid <= 0) return;
    ::kill(launched_.pid, SIGKILL);
    ::waitpid(launched_.pid, nullptr, 0);
  }

  void start() {
    auto launched = launch(plan_);
    ASSERT_TRUE(launched) << launched.error().text();
    launched_ = std::move(*launched);
  }
  [[nodiscard]] int end() const { return end_of(launched_.pid); }
  /// It has not become the command.
  [[nodiscard]] bool waits() const {
    const auto program = [](const std::string& process) {
      std::error_code error;
      return std::filesystem::read_symlink("/proc/" + process + "/exe", error);
    };
    return program(fmt::format("{}", launched_.pid)) == program("self");
  }

  LaunchPlan plan_;
  Launched launched_;
};

}  // namespace memguard::supervisor

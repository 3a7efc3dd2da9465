// The shim itself, with scripts for a compiler and a supervisor that answers what the test says.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "base/unique_fd.h"
#include "fake_supervisor.h"
#include "temporary_folder.h"

namespace memguard::shim {

namespace fs = std::filesystem;

class Shim : public testing::Test {
 public:
 protected:
  Shim() = default;
  ~Shim() override {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }

  // A compiler that does `script`; $n says how often it was started before.
  void compiler(const std::string& script) { write("rustc", count_ + script); }
  void write(const std::string& name, const std::string& script) {
    std::ofstream(folder_ / name) << "#!/bin/sh\ncd '" << folder_.string() << "'\n" << script << "\n";
    fs::permissions(folder_ / name, fs::perms::owner_all);
  }

  void start(std::vector<std::string> arguments = {"a.rs"}) {
    arguments.insert(arguments.begin(), (folder_ / "rustc").string());
    start_with(std::move(arguments));
  }
  void start_with(std::vector<std::string> arguments) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    err_ = UniqueFd(ends[0]);
    const UniqueFd writes(ends[1]);
    arguments.insert(arguments.begin(), MEMGUARD_SHIM_FILE);
    pid_ = ::fork();
    if (pid_ != 0) return;
    ::dup2(writes.get(), STDERR_FILENO);
    if (in_run_) ::setenv("MEMGUARD_RUN", supervisor_.run_id().c_str(), 1);
    if (!in_run_ && !keep_run_) ::unsetenv("MEMGUARD_RUN");
    if (!wrapper_.empty()) ::setenv("MEMGUARD_WRAPPER", wrapper_.c_str(), 1);
    std::vector<char*> argv;
    argv.reserve(arguments.size() + 1);
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    ::execv(argv[0], argv.data());
    ::_exit(125);
  }

  // Its wait status.
  int end() {
    int status = -1;
    ::waitpid(pid_, &status, 0);
    pid_ = 0;
    return status;
  }
  std::string err() {
    std::string text;
    std::array<char, 4096> part{};
    ssize_t got = 0;
    while ((got = ::read(err_.get(), part.data(), part.size())) > 0) text.append(part.data(), static_cast<size_t>(got));
    return text;
  }
  // Waits for a line of the compiler.
  std::string line() {
    std::string text;
    char c = 0;
    while (text.empty() || text.back() != '\n') {
      if (::read(err_.get(), &c, 1) != 1) break;
      text += c;
    }
    return text;
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream file(folder_ / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  [[nodiscard]] bool exists(const std::string& name) const { return fs::exists(folder_ / name); }

  static int exited(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : -1; }
  static int signalled(int status) { return WIFSIGNALED(status) ? WTERMSIG(status) : -1; }

  FakeSupervisor supervisor_;
  TemporaryFolder temporary_;
  fs::path folder_ = temporary_.path();
  bool in_run_ = true;
  bool keep_run_ = false;
  std::string wrapper_;
  pid_t pid_ = 0;
  UniqueFd err_;
  const std::string count_ = "n=0; while [ -e started$n ]; do n=$((n + 1)); done; : >started$n\n";
};

}  // namespace memguard::shim

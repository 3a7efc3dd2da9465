// A child process that belongs to a run of memguard, by its environment.
#pragma once

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/io.h"
#include "waiting_child.h"

namespace memguard {

/// Waits for ever, with nothing but `environment` in /proc/PID/environ. `program` is tail(1), or a link to it.
class ChildOfRun {
 public:
  explicit ChildOfRun(const std::vector<std::string>& environment, const std::string& program = "tail")
      : child_([&] { become_tail(environment, program); }) {
    // The kernel closes our pipe before it notes where the environment is.
    const std::string file = fmt::format("/proc/{}/environ", pid());
    while (read_at(AT_FDCWD, file).value_or("").empty()) ::sched_yield();
  }
  explicit ChildOfRun(const std::string& run_id) : ChildOfRun(std::vector{"MEMGUARD_RUN=" + run_id}) {}

  [[nodiscard]] pid_t pid() const { return child_.pid(); }

 private:
  static std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));  // NOLINT
    pointers.push_back(nullptr);
    return pointers;
  }
  static void become_tail(const std::vector<std::string>& environment, const std::string& program) {
    ::execvpe(program.c_str(), pointers_to({"tail", "-f", "/dev/null"}).data(), pointers_to(environment).data());
  }

  WaitingChild child_;
};

}  // namespace memguard

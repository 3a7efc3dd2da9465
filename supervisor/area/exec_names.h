// What each process of the build executed last, as the gate saw it, by key (job/program_key.h).
#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <optional>
#include <string>
#include <string_view>

#include "supervisor/area/job_facts.h"

namespace memguard::supervisor {

/// A table in shared memory: the front writes, the supervisor reads. The name that an exec gave is what the next exec
/// of the same program gives; /proc/PID/exe has the interpreter of a script, and the file behind a link. Of processes
/// whose pids fall together the last one is known.
class ExecNames {
 public:
  /// What this process executes now. An older one in the same place is forgotten.
  void note(pid_t pid, std::string_view program) {
    Entry& entry = entry_of(pid);
    entry.pid = 0;
    entry.program.set(program);
    entry.pid = pid;
  }

  /// Nothing where the gate saw no exec of that process.
  [[nodiscard]] std::optional<std::string> of(pid_t pid) const {
    const Entry& entry = entries_.at(static_cast<std::size_t>(pid) % kEntries);
    if (entry.pid != pid) return std::nullopt;
    std::string program(entry.program.view());
    // The front may have begun to write it anew meanwhile.
    return entry.pid == pid ? std::optional(std::move(program)) : std::nullopt;
  }

 private:
  static constexpr std::size_t kEntries = 4096;
  struct Entry {
    std::atomic<pid_t> pid;
    FixedText<32> program;
  };
  [[nodiscard]] Entry& entry_of(pid_t pid) { return entries_.at(static_cast<std::size_t>(pid) % kEntries); }

  std::array<Entry, kEntries> entries_;
};

}  // namespace memguard::supervisor

// The exec of a compiler goes to memguard-shim instead, which runs it, and again if memory ends it (gate/detour.h).
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

#include "gate/detour.h"

namespace memguard::supervisor {

class ShimDetours {
 public:
  /// `shim`: the absolute path of memguard-shim, `run_id`: the run whose supervisor it is to talk to. `refused` is told
  /// of each process that has executed its own program after all.
  ShimDetours(const std::string& shim, const std::string& run_id, std::function<void(pid_t)> refused);

  /// Whether the exec for which `thread` waits in the gate should go to the shim: not where one stands above it.
  [[nodiscard]] bool wants(pid_t thread) const;
  /// gate::Detours::begin. False too where somebody traces it. To be called by the thread that waits for processes.
  [[nodiscard]] bool begin(pid_t thread) { return detours_.begin(thread); }
  /// gate::Detours::take.
  bool take(pid_t process, int status) { return detours_.take(process, status); }

 private:
  [[nodiscard]] bool is_shim(pid_t process) const;
  [[nodiscard]] bool is_below_shim(pid_t process) const;

  gate::Detours detours_;
  /// The file of the shim.
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace memguard::supervisor

// The exec of a compiler goes to memguard-shim instead, which runs it, and again if memory ends it (gate/detour.h).
#pragma once

#include <sys/types.h>

#include <string>

#include "gate/detour.h"

namespace memguard::supervisor {

class ShimDetours {
 public:
  /// `shim`: the absolute path of memguard-shim.
  explicit ShimDetours(const std::string& shim);

  /// Whether the exec of `path`, for which `thread` waits in the gate, goes to the shim from now on: its program is one
  /// that may be run twice, and no shim stands above it. To be called by the thread that waits for processes.
  [[nodiscard]] bool begin(pid_t thread, const std::string& path);
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

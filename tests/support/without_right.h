// Tests as root of what others may not do.
#pragma once

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>

#include "base/pinned.h"

namespace memguard {

/// Takes one of root's rights (capabilities(7): CAP_SYS_PTRACE) from this thread while it lives, and from all that is
/// started meanwhile. Of who lacks it nothing.
class WithoutRight : Pinned {
 public:
  explicit WithoutRight(unsigned right) : before_(read()) {
    Sets without = before_;
    without[right / kBits].effective &= ~(std::uint32_t{1} << right % kBits);
    write(without);
  }
  ~WithoutRight() { write(before_); }

  /// Whether this thread has it now.
  [[nodiscard]] static bool has(unsigned right) { return (read()[right / kBits].effective >> right % kBits & 1U) != 0; }

 private:
  static constexpr unsigned kBits = 32;
  using Sets = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

  static Sets read() {
    Sets sets{};
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    (void)::syscall(SYS_capget, &header, sets.data());
    return sets;
  }
  static void write(const Sets& sets) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    (void)::syscall(SYS_capset, &header, sets.data());
  }

  Sets before_;
};

}  // namespace memguard

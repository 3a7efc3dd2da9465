// Reading another process's memory: strings and vectors of strings, as execve(2) was given them.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace memguard::gate {

/// How much of an array of strings is read.
struct StringsLimit {
  std::size_t strings = 0;
  /// Of each.
  std::size_t length = 0;
  /// Of all together: a caller may name one string thousands of times.
  std::size_t bytes = 0;
};

/// The memory of one process, read page by page with process_vm_readv(2), or through /proc/PID/mem where that is
/// refused or missing. Needs the right to ptrace it: under Yama scope 1 only an ancestor has it.
class RemoteMemory {
 public:
  /// `pid` may be a thread id. Pages are kept, so a stopped process is read once.
  explicit RemoteMemory(pid_t pid) : pid_(pid) {}

  /// The bytes up to a NUL at `address`; EFAULT where nothing is mapped, E2BIG when there is no NUL within `longest`.
  [[nodiscard]] Result<std::string> string_at(std::uint64_t address, std::size_t longest);
  /// The strings a NULL-terminated array of pointers names. Pointers are `pointer_size` bytes (4 for a 32-bit caller).
  /// A null address is an empty array, as Linux takes it. Longer strings than the limit says are left empty,
  /// further ones left out.
  [[nodiscard]] Result<std::vector<std::string>> strings_at(std::uint64_t address, std::size_t pointer_size,
                                                            const StringsLimit& limit);

 private:
  static constexpr std::size_t kPage = 4096;
  using Page = std::array<char, kPage>;

  [[nodiscard]] Result<const Page*> page(std::uint64_t number);
  [[nodiscard]] Result<std::uint64_t> pointer_at(std::uint64_t address, std::size_t pointer_size);

  pid_t pid_;
  std::map<std::uint64_t, Page> pages_;
};

}  // namespace memguard::gate

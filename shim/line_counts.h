// Which lines were passed on, and how often: by 64-bit hash, so that a build with many warnings costs 16 bytes a line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace memguard::shim {

class LineCounts {
 public:
  /// It is neither copied nor moved.
  LineCounts& operator=(LineCounts&&) = delete;
  /// Frees the table.
  ~LineCounts();

  /// The compiler starts again: what was passed on so far is expected once more.
  void expect_again();
  /// A line that came: true when it is one that is expected again, which must not be passed on twice. Any other counts
  /// as passed on.
  [[nodiscard]] bool was_passed_on(std::string_view line);

 private:
  struct Entry {
    std::uint64_t hash;  // 0: free
    std::uint32_t passed;
    std::uint32_t expected;
  };

  [[nodiscard]] Entry& entry_of(std::uint64_t hash);
  void grow();

  Entry* entries_ = nullptr;
  std::size_t capacity_ = 0;  // a power of two
  std::size_t used_ = 0;
};

}  // namespace memguard::shim

// File descriptors that close themselves.
#pragma once

#include <utility>

namespace memguard {

/// Owns one file descriptor, or none (-1). Every descriptor in memguard is opened with O_CLOEXEC: a copy that leaked
/// into the build would keep the exec gate alive after our death (kernel-notes, finding 23).
class UniqueFd {
 public:
  /// Owns none.
  UniqueFd() = default;
  /// Owns `fd` from now on; -1 is none.
  explicit UniqueFd(int fd) : fd_(fd) {}
  /// The other has none then.
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  /// By value: the old descriptor is closed when `other` ends, also on self-assignment. Copying is moving, or an error.
  UniqueFd& operator=(UniqueFd other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  /// Closes it.
  ~UniqueFd() { reset(); }

  /// -1: none. Stays owned.
  [[nodiscard]] int get() const { return fd_; }
  /// There is one.
  [[nodiscard]] bool valid() const { return fd_ >= 0; }
  /// There is one.
  explicit operator bool() const { return valid(); }
  /// Gives the descriptor up: the caller closes it.
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }
  /// Closes the descriptor now; errno stays as it was.
  void reset() noexcept;

 private:
  int fd_ = -1;
};

}  // namespace memguard

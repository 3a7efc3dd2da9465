// A pipe by which a test sees whether a child has a copy of its end.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "base/unique_fd.h"

namespace memguard {

class OwnPipe {
 public:
  OwnPipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe2");
    reads_ = UniqueFd(ends[0]);
    writes_ = UniqueFd(ends[1]);
  }

  [[nodiscard]] int writes() const { return writes_.get(); }
  /// Closes our end, and waits until nobody else has one.
  [[nodiscard]] bool ends_with_us() {
    writes_.reset();
    char nothing = 0;
    return ::read(reads_.get(), &nothing, 1) == 0;
  }

 private:
  UniqueFd reads_;
  UniqueFd writes_;
};

}  // namespace memguard

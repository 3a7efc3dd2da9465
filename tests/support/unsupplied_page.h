// A page whose reader waits for ever.
#pragma once

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

#include "base/pinned.h"
#include "base/unique_fd.h"

namespace memguard {

/// Nobody supplies it (userfaultfd(2)), in the process that has called `watch`: a child has a page of zeros there.
class UnsuppliedPage : Pinned {
 public:
  UnsuppliedPage() : page_(::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {}
  ~UnsuppliedPage() { ::munmap(page_, kSize); }

  /// From now on in this process. False where the kernel or the user has no userfaultfd.
  bool watch() {
    faults_ = UniqueFd(static_cast<int>(::syscall(SYS_userfaultfd, O_CLOEXEC)));
    uffdio_api api{UFFD_API, 0, 0};
    uffdio_register range{{reinterpret_cast<std::uint64_t>(page_), kSize}, UFFDIO_REGISTER_MODE_MISSING, 0};  // NOLINT
    return faults_ && ::ioctl(faults_.get(), UFFDIO_API, &api) == 0 &&
           ::ioctl(faults_.get(), UFFDIO_REGISTER, &range) == 0;
  }
  /// Of the page.
  [[nodiscard]] const void* address() const { return page_; }

 private:
  static constexpr std::size_t kSize = 4096;

  void* page_;
  UniqueFd faults_;
};

}  // namespace memguard

#include "base/unique_fd.h"

#include <cerrno>

#include <unistd.h>

namespace memguard {

void UniqueFd::reset() noexcept {
  if (fd_ < 0) return;
  const int saved = errno;
  // EINTR from close() on Linux still closes; retrying could close somebody else's descriptor (man 2 close).
  ::close(std::exchange(fd_, -1));
  errno = saved;
}

}  // namespace memguard

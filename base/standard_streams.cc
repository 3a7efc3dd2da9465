#include "base/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace memguard {
namespace {

// The lowest free number is given, which is the closed one: those below it were filled before. Standard input is opened
// to be written and the others to be read, so that each refuses its use.
int open_in_place(int stream) {
  const int fd = ::open("/dev/null", (stream == STDIN_FILENO ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
  return fd >= 0 ? fd : ::open("/", O_PATH | O_CLOEXEC);
}

}  // namespace

Status fill_closed_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) >= 0 || errno != EBADF) continue;
    if (open_in_place(stream) < 0) return fail_errno("open something in the place of a closed standard stream");
  }
  return {};
}

}  // namespace memguard

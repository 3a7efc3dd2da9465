#include "supervisor/self/lock_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/io.h"

namespace memguard::supervisor {
namespace {

// The stack of the first thread grows by what is locked.
constexpr rlim_t kSpare = rlim_t{64} << 20U;

rlim_t limit() {
  // Only who may lock everything anyway may raise it.
  const rlimit all{RLIM_INFINITY, RLIM_INFINITY};
  if (::setrlimit(RLIMIT_MEMLOCK, &all) == 0) return RLIM_INFINITY;
  rlimit memory{};
  return ::getrlimit(RLIMIT_MEMLOCK, &memory) == 0 ? memory.rlim_cur : 0;
}

// Address space, the first number of /proc/self/statm: mlockall counts all of it against the limit.
rlim_t mapped() {
  const auto statm = read_at(AT_FDCWD, "/proc/self/statm");
  const auto pages = statm ? to_number<rlim_t>(std::string_view(*statm).substr(0, statm->find(' '))) : std::nullopt;
  return pages ? *pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE)) : RLIM_INFINITY;
}

}  // namespace

void lock_memory() {
  const rlim_t most = limit();
  if (most == RLIM_INFINITY) {
    (void)::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
  } else if (const rlim_t all = mapped(); all < most && most - all >= kSpare) {
    (void)::mlockall(MCL_CURRENT | MCL_ONFAULT);
  }
}

}  // namespace memguard::supervisor

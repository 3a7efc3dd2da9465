#include "supervisor/self/open_files.h"

#include <fcntl.h>

#include <algorithm>

#include "base/io.h"

namespace memguard::supervisor {
namespace {

// For what is opened and closed again: files of /proc, control files, on the loop and on three workers.
constexpr rlim_t kPassing = 12;

// The limit at the time: somebody may change it from outside (prlimit(1)).
rlim_t limit() {
  rlimit files{};
  return ::getrlimit(RLIMIT_NOFILE, &files) == 0 ? files.rlim_cur : 0;
}

rlim_t eighths(FileUse use) {
  switch (use) {
    case FileUse::reading:
      return 4;
    case FileUse::end:
    case FileUse::client:
      return 6;
    case FileUse::shim:
      return 7;
  }
  return 0;
}

}  // namespace

rlimit allow_many_files() {
  rlimit before{};
  if (::getrlimit(RLIMIT_NOFILE, &before) != 0) return before;
  const auto most = read_at(AT_FDCWD, "/proc/sys/fs/nr_open");
  const auto number = most ? to_number<rlim_t>(std::string_view(*most).substr(0, most->find('\n'))) : std::nullopt;
  const rlim_t all = std::max(number.value_or(0), before.rlim_max);
  const rlimit raised{all, all};
  const rlimit soft{before.rlim_max, before.rlim_max};
  if (::setrlimit(RLIMIT_NOFILE, &raised) != 0) (void)::setrlimit(RLIMIT_NOFILE, &soft);
  return before;
}

std::vector<UniqueFd> spare_files() {
  // Enough to walk a tree of cgroups and remove it.
  constexpr std::size_t kFiles = 3;
  std::vector<UniqueFd> files;
  while (files.size() < kFiles) files.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  return files;
}

bool may_keep(const UniqueFd& descriptor, FileUse use) {
  if (!descriptor) return false;
  // The lowest free number is given: it tells how many there are.
  const auto number = static_cast<rlim_t>(descriptor.get());
  const rlim_t most = limit();
  return number < most / 8 * eighths(use) && number + kPassing < most;
}

std::size_t most_open_leaves() {
  constexpr rlim_t kEach = 4;
  return std::max<rlim_t>(2, limit() / 8 / kEach);
}

}  // namespace memguard::supervisor

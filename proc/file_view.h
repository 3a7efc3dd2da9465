// Files as another process sees them: from its root, which may be a chroot or a container's, and its working folder.
#pragma once

#include <fcntl.h>
#include <sys/types.h>

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "base/units.h"

namespace memguard::proc {

/// The view of one process (or thread). Needs to be allowed to look at /proc/PID/root and cwd
/// (PTRACE_MODE_READ_FSCREDS), and works only while the process is there.
class FileView {
 public:
  /// As the thread sees files now: its root and its working folder. It must wait, or they may be another's.
  explicit FileView(pid_t thread);

  /// Opens `path` with `flags` (O_CLOEXEC is added): an absolute one, and every absolute symbolic link on its way,
  /// below the process's root (openat2(2), RESOLVE_IN_ROOT; without it, before 5.6, below it but for the links); a
  /// relative one from `dirfd`, a descriptor of that process or AT_FDCWD; an empty one is that descriptor itself.
  /// Errors: errno.
  [[nodiscard]] Result<UniqueFd> open(const std::string& path, int flags, int dirfd = AT_FDCWD) const;

  /// The same of a regular file, for reading. What is none is refused without having been opened (open_regular_at).
  [[nodiscard]] Result<UniqueFd> open_regular(const std::string& path) const;

  /// The size of a regular file; 0 when it is none, or not there.
  [[nodiscard]] Bytes file_size(const std::string& path) const;

 private:
  std::string proc_;
};

}  // namespace memguard::proc

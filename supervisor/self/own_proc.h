// Where /proc shows another pid namespace than ours (`unshare --pid --fork` without --mount-proc, a chroot with the
// host's /proc): every pid in it is somebody else's, so nothing may be read or signalled by it.
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"

namespace memguard::supervisor {

/// Whether no proc file system is mounted at /proc, so that no process can be seen.
[[nodiscard]] bool proc_is_missing();

/// Whether /proc shows this process under its own pid. Also true where there is no /proc, which is another matter.
[[nodiscard]] bool proc_is_ours();

/// A /proc of our own pid namespace for memguard alone, in a mount namespace of its own; the build keeps the one it
/// had.
class OwnProc {
 public:
  /// Mounts it over /proc for this process and what it forks. Needs CAP_SYS_ADMIN. On an error nothing has changed that
  /// anybody else sees.
  [[nodiscard]] static Result<OwnProc> mount();
  /// Brings this process, which has one thread, back to the mounts, the root and the folder there were before.
  [[nodiscard]] Status leave() const;

 private:
  UniqueFd mounts_;
  UniqueFd root_;
  UniqueFd folder_;
};

}  // namespace memguard::supervisor

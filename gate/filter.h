// The seccomp filter through which every exec of the build is announced to us before it happens.
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"

namespace memguard::gate {

/// What the kernel allowed.
struct InstalledFilter {
  /// Where notifications are received (seccomp_unotify(2)). The installing process hands it over and closes its copy.
  UniqueFd listener;
  /// SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV was accepted (kernel 5.19): a frozen process finishes its exec. Without it
  /// a job can only be held by not answering.
  bool wait_killable = false;
  /// The filter needed no_new_privs: set-user-id programs have no effect inside the build.
  bool no_new_privs = false;
};

/// Installs the filter on the calling thread, for it and all its descendants: execve and execveat, native and 32-bit,
/// notify; everything else is allowed, unknown architectures too. Tries without no_new_privs first (root), then with.
/// Errors: EBUSY when another listener is installed already (memguard in memguard, other users of seccomp
/// notification), EINVAL or EPERM where seccomp is missing or refused, ENOSYS before kernel 5.0.
[[nodiscard]] Result<InstalledFilter> install_exec_filter();

}  // namespace memguard::gate

// The receiving end of the exec gate: seccomp_unotify(2) with the errors that are ordinary here told apart.
#pragma once

#include <linux/seccomp.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/result.h"

namespace memguard::gate {

/// Room for one notification as this kernel writes it; newer kernels may write more than our headers know
/// (SECCOMP_GET_NOTIF_SIZES). Lives in shared memory, so that a received notification is never lost with its receiver.
union NotificationBuffer {
  seccomp_notif notification;
  std::byte room[256];  // NOLINT(modernize-avoid-c-arrays): plain memory shared between processes
};

/// True when this kernel's notifications fit a NotificationBuffer.
[[nodiscard]] bool notifications_fit();

/// Receives one notification into `buffer`, which is zeroed first, as the kernel demands. False when there was none
/// after all: the process died between the wake-up and now (ENOENT). Blocks when nothing is pending, whatever
/// O_NONBLOCK says (kernel/seccomp.c recv_wait_event): call only after POLLIN, one receiver at a time.
[[nodiscard]] Result<bool> receive(int listener, NotificationBuffer& buffer);

/// Lets the exec go on. False when nobody waits any more: the process died, or it was answered before (ENOENT).
bool answer_continue(int listener, std::uint64_t id);

/// Answers the first exec that comes, and says whether this kernel let it go on: SECCOMP_USER_NOTIF_FLAG_CONTINUE,
/// since 5.5. Where it cannot, the process waits until it is killed or the listener is closed. False too when it died.
[[nodiscard]] bool try_continue(int listener);

/// True while the process of a received notification still waits in its exec, so that what was read through its pid
/// was its own (SECCOMP_IOCTL_NOTIF_ID_VALID).
[[nodiscard]] bool still_waiting(int listener, std::uint64_t id);

}  // namespace memguard::gate

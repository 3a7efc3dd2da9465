#include "gate/listener.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#ifndef SECCOMP_USER_NOTIF_FLAG_CONTINUE
#define SECCOMP_USER_NOTIF_FLAG_CONTINUE (1UL << 0)  // linux/seccomp.h since 5.5
#endif

namespace memguard::gate {

bool notifications_fit() {
  seccomp_notif_sizes sizes{};
  if (::syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) != 0) return false;
  return sizes.seccomp_notif <= sizeof(NotificationBuffer) && sizes.seccomp_notif_resp <= sizeof(NotificationBuffer);
}

Result<bool> receive(int listener, NotificationBuffer& buffer) {
  std::memset(&buffer, 0, sizeof buffer);
  while (::ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &buffer) != 0) {
    if (errno == EINTR) continue;
    if (errno == ENOENT) return false;
    return fail_errno("receive an exec notification");
  }
  return true;
}

bool answer_continue(int listener, std::uint64_t id) {
  // The buffer, not the bare struct: a newer kernel may read more than our headers know.
  union {
    seccomp_notif_resp response;
    NotificationBuffer room;
  } answer{};
  std::memset(&answer, 0, sizeof answer);
  answer.response.id = id;
  answer.response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  while (::ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) != 0) {
    if (errno != EINTR) return false;
  }
  return true;
}

bool try_continue(int listener) {
  while (true) {
    pollfd pending{listener, POLLIN, 0};
    if (::poll(&pending, 1, -1) < 0 && errno == EINTR) continue;
    // Nobody with the filter is left.
    if ((pending.revents & POLLIN) == 0) return false;
    NotificationBuffer buffer;
    const auto received = receive(listener, buffer);
    if (!received) return false;
    if (!*received) continue;
    if (answer_continue(listener, buffer.notification.id)) return true;
    // A signal came: the exec is announced once more.
    if (errno != ENOENT) return false;
  }
}

bool still_waiting(int listener, std::uint64_t id) {
  // SECCOMP_IOCTL_NOTIF_ID_VALID had its direction bits wrong until 5.17 and both numbers are accepted since.
  while (::ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) != 0) {
    if (errno != EINTR) return false;
  }
  return true;
}

}  // namespace memguard::gate

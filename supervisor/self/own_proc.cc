#include "supervisor/self/own_proc.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <array>

#include "base/io.h"

namespace memguard::supervisor {

namespace {

Status mount_proc() {
  // Else it would be mounted for everybody. In a chroot "/" is no mount, so that this is refused.
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return fail_errno("make mounts private");
  if (::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0)
    return fail_errno("mount a /proc of our own");
  return {};
}

}  // namespace

bool proc_is_missing() { return ::access("/proc/self/stat", F_OK) != 0 && ::access("/proc/1/stat", F_OK) != 0; }

bool proc_is_ours() {
  std::array<char, 32> target{};
  const ssize_t length = ::readlink("/proc/self", target.data(), target.size());
  if (length < 0) return true;
  const auto pid = to_number<pid_t>({target.data(), static_cast<std::size_t>(length)});
  return pid == ::getpid();
}

Result<OwnProc> OwnProc::mount() {
  OwnProc before;
  before.mounts_ = UniqueFd(::open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC));
  before.root_ = UniqueFd(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  before.folder_ = UniqueFd(::open(".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!before.mounts_ || !before.root_ || !before.folder_) return fail_errno("look at the mounts");
  if (::unshare(CLONE_NEWNS) != 0) return fail_errno("make a mount namespace");
  if (auto mounted = mount_proc(); !mounted) {
    (void)before.leave();
    return pass(std::move(mounted.error()));
  }
  return before;
}

Status OwnProc::leave() const {
  const bool back = ::setns(mounts_.get(), CLONE_NEWNS) == 0 && ::fchdir(root_.get()) == 0 && ::chroot(".") == 0 &&
                    ::fchdir(folder_.get()) == 0;
  return back ? Status() : Status(fail_errno("go back to the mounts of the build"));
}

}  // namespace memguard::supervisor

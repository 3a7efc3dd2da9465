#include "supervisor/intake/shim_detours.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <optional>

#include <fmt/format.h>

#include "proc/process.h"
#include "shim/protocol.h"

namespace memguard::supervisor {
namespace {

// Without asking the file system anew: one that does not answer would keep the whole build waiting.
std::optional<struct statx> file_at(const std::string& path) {
  struct statx file {};
  if (::statx(AT_FDCWD, path.c_str(), AT_STATX_DONT_SYNC, STATX_INO, &file) != 0) return std::nullopt;
  return file;
}

dev_t device_of(const struct statx& file) { return ::makedev(file.stx_dev_major, file.stx_dev_minor); }

}  // namespace

ShimDetours::ShimDetours(const std::string& shim, const std::string& run_id, std::function<void(pid_t)> refused)
    : detours_(shim, fmt::format("{}={}", shim::kExecOption, run_id), std::move(refused)) {
  const auto file = file_at(shim);
  if (!file) return;
  device_ = device_of(*file);
  inode_ = file->stx_ino;
}

bool ShimDetours::wants(pid_t thread) const {
  const auto status = proc::read_status(thread);
  // The exec of another thread goes on in the first one.
  return status && status->tgid == thread && !is_below_shim(thread);
}

bool ShimDetours::is_shim(pid_t process) const {
  const auto file = file_at(fmt::format("/proc/{}/exe", process));
  return file && device_of(*file) == device_ && file->stx_ino == inode_;
}

// Whatever a shim started is run again with the rest of its family: the real rustc behind rustup's, a linker below
// rustc and gcc, a compiler below ld, lto-wrapper, make and a shell.
bool ShimDetours::is_below_shim(pid_t process) const {
  constexpr int kSteps = 12;
  for (int step = 0; step < kSteps && process > 1; ++step) {
    if (is_shim(process)) return true;
    const auto info = proc::read_stat(process);
    if (!info) return true;
    process = info->parent;
  }
  return false;
}

}  // namespace memguard::supervisor

#include "proc/file_view.h"

#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include <fmt/format.h>

#include "base/io.h"

namespace memguard::proc {
namespace {

Result<UniqueFd> open_below(const std::string& root_link, const std::string& path, int flags) {
  const auto root = open_at(AT_FDCWD, root_link, O_PATH | O_DIRECTORY);
  if (!root) return pass(Error(root.error()));
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags) | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT;
  UniqueFd file(static_cast<int>(::syscall(SYS_openat2, root->get(), path.c_str(), &how, sizeof how)));
  if (file) return file;
  // ENOSYS before 5.6, EPERM by old container filters.
  if (errno == ENOSYS || errno == EPERM) return open_at(AT_FDCWD, root_link + path, flags);
  return fail_errno("open", path);
}

}  // namespace

FileView::FileView(pid_t thread) : proc_(fmt::format("/proc/{}/", thread)) {}

Result<UniqueFd> FileView::open(const std::string& path, int flags, int dirfd) const {
  if (path.starts_with('/')) return open_below(proc_ + "root", path, flags);
  const std::string folder = dirfd == AT_FDCWD ? proc_ + "cwd" : fmt::format("{}fd/{}", proc_, dirfd);
  return open_at(AT_FDCWD, path.empty() ? folder : folder + "/" + path, flags);
}

Result<UniqueFd> FileView::open_regular(const std::string& path) const {
  const auto found = open(path, O_PATH);
  if (!found) return pass(Error(found.error()));
  return reopen_regular(found->get(), path);
}

Bytes FileView::file_size(const std::string& path) const {
  const auto file = open(path, O_PATH);
  struct stat info {};
  if (!file || ::fstat(file->get(), &info) != 0 || !S_ISREG(info.st_mode)) return {};
  return Bytes{info.st_size};
}

}  // namespace memguard::proc

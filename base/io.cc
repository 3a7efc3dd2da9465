#include "base/io.h"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace memguard {
namespace {

constexpr std::size_t kLargestFile = 1U << 20U;

// What a read that gave less than was asked for says.
enum class Short { maybe_more, end };

Result<std::string> read_all(int fd, std::string_view name, Short less = Short::maybe_more) {
  std::string text;
  std::array<char, 8192> chunk;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by pread
  while (true) {
    const ssize_t got = ::pread(fd, chunk.data(), chunk.size(), static_cast<off_t>(text.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("read", name);
    if (got == 0) return text;
    text.append(chunk.data(), static_cast<std::size_t>(got));
    if (less == Short::end && static_cast<std::size_t>(got) < chunk.size()) return text;
    if (text.size() > kLargestFile) return fail(std::string("read ").append(name), EFBIG);
  }
}

}  // namespace

Result<UniqueFd> open_at(int dir, const std::string& path, int flags, unsigned mode) {
  UniqueFd fd(::openat(dir, path.c_str(), flags | O_CLOEXEC, mode));
  if (!fd) return fail_errno("open", path);
  return fd;
}

Result<UniqueFd> reopen_regular(int path_fd, const std::string& name) {
  struct stat info {};
  if (::fstat(path_fd, &info) != 0) return fail_errno("stat", name);
  if (!S_ISREG(info.st_mode)) return fail("read " + name, 0, "It is not a regular file.");
  // O_NONBLOCK: what is no file on a disk, as in /proc, may wait for its reader's turn; a lease (fcntl(2)) is not
  // waited for.
  return open_at(AT_FDCWD, fmt::format("/proc/self/fd/{}", path_fd), O_RDONLY | O_NONBLOCK | O_NOCTTY);
}

Result<UniqueFd> open_regular_at(int dir, const std::string& path) {
  const auto found = open_at(dir, path, O_PATH);
  if (!found) return pass(Error(found.error()));
  auto file = reopen_regular(found->get(), path);
  // The name that the user knows.
  if (!file && file.error().code != 0) return fail("open " + path, file.error().code, file.error().hint);
  return file;
}

Result<std::string> read_at(int dir, const std::string& path) {
  auto fd = open_at(dir, path, O_RDONLY);
  if (!fd) return pass(std::move(fd.error()));
  return read_all(fd->get(), path);
}

Result<std::string> read_record_at(int dir, const std::string& path) {
  auto fd = open_at(dir, path, O_RDONLY);
  if (!fd) return pass(std::move(fd.error()));
  return read_all(fd->get(), path, Short::end);
}

Result<std::string> reread(int fd, std::string_view name) { return read_all(fd, name); }

Result<std::string> reread_record(int fd, std::string_view name) { return read_all(fd, name, Short::end); }

Status write_at(int dir, const std::string& path, std::string_view text) {
  auto fd = open_at(dir, path, O_WRONLY);
  if (!fd) return pass(std::move(fd.error()));
  const ssize_t put = ::write(fd->get(), text.data(), text.size());
  if (put < 0) return fail_errno("write", path);
  if (static_cast<std::size_t>(put) != text.size()) return fail("write " + path, EIO);
  return {};
}

}  // namespace memguard

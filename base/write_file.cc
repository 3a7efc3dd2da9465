#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <optional>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/io.h"
#include "base/pinned.h"
#include "base/unique_fd.h"
#include "base/whole_file.h"

namespace memguard {
namespace {

// A reader that went away (SIGPIPE) or a file size limit (SIGXFSZ) must be an errno, not the end of memguard. Both
// signals are sent to the writing thread itself, so blocking them here suffices; what came meanwhile is taken away.
class WriteSignalsBlocked : Pinned {
 public:
  WriteSignalsBlocked() {
    ::sigemptyset(&signals_);
    ::sigaddset(&signals_, SIGPIPE);
    ::sigaddset(&signals_, SIGXFSZ);
    ::pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  }
  ~WriteSignalsBlocked() {
    const timespec at_once{};
    while (::sigtimedwait(&signals_, nullptr, &at_once) > 0) {}
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t signals_{};
  sigset_t before_{};
};

// A descriptor we were given may be non-blocking: some programs leave a terminal so.
bool wait_until_writable(int fd) {
  pollfd waiting{fd, POLLOUT, 0};
  return ::poll(&waiting, 1, -1) > 0 || errno == EINTR;
}

Status write_all(int fd, std::string_view text, const std::string& path) {
  const WriteSignalsBlocked blocked;
  while (!text.empty()) {
    const ssize_t put = ::write(fd, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0 && errno == EAGAIN && wait_until_writable(fd)) continue;
    if (put < 0) return fail_errno("write", path);
    text.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

// The descriptor that a path stands for. Opening such a path would open its file anew: at its beginning (a log would be
// overwritten), or not at all (a socket, as stderr is in a systemd service, gives ENXIO).
std::optional<int> descriptor_named(std::string_view path) {
  if (path == "/dev/stdout") return STDOUT_FILENO;
  if (path == "/dev/stderr") return STDERR_FILENO;
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"})
    if (path.starts_with(folder)) return to_number<int>(path.substr(folder.size()));
  return std::nullopt;
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash + 1);
}

// Follows symbolic links of the last part of the path by hand, so that the file they lead to is replaced and not the
// link, and so that a link to /dev/stderr is seen as such. 40 as the kernel (MAXSYMLINKS); after that open says ELOOP.
std::string follow_links(std::string path) {
  for (int i = 0; i < 40 && !descriptor_named(path); ++i) {
    std::array<char, PATH_MAX> target{};
    const ssize_t length = ::readlink(path.c_str(), target.data(), target.size());
    if (length <= 0) break;
    const std::string_view link(target.data(), static_cast<std::size_t>(length));
    path = link[0] == '/' ? std::string(link) : folder_of(path).append(link);
  }
  return path;
}

// A FIFO, a terminal, /dev/null: there is nothing to replace.
Status write_into(const std::string& path, std::string_view text) {
  // O_NONBLOCK: a FIFO that nobody reads is an error (ENXIO), not a wait without end.
  auto fd = open_at(AT_FDCWD, path, O_WRONLY | O_NOCTTY | O_NONBLOCK);
  if (!fd && fd.error().code == ENXIO) return fail("write " + path, ENXIO, advice_for_writing(ENXIO));
  if (!fd) return pass(std::move(fd.error()));
  if (::fcntl(fd->get(), F_SETFL, 0) != 0) return fail_errno("set blocking mode on", path);
  return write_all(fd->get(), text, path);
}

// A new file beside the one it is to replace; removed unless it was renamed.
class FileBeside {
 public:
  [[nodiscard]] static Result<FileBeside> make(const std::string& target) {
    FileBeside file;
    for (int i = 0; i < 100; ++i) {
      // Not made from the target's name: that may be as long as names can be.
      file.path_ = fmt::format("{}.memguard-new-{}-{}", folder_of(target), ::getpid(), i);
      auto fd = open_at(AT_FDCWD, file.path_, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0666);
      if (fd) file.fd_ = std::move(*fd);
      if (fd || fd.error().code != EEXIST)
        return fd ? Result<FileBeside>(std::move(file)) : refused(target, fd.error());
    }
    return fail("write " + target + ": too many old files beside it", EEXIST, "Remove .memguard-new-* there.");
  }
  FileBeside(FileBeside&&) = default;
  ~FileBeside() {
    if (fd_) ::unlink(path_.c_str());
  }

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] Status replace(const std::string& target) {
    // Without it the rename may reach the disk before the text does. EINVAL: this file system has no such thing.
    if (::fsync(fd()) != 0 && errno != EINVAL) return fail_errno("write", target);
    if (::rename(path_.c_str(), target.c_str()) != 0) return fail_errno("rename to", target);
    fd_.reset();
    return {};
  }

 private:
  FileBeside() = default;
  static Result<FileBeside> refused(const std::string& target, const Error& error) {
    return fail("write " + target, error.code, advice_for_writing(error.code));
  }
  std::string path_;
  UniqueFd fd_;
};

Status replace_file(const std::string& path, std::string_view text, const struct stat* old) {
  auto file = FileBeside::make(path);
  if (!file) return pass(std::move(file.error()));
  if (auto status = write_all(file->fd(), text, path); !status) return status;
  // The mode that somebody gave the old file; a file system without modes is no reason to fail.
  if (old != nullptr) (void)::fchmod(file->fd(), old->st_mode & 07777U);
  return file->replace(path);
}

// With our effective user, as open(2) asks.
bool may_write(const std::string& path, int also = 0) {
  return ::faccessat(AT_FDCWD, path.c_str(), W_OK | also, AT_EACCESS) == 0;
}

// Only what is below the working directory: nobody makes a folder elsewhere whose name was mistyped.
bool may_be_made(const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code error;
  fs::path deepest = fs::current_path(error);
  const fs::path below = fs::absolute(folder, error).lexically_normal().lexically_relative(deepest);
  if (error || below.empty() || *below.begin() == "..") return false;
  for (const auto& part : below) {
    if (!fs::exists(deepest / part, error)) break;
    deepest /= part;
  }
  return may_write(deepest.string(), X_OK);
}

Status check_folder(const std::string& target, const std::string& path) {
  // Only making one tells of quotas, read-only mounts and file systems that make none.
  const auto beside = FileBeside::make(target);
  if (beside || (beside.error().code == ENOENT && may_be_made(folder_of(target)))) return {};
  return fail("write " + path, beside.error().code, beside.error().hint);
}

Status check_descriptor(int fd, const std::string& path) {
  const int flags = ::fcntl(fd, F_GETFL);
  const bool writable = flags >= 0 && (flags & O_ACCMODE) != O_RDONLY;
  return writable ? Status() : fail("write " + path, EBADF, "It is not open for writing.");
}

}  // namespace

const char* advice_for_writing(int code) {
  if (code == EISDIR) return "Name a file.";
  return code == ENXIO ? "Start its reader first." : "The folder must exist and be writable.";
}

Status check_writable(const std::string& path) {
  const std::string target = follow_links(path);
  if (const auto fd = descriptor_named(target)) return check_descriptor(*fd, path);
  struct stat info {};
  if (::stat(target.c_str(), &info) != 0) {
    const int code = errno;
    return code == ENOENT ? check_folder(target, path) : Status(fail("write " + path, code, advice_for_writing(code)));
  }
  if (S_ISDIR(info.st_mode)) return fail("write " + path, EISDIR, advice_for_writing(EISDIR));
  if (S_ISREG(info.st_mode)) return check_folder(target, path);
  return may_write(target) ? Status() : fail_errno("write", path);
}

Status write_whole(const std::string& path, std::string_view text) {
  const std::string target = follow_links(path);
  if (const auto fd = descriptor_named(target)) return write_all(*fd, text, path);
  struct stat info {};
  if (::stat(target.c_str(), &info) != 0)
    return errno == ENOENT ? replace_file(target, text, nullptr) : Status(fail_errno("write", path));
  if (S_ISDIR(info.st_mode)) return fail("write " + path, EISDIR, advice_for_writing(EISDIR));
  return S_ISREG(info.st_mode) ? replace_file(target, text, &info) : write_into(target, text);
}

}  // namespace memguard

#include "gate/exec_request.h"

#include <elf.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include <fmt/format.h>

#include "proc/file_view.h"

namespace memguard::gate {
namespace {

constexpr std::uint32_t kX32Bit = 0x40000000;

// The numbers of execveat (arch/*/entry/syscalls, include/uapi/asm-generic/unistd.h); what the filter lets through and
// is not one of these is execve.
bool is_execveat(const seccomp_data& call) {
  switch (call.arch) {
    case AUDIT_ARCH_X86_64:
      return call.nr == 322 || call.nr == static_cast<int>(kX32Bit | 545U);
    case AUDIT_ARCH_I386:
      return call.nr == 358;
    case AUDIT_ARCH_AARCH64:
      return call.nr == 281;
    case AUDIT_ARCH_ARM:
      return call.nr == 387;
    default:
      return false;
  }
}

std::size_t pointer_size(const seccomp_data& call) {
  const bool x32 = call.arch == AUDIT_ARCH_X86_64 && (static_cast<std::uint32_t>(call.nr) & kX32Bit) != 0;
  return x32 || (call.arch & __AUDIT_ARCH_64BIT) == 0 ? 4 : 8;
}

std::string read_link(const std::string& link) {
  std::array<char, PATH_MAX> target;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by readlink
  const ssize_t length = ::readlink(link.c_str(), target.data(), target.size());
  return length < 0 ? std::string() : std::string(target.data(), static_cast<std::size_t>(length));
}

}  // namespace

ExecArguments exec_arguments(const seccomp_data& call) {
  ExecArguments found;
  found.pointer_size = pointer_size(call);
  const std::size_t first = is_execveat(call) ? 1 : 0;
  found.dirfd = first == 1 ? static_cast<int>(call.args[0]) : AT_FDCWD;
  found.path = call.args[first];
  found.argv = call.args[first + 1];
  found.envp = call.args[first + 2];
  found.flags = first == 1 ? static_cast<int>(call.args[4]) : 0;
  return found;
}

Result<std::string> read_path(pid_t thread, const ExecArguments& arguments, RemoteMemory& memory) {
  auto path = memory.string_at(arguments.path, PATH_MAX);
  if (!path || !path->empty() || (arguments.flags & AT_EMPTY_PATH) == 0) return path;
  return read_link(fmt::format("/proc/{}/fd/{}", thread, arguments.dirfd));
}

std::string file_behind(pid_t thread, const ExecArguments& arguments, const std::string& path) {
  const auto file = proc::FileView(thread).open(path, O_PATH, arguments.dirfd);
  return file ? read_link(fmt::format("/proc/self/fd/{}", file->get())) : std::string();
}

bool can_be_executed(pid_t thread, const ExecArguments& arguments, const std::string& path) {
  const bool by_descriptor = (arguments.flags & AT_EMPTY_PATH) != 0;
  const auto file = proc::FileView(thread).open(by_descriptor ? std::string() : path, O_PATH, arguments.dirfd);
  if (!file) return file.error().code == EACCES || file.error().code == EPERM;
  struct stat info {};
  if (::fstat(file->get(), &info) != 0) return true;
  return S_ISREG(info.st_mode) && (info.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
}

bool can_be_executed_again(pid_t thread, const ExecArguments& arguments, const std::string& path) {
  const bool names_file = (arguments.flags & AT_EMPTY_PATH) == 0 && !path.starts_with("/proc/") &&
                          !path.starts_with("/dev/") && (path.starts_with('/') || arguments.dirfd == AT_FDCWD);
  if (!names_file) return false;
  const auto file = proc::FileView(thread).open(path, O_RDONLY | O_NONBLOCK, arguments.dirfd);
  if (!file) return false;
  std::array<char, EI_CLASS + 1> begin{};
  if (::pread(file->get(), begin.data(), begin.size(), 0) != static_cast<ssize_t>(begin.size())) return false;
  const std::string_view bytes(begin.data(), begin.size());
  constexpr char kWordSize = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;
  return bytes.starts_with("#!") || (bytes.starts_with(std::string_view(ELFMAG, SELFMAG)) && bytes.back() == kWordSize);
}

std::string_view program_name(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view program_started(std::string_view path) {
  const auto slash = path.rfind('/');
  const bool starts_lld = slash != std::string_view::npos && path.substr(0, slash).ends_with("/gcc-ld");
  return starts_lld ? "rust-lld" : program_name(path);
}

}  // namespace memguard::gate

#include "config/environment.h"

#include <array>
#include <cerrno>
#include <climits>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/unique_fd.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): unistd.h has it only with _GNU_SOURCE

namespace memguard::config {
namespace {

std::map<std::string, std::string> all_variables() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    // The first of two: that is the one getenv(3) finds.
    variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

std::string current_folder() {
  std::array<char, PATH_MAX> path{};
  // "(unreachable)/..." is what the kernel answers for a folder outside our root (getcwd(3)).
  if (::getcwd(path.data(), path.size()) == nullptr || path[0] != '/') return {};
  return path.data();
}

// A folder above may not be searched: whether the file exists, nobody can tell. Such is the HOME of root in containers
// that run as another user; git takes it for absent as well.
bool hidden(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) != 0 && errno == EACCES;
}

Result<std::string> read_regular(const std::string& path) {
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  const auto fd = open_at(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!fd) {
    const bool absent = fd.error().code == ENOTDIR || (fd.error().code == EACCES && hidden(path));
    return fail(fd.error().what, absent ? ENOENT : fd.error().code);
  }
  struct stat info {};
  if (::fstat(fd->get(), &info) != 0) return fail_errno("stat", path);
  if (!S_ISREG(info.st_mode)) return fail("read " + path, 0, "It is not a regular file.");
  auto text = reread(fd->get());
  if (!text) return fail("read " + path, text.error().code);
  return text;
}

bool belongs_to_stranger(const std::string& path, const std::string& working_directory) {
  struct stat file {};
  struct stat folder {};
  if (::stat(path.c_str(), &file) != 0 || file.st_uid == ::geteuid() || file.st_uid == 0) return false;
  return ::stat(working_directory.c_str(), &folder) != 0 || folder.st_uid != file.st_uid;
}

}  // namespace

Environment system_environment() {
  Environment environment;
  environment.variables = all_variables();
  environment.working_directory = current_folder();
  environment.read_file = read_regular;
  environment.foreign = [folder = environment.working_directory](const std::string& path) {
    return belongs_to_stranger(path, folder);
  };
  return environment;
}

}  // namespace memguard::config

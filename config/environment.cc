#include "config/environment.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <string_view>
#include <vector>

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

// Nobody of whom `users` does not say that he may decide what we do.
bool is_stranger(uid_t owner, const std::vector<uid_t>& users) {
  return std::ranges::find(users, owner) == users.end();
}

// Us, root, and who became root by sudo(8).
std::vector<uid_t> trusted_users(const std::map<std::string, std::string>& variables) {
  std::vector<uid_t> users{::geteuid(), 0};
  const auto caller = variables.find("SUDO_UID");
  if (::geteuid() != 0 || caller == variables.end()) return users;
  if (const auto uid = to_number<uid_t>(caller->second)) users.push_back(*uid);
  return users;
}

// ENOENT of what nobody can tell of.
Result<UniqueFd> open_visible(const std::string& path) {
  auto fd = open_regular_at(AT_FDCWD, path);
  if (fd) return fd;
  const bool absent = fd.error().code == ENOTDIR || (fd.error().code == EACCES && hidden(path));
  if (absent) fd.error().code = ENOENT;
  return pass(std::move(fd.error()));
}

Result<OwnedText> read_owned(const std::string& path, const std::vector<uid_t>& users) {
  struct stat link {};
  const bool foreign_link = ::lstat(path.c_str(), &link) == 0 && is_stranger(link.st_uid, users);
  const auto fd = open_visible(path);
  if (!fd) return pass(Error(fd.error()));
  struct stat info {};
  if (::fstat(fd->get(), &info) != 0) return fail_errno("stat", path);
  const bool foreign = foreign_link || is_stranger(info.st_uid, users);
  // Nobody reads what does not count, however long it is.
  if (foreign) return OwnedText{{}, true};
  auto text = reread(fd->get(), path);
  if (!text) return pass(std::move(text.error()));
  return OwnedText{std::move(*text), false};
}

Result<std::string> read_regular(const std::string& path) {
  const auto fd = open_visible(path);
  if (!fd) return pass(Error(fd.error()));
  return reread(fd->get(), path);
}

bool belongs_to_stranger(const std::string& path, const std::vector<uid_t>& users) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return false;
  if (is_stranger(info.st_uid, users)) return true;
  return ::stat(path.c_str(), &info) == 0 && is_stranger(info.st_uid, users);
}

}  // namespace

Environment system_environment() {
  Environment environment;
  environment.variables = all_variables();
  environment.working_directory = current_folder();
  environment.read_file = read_regular;
  const auto users = trusted_users(environment.variables);
  environment.read_owned_file = [users](const std::string& path) { return read_owned(path, users); };
  environment.foreign = [users](const std::string& path) { return belongs_to_stranger(path, users); };
  return environment;
}

}  // namespace memguard::config

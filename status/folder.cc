#include "status/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/io.h"

namespace memguard::status {
namespace {

// Of looks at once; the kernel cuts it to net.core.somaxconn.
constexpr int kBacklog = 64;
// Of a folder that somebody has filled.
constexpr int kMostNames = 1000;
constexpr mode_t kForOthers = 077;

// A short path to a file of a folder that is open: one below a long XDG_RUNTIME_DIR does not fit into sun_path.
sockaddr_un address_of(const UniqueFd& folder, const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = fmt::format("/proc/self/fd/{}/{}", folder.get(), name);
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

UniqueFd new_socket() { return UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)); }

bool is_of(uid_t user, const struct stat& seen) { return S_ISDIR(seen.st_mode) && seen.st_uid == user; }

Status make_folder(const std::string& path, uid_t user) {
  // Below a folder of somebody else's that only he may write to it would be in his way.
  const std::string above = path.substr(0, path.rfind('/') + 1);
  struct stat seen {};
  if (::stat(above.c_str(), &seen) != 0) return fail_errno("look at", above);
  if (!is_of(user, seen) && (seen.st_mode & S_ISVTX) == 0 && user != 0)
    return fail("make " + path + ": the folder above is somebody else's", EACCES);
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return fail_errno("make folder", path);
  return {};
}

Result<UniqueFd> open_folder(const std::string& path, uid_t user) {
  auto folder = open_at(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_NOFOLLOW);
  if (!folder) return folder;
  struct stat seen {};
  if (::fstat(folder->get(), &seen) != 0) return fail_errno("look at", path);
  if (!is_of(user, seen) || (seen.st_mode & kForOthers) != 0)
    return fail(path + " is not for this user alone", EACCES, "Remove it.");
  return folder;
}

std::string name_of(const proc::Identity& front) { return fmt::format("{}-{}", front.pid, front.start_ticks); }

std::optional<proc::Identity> front_of(std::string_view name) {
  const auto dash = name.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto pid = to_number<pid_t>(name.substr(0, dash));
  const auto ticks = to_number<std::uint64_t>(name.substr(dash + 1));
  if (!pid || !ticks || *pid <= 0) return std::nullopt;
  return proc::Identity{*pid, *ticks};
}

std::vector<std::string> names_in(const UniqueFd& folder) {
  std::vector<std::string> names;
  const int readable = ::openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (readable < 0) return names;
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(readable), ::closedir);
  if (!entries) return names;
  // NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of our own
  while (const dirent* entry = ::readdir(entries.get())) {
    if (static_cast<int>(names.size()) == kMostNames) break;
    names.emplace_back(entry->d_name);
  }
  return names;
}

// A socket that nobody listens to, of a process that is gone: of another pid namespace's process the second alone would
// say nothing, of one that has not listened yet the first.
bool is_left_over(int error, const proc::Identity& front) { return error == ECONNREFUSED && !proc::alive(front); }

// A run that lives is not disturbed, nor is that of `own`, which does not listen yet.
void sweep(const UniqueFd& folder, const std::string& own) {
  for (const std::string& name : names_in(folder)) {
    const auto front = front_of(name);
    if (!front || name == own || proc::alive(*front)) continue;
    const sockaddr_un address = address_of(folder, name);
    const UniqueFd socket = new_socket();
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
        is_left_over(errno, *front))
      (void)::unlinkat(folder.get(), name.c_str(), 0);
  }
}

std::optional<Found> connect_to(const UniqueFd& folder, const std::string& name) {
  const auto front = front_of(name);
  if (!front) return std::nullopt;
  const sockaddr_un address = address_of(folder, name);
  UniqueFd socket = new_socket();
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (is_left_over(errno, *front)) (void)::unlinkat(folder.get(), name.c_str(), 0);
    return std::nullopt;
  }
  if (!same_user(socket.get())) return std::nullopt;
  return Found{front->pid, std::move(socket)};
}

}  // namespace

bool same_user(int socket) {
  ucred peer{};
  socklen_t length = sizeof peer;
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.uid == ::geteuid();
}

std::vector<std::string> folders(const Variables& variables, uid_t user) {
  std::vector<std::string> all;
  const auto runtime = variables.find("XDG_RUNTIME_DIR");
  // The specification ("XDG Base Directory") says that a relative path is to be ignored.
  if (runtime != variables.end() && runtime->second.starts_with('/')) all.push_back(runtime->second + "/memguard");
  const std::string usual = fmt::format("/run/user/{}/memguard", user);
  if (all.empty() || all.front() != usual) all.push_back(usual);
  if (user == 0) all.emplace_back("/run/memguard");
  all.push_back(fmt::format("/tmp/memguard-{}", user));
  return all;
}

Result<RunSocket> RunSocket::create(const Variables& variables, const proc::Identity& front) {
  const uid_t user = ::geteuid();
  Error last;
  for (const std::string& path : folders(variables, user)) {
    const Status made = make_folder(path, user);
    auto folder = open_folder(path, user);
    if (!folder) {
      last = made ? folder.error() : made.error();
      continue;
    }
    RunSocket made_here;
    made_here.socket_ = new_socket();
    made_here.name_ = name_of(front);
    const sockaddr_un address = address_of(*folder, made_here.name_);
    const auto* where = reinterpret_cast<const sockaddr*>(&address);
    // One of an earlier boot, or of a process that died with this very name.
    (void)::unlinkat(folder->get(), made_here.name_.c_str(), 0);
    if (::bind(made_here.socket_.get(), where, sizeof address) != 0) {
      last = std::move(fail_errno("bind a socket in", path).value());
      continue;
    }
    made_here.folder_ = std::move(*folder);
    made_here.owner_ = ::getpid();
    sweep(made_here.folder_, made_here.name_);
    if (::listen(made_here.socket_.get(), kBacklog) == 0) return made_here;
    last = std::move(fail_errno("listen in", path).value());
  }
  return pass(std::move(last), "make a socket for memguard status");
}

RunSocket& RunSocket::operator=(RunSocket&& other) noexcept {
  if (this == &other) return *this;
  remove();
  socket_ = std::move(other.socket_);
  folder_ = std::move(other.folder_);
  name_ = std::move(other.name_);
  owner_ = std::exchange(other.owner_, 0);
  return *this;
}

void RunSocket::remove() {
  if (folder_ && owner_ == ::getpid()) (void)::unlinkat(folder_.get(), name_.c_str(), 0);
  folder_.reset();
  socket_.reset();
}

std::vector<Found> find_runs(const Variables& variables) {
  std::vector<Found> runs;
  const uid_t user = ::geteuid();
  for (const std::string& path : folders(variables, user)) {
    const auto folder = open_folder(path, user);
    if (!folder) continue;
    for (const std::string& name : names_in(*folder)) {
      if (auto found = connect_to(*folder, name)) runs.push_back(std::move(*found));
    }
  }
  return runs;
}

}  // namespace memguard::status

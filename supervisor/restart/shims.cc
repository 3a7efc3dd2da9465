#include "supervisor/restart/shims.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>

#include "base/clock.h"
#include "supervisor/self/open_files.h"

namespace memguard::supervisor {
namespace {

// More than there are rustc at one time; the kernel cuts it to net.core.somaxconn.
constexpr int kBacklog = 4096;

// What strangers may take of the supervisor's time: 4 us each where the user tells, 100 us where it takes a look at all
// processes above. Who connects without an end has the loop a tenth of the time, and everything else goes on.
constexpr int kMostStrangers = 256;
constexpr Duration kLongestTurn = std::chrono::milliseconds(2);
constexpr Duration kRest = std::chrono::milliseconds(20);

}  // namespace

Result<UniqueFd> listen_for_shims(const std::string& run_id) {
  const std::string name = shim::kSocketPrefix + run_id;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (name.size() >= sizeof address.sun_path) return fail("listen for shims: the name is too long", ENAMETOOLONG);
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return fail_errno("listen for shims: make a socket");
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0) {
    return fail_errno("listen for shims: bind", "@" + name);
  }
  if (::listen(socket.get(), kBacklog) != 0) return fail_errno("listen for shims at", "@" + name);
  return socket;
}

Status Shims::watch() {
  if (listener_ < 0 || source_) return {};
  auto source = loop_.on_readable(listener_, [this] { accept_all(); });
  if (!source) return pass(std::move(source.error()));
  source_ = std::move(*source);
  return {};
}

void Shims::accept_all() {
  if (listener_ < 0) return;
  const auto until = MonotonicClock::now() + kLongestTurn;
  for (int strangers = 0; strangers < kMostStrangers;) {
    UniqueFd socket(::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket && errno == ECONNABORTED) continue;
    if (!socket && errno == EAGAIN) return;
    // No descriptor is left: it stays in the queue, and so readable.
    if (!socket) break;
    // It goes on alone: its rustc is not started again.
    const bool kept = may_keep(socket, FileUse::shim) && add(std::move(socket));
    if (kept) continue;
    ++strangers;
    if (MonotonicClock::now() >= until) break;
  }
  rest();
}

// The listener stays readable: to be told of it would be to do nothing else.
void Shims::rest() {
  source_.reset();
  if (timer_) return;
  auto timer = loop_.on_timer(kRest, [this] { go_on(); });
  if (timer) timer_ = std::move(*timer);
}

void Shims::go_on() {
  timer_.reset();
  (void)watch();
  accept_all();
}

// Anybody may connect to an abstract name: only what runs below the front counts, and of that what is ours to kill.
std::optional<proc::Identity> Shims::caller(int socket) const {
  ucred peer{};
  socklen_t length = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0 || peer.pid <= 0) return std::nullopt;
  if (::geteuid() != 0 && peer.uid != ::geteuid()) return std::nullopt;
  const auto process = proc::read_stat(peer.pid);
  if (!process || !proc::is_below(peer.pid, front_)) return std::nullopt;
  return proc::Identity{peer.pid, process->start_ticks};
}

bool Shims::add(UniqueFd socket) {
  const auto shim = caller(socket.get());
  if (!shim) return false;
  // One that comes again: its first connection broke. Who does so all the time is no better than a stranger.
  const bool again = connections_.remove_if([&](const Connection& other) { return other.shim == *shim; }) > 0;
  auto source = loop_.on_readable(socket.get(), [this, shim = *shim] { hear(shim); });
  if (!source) return false;
  connections_.push_back({*shim, std::move(socket), std::move(*source)});
  return !again;
}

void Shims::hear(const proc::Identity& shim) {
  const auto from = std::ranges::find(connections_, shim, &Connection::shim);
  if (from == connections_.end()) return;
  shim::Message message{};
  const ssize_t got = ::recv(from->socket.get(), &message, sizeof message, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  // Its end, or something that is no shim of ours.
  if (got != static_cast<ssize_t>(sizeof message) || message.version != shim::kVersion) {
    connections_.erase(from);
  } else if (message.kind == shim::Kind::ended) {
    asked_(proc::Identity(shim));
  }
}

bool Shims::connected(const proc::Identity& shim) const {
  return std::ranges::find(connections_, shim, &Connection::shim) != connections_.end();
}

proc::Identity Shims::above(pid_t pid) const {
  if (connections_.empty()) return {};
  const auto is_shim = [this](const proc::Stat& process) { return connected({process.pid, process.start_ticks}); };
  const auto shim = proc::first_upward(pid, front_, is_shim);
  if (!shim || ::getsid(shim->pid) != ::getsid(pid)) return {};
  return {shim->pid, shim->start_ticks};
}

void Shims::answer(const proc::Identity& shim, shim::Decision decision) {
  const auto to = std::ranges::find(connections_, shim, &Connection::shim);
  if (to == connections_.end()) return;
  const shim::Verdict verdict{shim::kVersion, decision};
  (void)::send(to->socket.get(), &verdict, sizeof verdict, MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace memguard::supervisor

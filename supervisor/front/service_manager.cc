#include "supervisor/front/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include "base/io.h"
#include "base/printable.h"

namespace memguard::supervisor {
namespace {

// A status is one line of `systemctl status`.
constexpr std::size_t kLongestStatus = 1000;

std::string variable(const char* name) {
  // Nobody changes the environment while this runs: the front has no threads yet.
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? "" : value;
}

bool is_main_process() {
  const std::string named = variable("SYSTEMD_EXEC_PID");
  if (!named.empty()) return to_number<pid_t>(named) == ::getpid();
  return ::getpid() == 1 || ::getppid() == 1;
}

// The address with its length; nothing when it is none of a Unix socket.
struct Address {
  sockaddr_un name{};
  socklen_t length = 0;
};

std::optional<Address> address_of(std::string_view text) {
  Address address;
  const bool known = text.size() > 1 && (text.front() == '/' || text.front() == '@');
  if (!known || text.size() >= sizeof address.name.sun_path) return std::nullopt;
  address.name.sun_family = AF_UNIX;
  std::memcpy(&address.name.sun_path[0], text.data(), text.size());
  if (text.front() == '@') address.name.sun_path[0] = '\0';
  address.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + text.size());
  return address;
}

}  // namespace

UnitVariables unit_variables() {
  UnitVariables variables;
  if (!is_main_process()) return variables;
  variables.socket = variable("NOTIFY_SOCKET");
  const std::string watched = variable("WATCHDOG_PID");
  if (!watched.empty() && to_number<pid_t>(watched) != ::getpid()) return variables;
  const auto time = to_number<std::int64_t>(variable("WATCHDOG_USEC"));
  constexpr auto kMost = std::chrono::floor<std::chrono::microseconds>(Duration::max() / 2).count();
  if (time && *time > 0) variables.watchdog = std::chrono::microseconds(std::min<std::int64_t>(*time, kMost));
  return variables;
}

ServiceManager::ServiceManager(const UnitVariables& variables) : address_(variables.socket) {
  if (!address_of(address_)) return;
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0) return;
  news_ = UniqueFd(ends[0]);
  writer_ = UniqueFd(ends[1]);
  socket_ = UniqueFd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  // As sd_watchdog_enabled(3) recommends: at half of the time.
  if (variables.watchdog) watchdog_ = *variables.watchdog / 2;
}

std::vector<std::string> ServiceManager::hidden() const {
  if (!listens()) return {};
  return {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"};
}

bool ServiceManager::send(std::string_view message) const {
  const auto address = address_of(address_);
  if (!listens() || !address) return true;
  const auto sent = ::sendto(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                             reinterpret_cast<const sockaddr*>(&address->name), address->length);  // NOLINT: sockets
  return sent == static_cast<ssize_t>(message.size());
}

void ServiceManager::ready() { ready_is_due_ = !send("READY=1"); }

void ServiceManager::status(std::string_view text) { (void)send("STATUS=" + printable(text, kLongestStatus)); }

void ServiceManager::turn(Moment now, Moment heartbeat, bool alone) {
  if (!listens()) return;
  if (ready_is_due_) ready();
  pass_on_news();
  if (!watchdog_ || now < watchdog_due_ || (!alone && heartbeat == last_heartbeat_)) return;
  if (!send("WATCHDOG=1")) return;
  watchdog_due_ = now + *watchdog_;
  last_heartbeat_ = heartbeat;
}

void ServiceManager::pass_on_news() {
  std::array<char, kLongestStatus> text;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by recv
  std::optional<std::string> last;
  for (ssize_t got = 0; (got = ::recv(news_.get(), text.data(), text.size(), MSG_DONTWAIT)) > 0;)
    last.emplace(text.data(), static_cast<std::size_t>(got));
  if (last) status(*last);
}

Duration ServiceManager::patience(Moment now, Duration most) const {
  if (!listens() || !watchdog_) return most;
  // One that is overdue waits for the supervisor's next heartbeat, of which nothing tells: soon, but not at once.
  const Duration left = std::max(watchdog_due_ - now, *watchdog_ / 4);
  return std::clamp<Duration>(left, std::chrono::milliseconds(1), most);
}

}  // namespace memguard::supervisor

#include "shim/supervisor_line.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <ctime>

namespace memguard::shim {
namespace {

constexpr std::chrono::milliseconds kRetry(20);

// CLOCK_MONOTONIC. base/clock.h needs the C++ library, which a shim is not to load.
std::chrono::nanoseconds now() {
  timespec time{};
  (void)::clock_gettime(CLOCK_MONOTONIC, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

// The address of a run's socket; false when the id is too long to be one.
bool make_address(const char* run_id, sockaddr_un& address, socklen_t& length) {
  const std::size_t prefix = std::strlen(kSocketPrefix);
  const std::size_t id = std::strlen(run_id);
  if (1 + prefix + id > sizeof address.sun_path) return false;
  address = {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, kSocketPrefix, prefix);
  std::memcpy(address.sun_path + 1 + prefix, run_id, id);
  length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + prefix + id);
  return true;
}

// Anyone may listen on an abstract name that is free.
bool is_trusted(int fd) {
  ucred peer{};
  socklen_t length = sizeof peer;
  return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && (peer.uid == ::geteuid() || peer.uid == 0);
}

// Waits for `fd`, as long as `milliseconds`, and gives a signal that ends the build; 0 when none has come.
int wait_for(int fd, const SupervisorLine::Interrupts& by, int milliseconds) {
  std::array<pollfd, 2> watched{{{fd, POLLIN, 0}, {by.signals.fd, POLLIN, 0}}};
  if (::poll(watched.data(), watched.size(), milliseconds) <= 0 || watched[1].revents == 0) return 0;
  return take_signal(by.signals, by.compiler);
}

bool send(int fd, const Message& message) {
  return ::send(fd, &message, sizeof message, MSG_NOSIGNAL) == static_cast<ssize_t>(sizeof message);
}

}  // namespace

bool SupervisorLine::connect() {
  hang_up();
  sockaddr_un address;  // NOLINT(cppcoreguidelines-pro-type-member-init): make_address fills it
  socklen_t length = 0;
  if (run_id_ == nullptr || !make_address(run_id_, address, length)) return false;
  // Not blocking to connect: a full queue of connections is an error then, not a wait.
  fd_ = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd_ < 0) return false;
  const bool connected = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), length) == 0;
  // EAGAIN is a full queue; anything else will not change.
  refused_ = connected ? !is_trusted(fd_) : errno != EAGAIN;
  if (connected && !refused_ && send(fd_, {kVersion, Kind::hello, Ending::none})) return true;
  hang_up();
  return false;
}

void SupervisorLine::hang_up() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

// True when the answer has come, or a signal before it.
bool SupervisorLine::answered(Ending ending, const Interrupts& by, Answer& answer) {
  asked_ = false;
  if (fd_ < 0 && !connect()) return false;
  Verdict verdict{};
  ssize_t got = -1;
  asked_ = send(fd_, {kVersion, Kind::ended, ending});
  if (asked_) {
    do {
      answer.signal = wait_for(fd_, by, -1);
      if (answer.signal != 0) return true;
      got = ::recv(fd_, &verdict, sizeof verdict, 0);
    } while (got < 0 && (errno == EINTR || errno == EAGAIN));
  }
  if (got != static_cast<ssize_t>(sizeof verdict) || verdict.version != kVersion) {
    hang_up();
    return false;
  }
  answer.decision = verdict.decision;
  return true;
}

Answer SupervisorLine::ask(Ending ending, std::chrono::milliseconds patience, const Interrupts& by) {
  Answer answer;
  std::chrono::nanoseconds give_up_at = now() + patience;
  while (!answered(ending, by, answer)) {
    // It heard us and died: the next one has as long again, however late this one was.
    if (asked_) give_up_at = now() + patience;
    if (run_id_ == nullptr || refused_ || now() >= give_up_at) break;
    answer.signal = wait_for(-1, by, static_cast<int>(kRetry.count()));
    if (answer.signal != 0) break;
  }
  return answer;
}

}  // namespace memguard::shim

#include "status/ask.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace memguard::status {
namespace {

// Far above what kMostJobs take.
constexpr std::size_t kLongestReply = std::size_t{16} << 20U;

Status wait(int socket, short events, Moment until) {
  for (;;) {
    const int left = milliseconds_until(until);
    pollfd one{socket, events, 0};
    const int ready = left > 0 ? ::poll(&one, 1, left) : 0;
    if (ready > 0) return {};
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) return fail_errno("wait for the run");
    return fail("the run does not answer", ETIMEDOUT);
  }
}

}  // namespace

Status Line::send(std::string_view line, Moment until) {
  while (!line.empty()) {
    const ssize_t sent = ::send(socket_.get(), line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      line.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (auto ready = wait(socket_.get(), POLLOUT, until); !ready) return ready;
    } else if (errno != EINTR) {
      return fail_errno("ask the run");
    }
  }
  return {};
}

Result<std::string> Line::receive(Moment until) {
  std::array<char, std::size_t{64} << 10U> piece;  // NOLINT(cppcoreguidelines-pro-type-member-init): written first
  std::size_t searched = 0;
  for (;;) {
    const auto end = received_.find('\n', searched);
    if (end != std::string::npos) {
      std::string line = received_.substr(0, end);
      received_.erase(0, end + 1);
      return line;
    }
    searched = received_.size();
    if (searched > kLongestReply) return fail("the run's answer has no end", EMSGSIZE);
    const ssize_t got = ::recv(socket_.get(), piece.data(), piece.size(), MSG_DONTWAIT);
    if (got > 0) {
      received_.append(piece.data(), static_cast<std::size_t>(got));
    } else if (got == 0) {
      return fail("the run has closed the line", ECONNRESET);
    } else if (errno == EAGAIN) {
      if (auto ready = wait(socket_.get(), POLLIN, until); !ready) return pass(std::move(ready.error()));
    } else if (errno != EINTR) {
      return fail_errno("hear from the run");
    }
  }
}

Result<Reply> Line::ask(const Request& request, Duration patience) {
  const Moment until = MonotonicClock::now() + patience;
  if (auto sent = send(to_line(request), until); !sent) return pass(std::move(sent.error()));
  auto line = receive(until);
  if (!line) return pass(std::move(line.error()));
  return parse_reply(*line);
}

}  // namespace memguard::status

#include "shim/messages.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace memguard::shim {
namespace {

// A reader that is gone ends us by SIGPIPE, as it would rustc.
void write_all(int out, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(out, text.data(), text.size());
    if (put >= 0) {
      text.remove_prefix(static_cast<std::size_t>(put));
    } else if (errno == EAGAIN) {
      pollfd room{out, POLLOUT, 0};
      (void)::poll(&room, 1, -1);
    } else if (errno != EINTR) {
      return;
    }
  }
}

}  // namespace

bool tells_of_failed_link(std::string_view line) {
  constexpr auto kNone = std::string_view::npos;
  if (line.starts_with('{')) return line.find("\"message\":\"linking with `") != kNone;
  const auto at = line.find("error");
  if (at == kNone) return false;
  return line.find(": linking with `", at) != kNone || line.find("unable to execute command: Killed", at) != kNone ||
         line.find("linker command failed", at) != kNone;
}

// Not string_view::substr, which can throw and so would bring in half of libstdc++.
void Messages::take(std::string_view text) {
  const auto last = text.rfind('\n');
  const std::size_t end = last == std::string_view::npos ? 0 : last + 1;
  const std::string_view rest(text.data() + end, text.size() - end);
  if (end > 0 && waiting_.empty()) {
    sort_out({text.data(), end});
  } else if (end > 0) {
    waiting_.append({text.data(), end});
    sort_out(waiting_.view());
    waiting_.clear();
  }
  waiting_.append(rest);
}

// Lines, each with its end. Those in a row that go on are written together.
void Messages::sort_out(std::string_view lines) {
  std::size_t passed = 0;
  std::size_t at = 0;
  while (at < lines.size() && !holding_) {
    const std::size_t next = lines.find('\n', at) + 1;
    const std::string_view line(lines.data() + at, next - at);
    holding_ = tells_of_failed_link(line);
    if (holding_) break;
    if (counts_.was_passed_on(line)) {
      pass_on({lines.data() + passed, at - passed});
      passed = next;
    }
    at = next;
  }
  if (at > passed) pass_on({lines.data() + passed, at - passed});
  held_.append({lines.data() + at, lines.size() - at});
}

void Messages::pass_on(std::string_view text) const { write_all(out_, text); }

void Messages::begin_again() {
  waiting_.clear();
  held_.clear();
  holding_ = false;
  counts_.expect_again();
}

void Messages::finish() {
  pass_on(held_.view());
  held_.clear();
  holding_ = false;
  pass_on(waiting_.view());
  waiting_.clear();
}

}  // namespace memguard::shim

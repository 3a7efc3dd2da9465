#include "supervisor/tell/journal.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/printable.h"

namespace memguard::supervisor {
namespace {

// A line that names a job, its limit and what to try; journald takes 48 KiB and more.
constexpr std::size_t kLongestMessage = 4096;
constexpr Duration kStep = std::chrono::milliseconds(2);
constexpr int kSteps = 250;

struct Kind {
  std::string_view id;
  /// Of syslog(3).
  int priority;
};

// In the order of JournalEvent. The ids are random and never change.
constexpr std::array<Kind, 5> kKinds{{
    {"be97b99d22134dfe876d93380f3904f9", 5},
    {"be38fadbe92b44fd8609611ccbcc534b", 6},
    {"44002d18e5e34a88af803ec4232ca8a3", 3},
    {"1bff82ca400841588d7000df8141fb43", 4},
    {"79529abcbaca449a8df9a9bfebd69115", 4},
}};

const Kind& kind_of(JournalEvent event) { return kKinds.at(static_cast<std::size_t>(event)); }

bool stderr_is_journal() {
  struct stat info {};
  const char* stream = std::getenv("JOURNAL_STREAM");  // NOLINT(concurrency-mt-unsafe): nobody changes it
  if (stream == nullptr || ::fstat(STDERR_FILENO, &info) != 0) return false;
  return fmt::format("{}:{}", info.st_dev, info.st_ino) == stream;
}

}  // namespace

std::string_view message_id(JournalEvent event) { return kind_of(event).id; }

std::string journal_entry(JournalEvent event, std::string_view message) {
  const Kind& kind = kind_of(event);
  return fmt::format("MESSAGE={}\nMESSAGE_ID={}\nPRIORITY={}\nSYSLOG_IDENTIFIER=memguard\n",
                     printable(message, kLongestMessage), kind.id, kind.priority);
}

Journal Journal::of_stderr(const std::string& socket) {
  Journal journal;
  sockaddr_un name{};
  if (!stderr_is_journal() || socket.size() >= sizeof name.sun_path) return journal;
  name.sun_family = AF_UNIX;
  std::memcpy(&name.sun_path[0], socket.data(), socket.size());
  UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto* address = reinterpret_cast<const sockaddr*>(&name);  // NOLINT: sockets
  if (fd && ::connect(fd.get(), address, sizeof name) == 0) journal.socket_ = std::move(fd);
  return journal;
}

bool Journal::write(JournalEvent event, std::string_view message) const {
  if (!socket_) return false;
  const std::string entry = journal_entry(event, message);
  const auto sent = ::send(socket_.get(), entry.data(), entry.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  return sent == static_cast<ssize_t>(entry.size());
}

// SIOCOUTQ counts what was sent and not yet received (unix(7)).
void Journal::settle() const {
  for (int i = 0, unread = 0; i < kSteps; ++i) {
    if (!socket_ || ::ioctl(socket_.get(), SIOCOUTQ, &unread) != 0 || unread == 0) return;
    pause_for(kStep);
  }
}

}  // namespace memguard::supervisor

#include "proc/kernel_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>

#include "base/io.h"
#include "proc/lines.h"

namespace memguard::proc {
namespace {

// A buffer of 16 MiB of short records; more is not worth the time at the end of a run.
constexpr int kMostRecords = 200'000;

/// What stands between `before` and `after` (or the end).
std::optional<std::string_view> between(std::string_view text, std::string_view before, std::string_view after) {
  const auto found = text.find(before);
  if (found == std::string_view::npos) return std::nullopt;
  const auto rest = text.substr(found + before.size());
  const auto end = rest.find(after);
  return end == std::string_view::npos ? std::nullopt : std::optional(rest.substr(0, end));
}

// "oom-kill:constraint=...,task_memcg=/a/b,task=name,pid=7,uid=0". A name may hold commas, so pid is the last one.
struct Summary {
  std::string_view pid;
  std::string_view group;
};

std::optional<Summary> parse_summary(std::string_view text) {
  if (!text.starts_with("oom-kill:")) return std::nullopt;
  const auto group = between(text, ",task_memcg=", ",task=");
  const auto last = text.rfind(",pid=");
  if (!group || last == std::string_view::npos) return std::nullopt;
  const auto pid = between(text.substr(last), ",pid=", ",");
  return pid ? std::optional(Summary{*pid, *group}) : std::nullopt;
}

/// A number that is no more than a machine's memory in KiB, or its years in microseconds, may be; nothing for another.
std::optional<std::int64_t> sane_number(std::string_view text) {
  constexpr std::int64_t kMost = std::int64_t{1} << 50U;
  const auto number = to_number<std::int64_t>(text);
  return number && *number >= 0 && *number <= kMost ? number : std::nullopt;
}

// "Memory cgroup out of memory: Killed process 7 (name) total-vm:1kB, anon-rss:2kB, file-rss:3kB, shmem-rss:4kB, ...".
std::optional<LoggedKill> parse_victim(std::string_view text, const Summary& summary) {
  const auto pid = between(text, "Killed process ", " (");
  const auto name = text.find(" (");
  const auto numbers = text.rfind(") total-vm:");
  if (!pid || *pid != summary.pid || numbers == std::string_view::npos || numbers < name + 2) return std::nullopt;
  LoggedKill kill;
  kill.pid = to_number<pid_t>(*pid).value_or(0);
  if (kill.pid <= 0) return std::nullopt;
  kill.program = text.substr(name + 2, numbers - name - 2);
  kill.group = summary.group;
  for (const std::string_view kind : {" anon-rss:", " shmem-rss:"}) {
    const auto kilobytes = between(text.substr(numbers), kind, "kB");
    kill.memory += Bytes{sane_number(kilobytes.value_or("")).value_or(0) * 1024};
  }
  return kill;
}

}  // namespace

std::vector<LoggedKill> parse_kills(std::string_view records) {
  std::vector<LoggedKill> kills;
  std::optional<Summary> summary;
  for (const auto record : split(records, "\n")) {
    const auto text_at = record.find(';');
    if (text_at == std::string_view::npos) continue;
    const auto text = record.substr(text_at + 1);
    if (const auto found = parse_summary(text)) summary = found;
    auto kill = summary ? parse_victim(text, *summary) : std::nullopt;
    if (!kill) continue;
    const auto fields = split(record.substr(0, text_at), ",");
    const auto microseconds = fields.size() < 3 ? std::nullopt : sane_number(fields[2]);
    kill->at = std::chrono::microseconds(microseconds.value_or(0));
    kills.push_back(std::move(*kill));
    summary.reset();
  }
  return kills;
}

Result<std::vector<LoggedKill>> read_kills() {
  auto log = open_at(AT_FDCWD, "/dev/kmsg", O_RDONLY | O_NONBLOCK);
  if (!log) return pass(std::move(log.error()));
  std::string interesting;
  std::array<char, 8192> record;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read
  for (int i = 0; i < kMostRecords; ++i) {
    const ssize_t got = ::read(log->get(), record.data(), record.size());
    // EPIPE: the oldest were written over meanwhile; the next read goes on behind them.
    if (got < 0 && (errno == EPIPE || errno == EINTR)) continue;
    if (got < 0 && errno != EAGAIN) return fail_errno("read", "/dev/kmsg");
    if (got <= 0) break;
    const std::string_view text(record.data(), static_cast<std::size_t>(got));
    // Continuation lines (" SUBSYSTEM=net") follow the first.
    if (text.find("oom-kill:") != std::string_view::npos || text.find("Killed process ") != std::string_view::npos)
      interesting.append(text.substr(0, text.find('\n'))).push_back('\n');
  }
  return parse_kills(interesting);
}

}  // namespace memguard::proc

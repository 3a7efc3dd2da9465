#include "proc/process.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <string>

#include <fcntl.h>
#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "proc/lines.h"

namespace memguard::proc {
namespace {

// Positions in /proc/PID/stat after the comm, counted from 0; proc(5) counts from 1 and starts with pid and comm.
enum StatField : std::size_t {
  kState = 0,
  kParent = 1,
  kProcessGroup = 2,
  kUserTicks = 11,
  kSystemTicks = 12,
  kStartTicks = 19,
  kStartStack = 25,
  kFieldsNeeded = 26,
  kExitCode = 49,  // since Linux 3.5
};

/// Ticks of USER_HZ as a duration; nothing when it does not fit (a hostile or broken number).
std::optional<Duration> from_ticks(std::uint64_t ticks) {
  static const auto kTick = Duration(std::chrono::seconds(1)) / std::max(::sysconf(_SC_CLK_TCK), 1L);
  // Half the range, so that user and system time can be added.
  const auto largest = static_cast<std::uint64_t>(Duration::max() / kTick / 2);
  if (ticks > largest) return std::nullopt;
  return kTick * static_cast<std::int64_t>(ticks);
}

/// A number of `fields`, into `value`.
template <class T>
bool take(const std::vector<std::string_view>& fields, StatField field, T& value) {
  const auto number = to_number<T>(fields[field]);
  if (number) value = *number;
  return number.has_value();
}

/// The fields behind the comm, in `stat`; false when one is no number or too large.
bool take_fields(const std::vector<std::string_view>& fields, Stat& stat) {
  std::uint64_t user = 0;
  std::uint64_t system = 0;
  const bool numbers = take(fields, kParent, stat.parent) && take(fields, kProcessGroup, stat.process_group) &&
                       take(fields, kUserTicks, user) && take(fields, kSystemTicks, system) &&
                       take(fields, kStartTicks, stat.start_ticks) && take(fields, kStartStack, stat.start_stack);
  if (!numbers || fields[kState].size() != 1) return false;
  const auto user_time = from_ticks(user);
  const auto system_time = from_ticks(system);
  if (!user_time || !system_time) return false;
  stat.state = fields[kState].front();
  stat.cpu = *user_time + *system_time;
  if (fields.size() > kExitCode) (void)take(fields, kExitCode, stat.exit_code);
  return true;
}

enum StatusLine : std::size_t {
  kHighWater,
  kAnon,
  kFile,
  kShmem,
  kPageTables,
  kSwap,
  kMemoryLines,
  kStateLine = kMemoryLines,
  kTgid,
  kUid,
  kThreadSignals,
  kProcessSignals,
  kNoNewPrivs,
  kStatusLines
};
constexpr std::array<std::string_view, kStatusLines> kStatusNames{"VmHWM", "RssAnon", "RssFile", "RssShmem",
                                                                  "VmPTE", "VmSwap",  "State",   "Tgid",
                                                                  "Uid",   "SigPnd",  "ShdPnd",  "NoNewPrivs"};
using StatusLines = std::array<std::optional<std::string_view>, kStatusLines>;

/// The memory of a process; all of it 0 for a zombie or a kernel thread, which have none of these lines.
Result<void> take_memory(const StatusLines& lines, ProcessStatus& status) {
  const auto has_value = [](const auto& line) { return line.has_value(); };
  if (std::none_of(lines.begin(), lines.begin() + kMemoryLines, has_value)) return {};
  std::array<Bytes, kMemoryLines> size;
  for (std::size_t i = 0; i < kMemoryLines; ++i) {
    const auto bytes = parse_kilobytes(lines[i].value_or("no such line"));
    if (!bytes) return pass(bytes.error(), kStatusNames[i]);
    size[i] = *bytes;
  }
  status.shmem = size[kShmem];
  status.unreclaimable = size[kAnon] + size[kShmem] + size[kPageTables];
  status.swap = size[kSwap];
  status.file = size[kFile];
  status.page_tables = size[kPageTables];
  status.most_resident = size[kHighWater];
  return {};
}

/// A signal set as `SigPnd:` writes it: 16 hexadecimal digits (fs/proc/array.c render_sigset_t).
std::optional<std::uint64_t> parse_signals(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Result<std::string> read_proc(pid_t pid, std::string_view file) {
  auto text = read_record_at(AT_FDCWD, fmt::format("/proc/{}/{}", pid, file));
  // A process that ends between open and read leaves nothing to read.
  if (text && text->empty()) return fail(fmt::format("read /proc/{}/{}", pid, file), ESRCH);
  return text;
}

}  // namespace

Result<Stat> parse_stat(std::string_view text) {
  const auto open = text.find(" (");
  // The comm is the only field that may hold a parenthesis, and it may hold anything but NUL: the last one ends it.
  const auto close = text.rfind(") ");
  if (open == std::string_view::npos || close == std::string_view::npos || close < open || !text.ends_with('\n')) {
    return refuse("/proc/PID/stat", text);
  }
  const auto fields = split(text.substr(close + 2), " \n");
  const auto pid = to_number<pid_t>(text.substr(0, open));
  Stat stat;
  if (!pid || fields.size() < kFieldsNeeded || !take_fields(fields, stat)) return refuse("/proc/PID/stat", text);
  stat.pid = *pid;
  return stat;
}

Result<ProcessStatus> parse_status(std::string_view text) {
  const auto lines = pick(text, ':', kStatusNames);
  if (!lines) return pass(lines.error());
  const auto value = [&lines](StatusLine line) { return (*lines)[line].value_or(""); };
  const auto tgid = to_number<pid_t>(value(kTgid));
  const auto uids = split(value(kUid), "\t ");
  const auto uid = uids.size() == 4 ? to_number<uid_t>(uids.front()) : std::nullopt;
  const auto thread_signals = parse_signals(value(kThreadSignals));
  const auto process_signals = parse_signals(value(kProcessSignals));
  const auto no_new_privs = value(kNoNewPrivs);
  const auto state = value(kStateLine);
  if (state.empty() || !tgid || !uid || !thread_signals || !process_signals ||
      (no_new_privs != "0" && no_new_privs != "1")) {
    return refuse("/proc/PID/status", text);
  }
  ProcessStatus status;
  status.state = state.front();
  status.tgid = *tgid;
  status.uid = *uid;
  status.pending_signals = *thread_signals | *process_signals;
  status.no_new_privs = no_new_privs == "1";
  if (auto memory = take_memory(*lines, status); !memory) return pass(std::move(memory.error()), "/proc/PID/status");
  return status;
}

Result<Stat> read_stat(pid_t pid) {
  const auto text = read_proc(pid, "stat");
  return text ? parse_stat(*text) : pass(text.error());
}

Result<ProcessStatus> read_status(pid_t pid) {
  const auto text = read_proc(pid, "status");
  return text ? parse_status(*text) : pass(text.error());
}

CpuClock::CpuClock(pid_t pid) {
  clockid_t clock{};
  if (pid > 0 && ::clock_getcpuclockid(pid, &clock) == 0) clock_ = clock;
}

std::optional<Duration> CpuClock::read() const { return clock_ ? processor_time(*clock_) : std::nullopt; }

// What two readings of one memory may differ by.
constexpr double kSameMemory = 1.0 / 16;

std::optional<Bytes> private_dirty(pid_t pid) {
  const auto text = read_proc(pid, "smaps_rollup");
  if (!text) return std::nullopt;
  // Its first line is the range of all mappings.
  const auto lines =
      pick(std::string_view(*text).substr(text->find('\n') + 1), ':', std::array<std::string_view, 1>{"Private_Dirty"});
  if (!lines || !(*lines)[0]) return std::nullopt;
  const auto size = parse_kilobytes(*(*lines)[0]);
  return size ? std::optional(*size) : std::nullopt;
}

Bytes unshared_memory(pid_t pid) {
  const auto status = read_status(pid);
  const auto stat = read_stat(pid);
  if (!status || !stat) return {};
  const auto parent = read_stat(stat->parent);
  // Each exec puts the stack elsewhere.
  if (!parent || stat->start_stack == 0 || stat->start_stack != parent->start_stack) return status->unreclaimable;
  const auto of_parent = read_status(parent->pid);
  if (!of_parent) return status->unreclaimable;
  // Other threads of the parent go on between the two readings.
  const Bytes apart = status->unreclaimable - of_parent->unreclaimable;
  if (std::max(apart, -1 * apart) <= kSameMemory * of_parent->unreclaimable) return {};
  return std::min(private_dirty(pid).value_or(status->unreclaimable), status->unreclaimable);
}

// "size resident shared text lib data dt", in pages. Read some thousand times a second, hence without a list of fields.
Result<Resident> parse_statm(std::string_view text) {
  static const std::int64_t kPage = ::sysconf(_SC_PAGESIZE);
  static const std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / kPage;
  std::array<std::int64_t, 7> pages{};
  const char* next = text.data();
  const char* const end = text.data() + text.size();
  for (std::int64_t& number : pages) {
    const auto [after, error] = std::from_chars(next, end, number);
    const bool separated = after != end && *after == (&number == &pages.back() ? '\n' : ' ');
    if (error != std::errc{} || !separated || number < 0 || number > kMost) return refuse("/proc/PID/statm", text);
    next = after + 1;
  }
  const auto [size, resident, shared, code, library, data, dirty] = pages;
  // The counters are not read at one instant.
  return Resident{.anonymous = Bytes{std::max<std::int64_t>(resident - shared, 0) * kPage},
                  .shared = Bytes{shared * kPage}};
}

Result<ResidentFile> ResidentFile::open(pid_t pid) {
  auto file = open_at(AT_FDCWD, fmt::format("/proc/{}/statm", pid), O_RDONLY);
  if (!file) return pass(std::move(file.error()));
  ResidentFile resident;
  resident.file_ = std::move(*file);
  return resident;
}

std::optional<Resident> read_resident(pid_t pid) {
  const auto file = ResidentFile::open(pid);
  return file ? file->read() : std::nullopt;
}

std::optional<Resident> ResidentFile::read() const {
  // Seven numbers of 64 bits.
  std::array<char, 192> text{};
  const ssize_t size = file_ ? ::pread(file_.get(), text.data(), text.size(), 0) : -1;
  if (size <= 0) return std::nullopt;
  const auto resident = parse_statm({text.data(), static_cast<std::size_t>(size)});
  if (!resident || *resident == Resident{}) return std::nullopt;
  return *resident;
}

}  // namespace memguard::proc

// Processes as /proc shows them: values parsed strictly from its files. A process may end or exec at any moment; that
// is an answer (`Error::gone()`), never a crash, and a hostile comm ("a) R 1 (") changes nothing.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "base/units.h"

namespace memguard::proc {

/// From /proc/PID/stat (proc(5), fs/proc/array.c do_task_stat).
struct Stat {
  pid_t pid = 0;
  /// 'R', 'S', 'D', 'T', 'Z', ...
  char state = '?';
  pid_t parent = 0;
  pid_t process_group = 0;
  /// User and system time of all threads, ended ones included; children not.
  Duration cpu{};
  /// Clock ticks after boot; with the pid it names a process for ever.
  std::uint64_t start_ticks = 0;
  /// The address of the stack's start: changes with each exec. 0 when we may not see it.
  std::uint64_t start_stack = 0;
  /// Of a zombie, as waitpid(2) would tell it; 0 before, and when we may not see it.
  int exit_code = 0;
};

/// From /proc/PID/status.
struct ProcessStatus {
  /// As in Stat.
  char state = '?';
  pid_t tgid = 0;
  uid_t uid = 0;
  /// RssAnon + RssShmem + VmPTE: what reclaim without swap cannot take. 0 for a zombie.
  Bytes unreclaimable;
  /// RssShmem.
  Bytes shmem;
  Bytes swap;
  /// RssFile.
  Bytes file;
  /// VmPTE, which `unreclaimable` counts and VmHWM does not.
  Bytes page_tables;
  /// VmHWM: the most of RssAnon + RssShmem + RssFile at any time, in the program that runs now.
  Bytes most_resident;
  /// SigPnd | ShdPnd: bit N-1 is signal N.
  std::uint64_t pending_signals = 0;
  bool no_new_privs = false;
};

/// Errors: too few fields, or no numbers. The name may have blanks and parentheses.
[[nodiscard]] Result<Stat> parse_stat(std::string_view text);
/// Errors: no state, pid, uid or signals, or a number that is none.
[[nodiscard]] Result<ProcessStatus> parse_status(std::string_view text);

/// `/proc/PID/stat`, of a process or of a thread.
[[nodiscard]] Result<Stat> read_stat(pid_t pid);
/// `/proc/PID/status`.
[[nodiscard]] Result<ProcessStatus> read_status(pid_t pid);
/// `ProcessStatus::unreclaimable`, but 0 for one that has been forked, is no other program yet, and has what its parent
/// has: between vfork and exec a rustc of 200 MiB that starts a linker is there twice. A forked worker whose memory has
/// become another than its parent's counts with the pages that it alone has (Private_Dirty of /proc/PID/smaps_rollup,
/// since Linux 4.14), in full where those are not told. 0 when it is gone.
[[nodiscard]] Bytes unshared_memory(pid_t pid);
/// `Stat::cpu` alone, from the process's clock (clock_getcpuclockid(3)), without a text to be made and read. The clock
/// is that of whoever has the pid when it is read.
class CpuClock {
 public:
  /// Of no process: it cannot be read.
  CpuClock() = default;
  /// One that cannot be read when there is no such process.
  explicit CpuClock(pid_t pid);
  /// Nothing when there is no such process.
  [[nodiscard]] std::optional<Duration> read() const;

 private:
  std::optional<clockid_t> clock_;
};

/// From /proc/PID/statm (proc(5), fs/proc/array.c proc_pid_statm). Kept open, it is read in a tenth of the time that
/// /proc/PID/status takes.
struct Resident {
  /// RssAnon.
  Bytes anonymous;
  /// RssFile + RssShmem.
  Bytes shared;

  /// All their fields are equal.
  bool operator==(const Resident&) const = default;
};
/// Errors: too few fields, or no numbers.
[[nodiscard]] Result<Resident> parse_statm(std::string_view text);

/// /proc/PID/statm kept open. It stays that of one process, whoever gets the pid later, also across an exec.
class ResidentFile {
 public:
  /// None is open.
  ResidentFile() = default;
  /// Errors: errno of open(2); ENOENT when there is no such process.
  [[nodiscard]] static Result<ResidentFile> open(pid_t pid);

  /// Nothing when it was not opened, the process has been waited for, or is a zombie.
  [[nodiscard]] std::optional<Resident> read() const;
  /// It was opened.
  explicit operator bool() const { return static_cast<bool>(file_); }
  /// None when it was not opened.
  [[nodiscard]] const UniqueFd& descriptor() const { return file_; }

 private:
  UniqueFd file_;
};

/// The same by a file that is opened for it; nothing when there is no such process, or it is a zombie.
[[nodiscard]] std::optional<Resident> read_resident(pid_t pid);

/// The threads of a process, each a pid that `read_stat` takes; none when it is gone.
[[nodiscard]] std::vector<pid_t> threads(pid_t pid);

/// These, but for those that have vanished.
[[nodiscard]] std::vector<Stat> stats_of(const std::vector<pid_t>& pids);
/// Every process of the system once, as `parse_stat` gives it; those that vanish meanwhile are left out.
[[nodiscard]] std::vector<Stat> all_processes();
/// The children that the first thread of a process has forked; none where the kernel does not tell
/// (CONFIG_PROC_CHILDREN). From one file, so that it may be asked often.
[[nodiscard]] std::vector<pid_t> children_of(pid_t pid);
/// The processes below `root`, without `root`, parents before children, from one reading of /proc. An orphan counts as
/// the child of its subreaper, as the kernel has it.
[[nodiscard]] std::vector<Stat> descendants(pid_t root);
/// The same from given processes.
[[nodiscard]] std::vector<Stat> descendants(pid_t root, const std::vector<Stat>& processes);

/// The first process that `wanted` is true of: `pid`, its parent, and so on up, below `top`. `top` and pid 1 are not
/// looked at. Nothing when there is none, or when one on the way has vanished.
[[nodiscard]] std::optional<Stat> first_upward(pid_t pid, pid_t top, const std::function<bool(const Stat&)>& wanted);
/// Whether `ancestor` is the parent of `pid`, or that one's parent, and so on.
[[nodiscard]] bool is_below(pid_t pid, pid_t ancestor);

/// A process held by pid and start time: a later process with the same pid is another one.
struct Identity {
  pid_t pid = 0;
  std::uint64_t start_ticks = 0;
  /// All their fields are equal.
  bool operator==(const Identity&) const = default;
};
/// True while that very process is there and no zombie. Where /proc cannot be read (EMFILE), while any has its pid.
[[nodiscard]] bool alive(const Identity& process);

}  // namespace memguard::proc

#include "supervisor/live/job_reading.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "job/programs.h"
#include "supervisor/self/open_files.h"

namespace memguard::supervisor {
namespace {

constexpr std::uint64_t bit(int signal) { return std::uint64_t{1} << static_cast<unsigned>(signal - 1); }
// Signals that are sent to end a process. One with a handler for them does not see them while it is frozen.
constexpr std::uint64_t kEndingSignals =
    bit(SIGINT) | bit(SIGTERM) | bit(SIGHUP) | bit(SIGQUIT) | bit(SIGABRT) | bit(SIGALRM);

// What a job takes after the last look at it is never seen: with 16 looks a life, spread so that each comes after a
// 16th more of it, that is what it takes in its last 16th. With ten a library of 58 ms was 7 % short in one build
// of 30. A look takes 0.1 ms.
constexpr int kReadingsOfALife = 16;
constexpr Duration kClosest = std::chrono::milliseconds(2);
constexpr Duration kFurthest = std::chrono::seconds(2);

// What may move before all is read again: less than peaks of one and the same rustc differ by.
constexpr Bytes kNothing{std::int64_t{1} << 20U};
constexpr double kNothingOfAll = 1.0 / 32;

bool works_in_child(const LiveJob& job) {
  const auto known = job::known_program(job.record->program.view());
  return known && known->works_in_child;
}

void find_worker(LiveJob& job) {
  if (!job.started() || job.processes.size() != 1 || !works_in_child(job)) return;
  for (const pid_t child : proc::children_of(job.processes.front().pid)) {
    if (const auto stat = proc::read_stat(child)) job.processes.push_back({child, stat->start_ticks});
  }
}

struct JobMemory {
  HighWater::Reading resident;
  Bytes swapped;
  Bytes shmem;
  Duration cpu{};
  bool any = false;
};

void take(const proc::ProcessStatus& status, LiveJob& job, JobMemory& reading) {
  reading.resident.memory += std::max(status.unreclaimable - job.shared, Bytes{});
  reading.resident.page_tables += status.page_tables;
  reading.resident.file += status.file;
  reading.resident.most += std::max(status.most_resident - job.shared, Bytes{});
  reading.swapped += status.swap;
  reading.shmem += status.shmem;
  reading.any = true;
  job.state = status.state;
  job.signal_pending = job.signal_pending || (status.pending_signals & kEndingSignals) != 0;
}

// Whether the pid is still that of the job's process: it has not been waited for. Without a pidfd, or where signals by
// it are refused (filters of older container runtimes), the start time tells.
bool is_there(const LiveJob& job) {
  if (job.pidfd && ::syscall(SYS_pidfd_send_signal, job.pidfd.get(), 0, nullptr, 0) == 0) return true;
  if (job.pidfd && errno == ESRCH) return false;
  return proc::alive(job.processes.front());
}

// One of which everything was seen once. Without /proc/PID/stat, which is half of what a reading costs. False when it
// has to be read with it.
bool read_again(LiveJob& job, JobMemory& reading) {
  if (!job.started()) return false;
  const pid_t pid = job.processes.front().pid;
  const auto cpu = job.in_full.cpu.read();
  const auto status = proc::read_status(pid);
  if (!cpu || !status || !is_there(job)) return false;
  reading.cpu += *cpu;
  take(*status, job, reading);
  return true;
}

void read_process(const proc::Identity& process, LiveJob& job, JobMemory& reading) {
  const auto stat = proc::read_stat(process.pid);
  if (!stat || stat->start_ticks != process.start_ticks) return;
  reading.cpu += stat->cpu;
  job.state = stat->state;
  if (job.old_stack == 0 || stat->start_stack != job.old_stack) job.exec = LiveJob::Exec::done;
  const auto status = proc::read_status(process.pid);
  if (job.started() && status) take(*status, job, reading);
}

void keep(const JobMemory& reading, LiveJob& job, Instant now) {
  job.memory = reading.resident.memory;
  job.mapped_shmem = reading.shmem;
  job.swapped = reading.swapped;
  job.measured = true;
  job.record->measured_at = now;
  const Bytes has = job.memory + job.swapped;
  job.record->shape.note(job.record->cpu, has);
  job.record->peak = std::max({job.record->peak, has, job.high_water.note(reading.resident)});
}

// Opened no sooner than it is first read: before its exec a job may wait for long, and descriptors are few.
void open_files(LiveJob& job) {
  if (job.in_full.file || !job.started() || works_in_child(job)) return;
  const pid_t pid = job.processes.front().pid;
  auto file = proc::ResidentFile::open(pid);
  job.in_full.cpu = proc::CpuClock(pid);
  if (file && may_keep(file->descriptor(), FileUse::reading) && is_there(job)) job.in_full.file = std::move(*file);
}

bool moved(Bytes from, Bytes to) { return std::max(from - to, to - from) > std::max(kNothing, kNothingOfAll * from); }

bool has_as_much(LiveJob& job, Instant now) {
  if (job.processes.size() != 1 || !job.in_full.resident) return false;
  const proc::Resident then = *job.in_full.resident;
  const auto resident = job.in_full.file.read();
  if (!resident || moved(then.anonymous, resident->anonymous) || moved(then.shared, resident->shared)) return false;
  const auto cpu = job.in_full.cpu.read();
  if (!cpu) return false;
  job.memory = std::max(job.in_full.memory + (resident->anonymous - then.anonymous), Bytes{});
  job.record->cpu = std::max(job.record->cpu, *cpu);
  job.record->peak = std::max(job.record->peak, job.memory + job.swapped);
  job.record->shape.note(job.record->cpu, job.memory + job.swapped);
  job.record->measured_at = now;
  return true;
}

}  // namespace

Duration full_reading_interval(const JobRecord& record, Instant now) {
  const Duration life = now - record.start - record.held - record.frozen;
  return std::clamp(life / kReadingsOfALife, kClosest, kFurthest);
}

void read_in_full(LiveJob& job, Instant now) {
  job.in_full.at = now;
  find_worker(job);
  open_files(job);
  job.in_full.resident = job.in_full.file.read();
  JobMemory reading;
  const std::size_t done = read_again(job, reading) ? 1 : 0;
  for (std::size_t i = done; i < job.processes.size(); ++i) read_process(job.processes[i], job, reading);
  job.record->cpu = std::max(job.record->cpu, reading.cpu);
  if (!job.started() && !job.exec_seen) job.exec_seen = {now, reading.cpu};
  if (!reading.any) return;
  keep(reading, job, now);
  job.in_full.memory = job.memory;
}

void read_shortly(LiveJob& job, Instant now) {
  const bool due = now - job.in_full.at >= full_reading_interval(*job.record, now);
  if (due || !has_as_much(job, now)) read_in_full(job, now);
}

}  // namespace memguard::supervisor

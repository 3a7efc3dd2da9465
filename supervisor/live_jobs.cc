#include "supervisor/live_jobs.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

namespace memguard::supervisor {
namespace {

constexpr std::uint64_t bit(int signal) { return std::uint64_t{1} << static_cast<unsigned>(signal - 1); }
// Signals that are sent to end a process. One with a handler for them does not see them while it is frozen.
constexpr std::uint64_t kEndingSignals =
    bit(SIGINT) | bit(SIGTERM) | bit(SIGHUP) | bit(SIGQUIT) | bit(SIGABRT) | bit(SIGALRM);
constexpr Duration kStoppedInterval = std::chrono::milliseconds(250);

// What a job takes after the last look at it is never seen: with ten looks a life, spread so that each comes after a
// tenth more of it, that is what it takes in its last tenth. A look takes 0.1 ms.
constexpr int kLooksOfALife = 10;
constexpr Duration kClosestLooks = std::chrono::milliseconds(2);
// Beyond that the samples for decisions do.
constexpr Duration kFurthestLooks = std::chrono::milliseconds(500);

Duration look_interval(const JobRecord& record, Instant now) {
  const Duration life = now - record.start - record.held - record.frozen;
  return std::max(kClosestLooks, life / kLooksOfALife);
}

// mold works in a child, so that its caller need not wait until its memory is given back (mold, subprocess.cc).
void find_worker(LiveJob& job) {
  const std::string_view program = job.record->program.view();
  if (job.processes.size() != 1 || (program != "mold" && program != "ld.mold")) return;
  for (const pid_t child : proc::children_of(job.processes.front().pid)) {
    if (const auto stat = proc::read_stat(child)) job.processes.push_back({child, stat->start_ticks});
  }
}

struct Reading {
  Bytes memory;
  Bytes swapped;
  Bytes peak;
  Bytes file;
  Duration cpu{};
  bool any = false;
};

void take(const proc::Status& status, LiveJob& job, Reading& reading) {
  reading.memory += status.unreclaimable;
  reading.swapped += status.swap;
  reading.peak += status.peak;
  reading.file += status.file;
  reading.any = true;
  job.state = status.state;
  job.signal_pending = job.signal_pending || (status.pending_signals & kEndingSignals) != 0;
}

// Whether the pid is still that of the process that `pidfd` was opened for: it has not been waited for.
bool is_there(const UniqueFd& pidfd) {
  return pidfd && ::syscall(SYS_pidfd_send_signal, pidfd.get(), 0, nullptr, 0) == 0;
}

// One of which everything was seen once. Without /proc/PID/stat, which is half of what a sample costs. False when it
// has to be looked at in full.
bool read_again(LiveJob& job, Reading& reading) {
  if (!job.started || !job.pidfd) return false;
  const pid_t pid = job.processes.front().pid;
  const auto cpu = proc::read_cpu(pid);
  const auto status = proc::read_status(pid);
  if (!cpu || !status || !is_there(job.pidfd)) return false;
  reading.cpu += *cpu;
  take(*status, job, reading);
  return true;
}

void read_in_full(const proc::Identity& process, LiveJob& job, Reading& reading) {
  const auto stat = proc::read_stat(process.pid);
  if (!stat || stat->start_ticks != process.start_ticks) return;
  reading.cpu += stat->cpu;
  job.state = stat->state;
  job.started = job.started || job.old_stack == 0 || stat->start_stack != job.old_stack;
  const auto status = proc::read_status(process.pid);
  if (job.started && status) take(*status, job, reading);
}

void measure_job(LiveJob& job, Instant now) {
  if (job.started) find_worker(job);
  Reading reading;
  const std::size_t done = read_again(job, reading) ? 1 : 0;
  for (std::size_t i = done; i < job.processes.size(); ++i) read_in_full(job.processes[i], job, reading);
  job.record->cpu = std::max(job.record->cpu, reading.cpu);
  if (!reading.any) return;
  job.memory = reading.memory;
  job.swapped = reading.swapped;
  job.measured = true;
  job.record->measured_at = now;
  // VmHWM counts pages of files: those that it had when they were most, not what is left when rustc or lld has unmapped
  // its output.
  job.most_file = std::max(job.most_file, reading.file);
  const Bytes high_water = reading.peak - (job.most_file - reading.file);
  job.record->peak = std::max({job.record->peak, reading.memory + reading.swapped, high_water});
}

}  // namespace

void count_stop(JobRecord& record, Instant now) {
  if (record.phase == JobPhase::held) record.held += now - record.stopped_at;
  if (record.phase == JobPhase::frozen) record.frozen += now - record.stopped_at;
}

LiveJob& LiveJobs::insert(JobRecord& record) {
  LiveJob& job = jobs_.emplace_back();
  job.id = policy::JobId{static_cast<std::uint32_t>(&record - area_.jobs().data())};
  job.record = &record;
  job.processes = {record.process};
  job.let_go_at = record.start;
  return job;
}

LiveJob* LiveJobs::add(const ExecFacts& facts, policy::FamilyId family, Instant now) {
  JobRecord* record = area_.add_job();
  if (record == nullptr) return nullptr;
  static_cast<JobFacts&>(*record) = static_cast<const JobFacts&>(facts);
  record->process = facts.process;
  record->family = static_cast<std::uint32_t>(family);
  record->phase = JobPhase::waiting;
  record->start = now;
  LiveJob& job = insert(*record);
  job.old_stack = facts.old_stack;
  return &job;
}

void LiveJobs::adopt(Instant now) {
  for (JobRecord& record : area_.jobs()) {
    next_family_ = std::max(next_family_, record.family + 1);
    if (record.phase == JobPhase::ended) continue;
    if (proc::alive(record.process)) {
      (void)insert(record);
    } else {
      count_stop(record, now);
      record.phase = JobPhase::ended;
      record.end = now;
      record.outcome = record.evicted ? report::Outcome::evicted : report::Outcome::done;
    }
  }
}

void LiveJobs::remove(policy::JobId id, report::Outcome outcome, Instant now) {
  LiveJob* job = find(id);
  if (job == nullptr) return;
  count_stop(*job->record, now);
  job->record->phase = JobPhase::ended;
  job->record->outcome = outcome;
  job->record->end = now;
  jobs_.remove_if([id](const LiveJob& other) { return other.id == id; });
}

void LiveJobs::disown(policy::JobId id, Instant now) {
  area_.jobs()[static_cast<std::size_t>(id)].never_ran = true;
  remove(id, report::Outcome::done, now);
}

LiveJob* LiveJobs::find(policy::JobId id) {
  const auto found = std::ranges::find(jobs_, id, &LiveJob::id);
  return found == jobs_.end() ? nullptr : &*found;
}

LiveJob* LiveJobs::owner_of(const proc::Identity& process) {
  const auto found =
      std::ranges::find_if(jobs_, [&](const LiveJob& job) { return std::ranges::count(job.processes, process) > 0; });
  return found == jobs_.end() ? nullptr : &*found;
}

Kinship LiveJobs::kin_of(pid_t pid, pid_t top) {
  LiveJob* job = nullptr;
  const auto found = proc::first_upward(pid, top, [&](const proc::Stat& process) {
    job = owner_of({process.pid, process.start_ticks});
    return job != nullptr;
  });
  return {job, found && found->pid == pid};
}

policy::FamilyId LiveJobs::new_family() { return policy::FamilyId{next_family_++}; }

void LiveJobs::measure(Instant now) {
  for (LiveJob& job : jobs_) {
    // Before its exec a waiting job is still its parent's image.
    if (job.record->phase == JobPhase::waiting) continue;
    if (job.stopped() && now - job.looked_at < kStoppedInterval) continue;
    job.looked_at = now;
    measure_job(job, now);
  }
}

std::optional<Duration> LiveJobs::measure_young(Instant now) {
  std::optional<Duration> next;
  for (LiveJob& job : jobs_) {
    if (job.record->phase != JobPhase::running) continue;
    const Duration interval = look_interval(*job.record, now);
    if (interval > kFurthestLooks) continue;
    if (now - job.looked_at >= interval) {
      job.looked_at = now;
      measure_job(job, now);
    }
    const Duration due = job.looked_at + interval - now;
    next = std::min(next.value_or(due), due);
  }
  return next;
}

}  // namespace memguard::supervisor

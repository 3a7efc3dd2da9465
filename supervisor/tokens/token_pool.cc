#include "supervisor/tokens/token_pool.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>

#include <fmt/format.h>

#include "base/io.h"
#include "supervisor/intake/job_scan.h"

namespace memguard::supervisor {
namespace {

// Reading the names of a dozen threads takes a tenth of a millisecond.
constexpr Duration kNoteInterval = std::chrono::milliseconds(500);

bool was_killed(report::Outcome outcome) {
  return outcome != report::Outcome::done && outcome != report::Outcome::running;
}

/// The inode of the pipe that a process has under a descriptor; 0 when there is none.
ino_t pipe_at(pid_t pid, int descriptor) {
  struct stat info {};
  const bool there = ::stat(fmt::format("/proc/{}/fd/{}", pid, descriptor).c_str(), &info) == 0;
  return there && S_ISFIFO(info.st_mode) ? info.st_ino : 0;
}

// The topmost of those from `pid` up that have it: all others inherited it.
std::optional<proc::Stat> maker_of(pid_t pid, pid_t front, const JobserverEnds& ends) {
  const ino_t pipe = pipe_at(pid, ends.take);
  auto maker = proc::read_stat(pid);
  if (pipe == 0 || !maker) return std::nullopt;
  while (maker->parent != front && maker->parent > 1 && pipe_at(maker->parent, ends.take) == pipe) {
    maker = proc::read_stat(maker->parent);
    if (!maker) return std::nullopt;
  }
  return *maker;
}

bool is_cargo_with_its_own(pid_t pid) {
  const auto name = read_at(AT_FDCWD, fmt::format("/proc/{}/comm", pid));
  return name && *name == "cargo\n" && !inherits_jobserver(environment_of(pid));
}

}  // namespace

TokenPool::TokenPool(SharedArea& area, const LiveJobs& jobs, pid_t front, int processors)
    : area_(area), jobs_(jobs), front_(front), processors_(processors) {
  for (JobserverRecord& record : area_.jobservers) {
    if (record.number == 0 || !proc::alive(record.cargo)) continue;
    if (auto server = Jobserver::open(record.cargo.pid, record.ends))
      open_.emplace(record.number, Open{&record, std::move(*server)});
  }
}

void TokenPool::arrived(const LiveJob& job, const JobserverEnds& ends) {
  if (!ends.any()) return;
  const auto maker = maker_of(job.record->process.pid, front_, ends);
  if (!maker || !is_cargo_with_its_own(maker->pid)) return;
  JobserverRecord* record = record_of({maker->pid, maker->start_ticks}, ends);
  if (record == nullptr) return;
  job.record->jobserver = record->number;
  count_jobs(*record);
}

JobserverRecord* TokenPool::record_of(const proc::Identity& cargo, const JobserverEnds& ends) {
  for (const auto& [number, open] : open_) {
    if (open.record->cargo == cargo && open.record->ends == ends) return open.record;
  }
  const auto free = std::ranges::find_if(
      area_.jobservers, [](const JobserverRecord& record) { return record.number == 0 || !proc::alive(record.cargo); });
  auto server = Jobserver::open(cargo.pid, ends);
  if (!server || free == area_.jobservers.end()) return nullptr;
  open_.erase(free->number);
  free->number = 0;
  free->cargo = cargo;
  free->ends = ends;
  free->most_jobs = 0;
  free->lent = 0;
  free->number = ++area_.jobservers_seen;
  open_.emplace(free->number, Open{&*free, std::move(*server)});
  return &*free;
}

// How many jobs that cargo may run at once, as far as it was seen to. What is free is read first: a job that ends
// meanwhile is then counted nowhere rather than twice.
void TokenPool::count_jobs(JobserverRecord& record) const {
  int jobs = open_.at(record.number).server.free_tokens() - record.lent;
  for (const LiveJob& job : jobs_.all()) {
    const bool first_of_family = job.record->above < 0;
    if (job.record->jobserver == record.number && first_of_family && proc::alive(job.record->process)) ++jobs;
  }
  record.most_jobs = std::max(record.most_jobs, jobs);
}

void TokenPool::sampled(Instant now) {
  std::erase_if(open_, [](const auto& entry) { return !proc::alive(entry.second.record->cargo); });
  const auto holds = [this](const auto& entry) { return held_by_stopped(entry.first) > 0; };
  if (now - noted_at_ < kNoteInterval || std::ranges::none_of(open_, holds)) return;
  noted_at_ = now;
  note();
}

std::optional<policy::Tokens> TokenPool::look() const {
  if (open_.empty()) return std::nullopt;
  policy::Tokens all;
  for (const auto& [number, open] : open_) {
    all.free += open.server.free_tokens();
    all.more += more_of(*open.record);
  }
  return all;
}

int TokenPool::more_of(const JobserverRecord& record) const {
  const int borrowed = record.most_jobs >= processors_ ? held_by_stopped(record.number) : 0;
  return borrowed - record.lent;
}

void TokenPool::spare(int tokens) {
  int missing = tokens;
  for (const auto& [number, open] : open_) missing -= open.server.free_tokens();
  for (const auto& [number, open] : open_) {
    JobserverRecord& record = *open.record;
    if (missing > 0) {
      const int given = std::clamp(more_of(record), 0, missing);
      open.server.give(given);
      record.lent += given;
      missing -= given;
    } else if (missing < 0) {
      const int taken = open.server.take(-missing);
      record.lent -= taken;
      missing += taken;
    }
  }
}

int TokenPool::held_by_stopped(std::uint32_t jobserver) const {
  std::map<policy::FamilyId, std::pair<bool, int>> families;
  for (const LiveJob& job : jobs_.all()) {
    auto& [runs, tokens] = families[job.family()];
    // A rustc that waits for its held linker runs in name only, but the processor is the linker's. One that has just
    // arrived may be let go at once.
    runs = job.record->phase == JobPhase::running || job.record->phase == JobPhase::waiting;
    if (job.record->jobserver == jobserver && job.record->above < 0) ++tokens;
    tokens += job.record->jobserver == jobserver ? job.record->tokens : 0;
  }
  int held = 0;
  for (const auto& [family, of] : families) held += of.first ? 0 : of.second;
  return held;
}

void TokenPool::note() {
  for (const LiveJob& job : jobs_.all()) {
    if (job.record->jobserver != 0 && job.record->phase == JobPhase::running && job.started()) {
      job.record->tokens = tokens_held_by(job.processes.front().pid);
    }
  }
}

void TokenPool::ended(const JobRecord& job) const {
  const auto open = open_.find(job.jobserver);
  if (open != open_.end() && was_killed(job.outcome)) open->second.server.give(job.tokens);
}

void give_all_tokens(SharedArea& area) {
  for (JobserverRecord& record : area.jobservers) {
    if (record.number == 0 || record.lent >= 0 || !proc::alive(record.cargo)) continue;
    const auto server = Jobserver::open(record.cargo.pid, record.ends);
    if (!server) continue;
    server->give(-record.lent);
    record.lent = 0;
  }
}

}  // namespace memguard::supervisor

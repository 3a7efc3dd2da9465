#include "supervisor/intake/process_look.h"

#include <algorithm>
#include <functional>
#include <unordered_set>
#include <utility>

namespace memguard::supervisor {
namespace {

using namespace units;

constexpr double kWorthOfLimit = 1.0 / 64;
constexpr Bytes kLeastWorth = 16_MiB;
constexpr Bytes kMostWorth = 64_MiB;

// Of one processor: with 500 processes a look takes 4 ms.
constexpr double kCostShare = 0.002;
// The same while memory grows that no job has. A program of a second would be over before the small share pays a look,
// and the growth itself bounds how often that is.
constexpr double kCostShareInGrowth = 0.02;
// Looks are paid later that growth made necessary now. So much can be owed, or the price of one look: the next then
// comes within a second. What new processes cost but once adds no debt beyond that. Of 500 that start at once it is 30
// ms, for which nobody would look for 15 s.
constexpr Duration kMostDebt = std::chrono::milliseconds(2);
// For growth that nothing else shows. In tiers freezer and signal only MemAvailable tells of it, which misses up to 100
// MiB from a processor's own free pages (mm/page_alloc.c, struct per_cpu_pages).
constexpr Duration kSeldom = std::chrono::milliseconds(250);
constexpr Duration kOften = std::chrono::milliseconds(40);

// What moves less is read as it was: finding out what a fork still shares takes ten times as long as a look.
constexpr Bytes kMoves = 1_MiB;
// Besides shared memory this has the files that are mapped, which come and go.
constexpr Bytes kMovesShared = 8_MiB;
// And what has no more is believed to share nothing.
constexpr Bytes kSmall = 512_KiB;

bool has_moved(const proc::Resident& from, const proc::Resident& to) {
  const auto apart = [](Bytes a, Bytes b) { return std::max(a - b, b - a); };
  return apart(from.anonymous, to.anonymous) > kMoves || apart(from.shared, to.shared) > kMovesShared;
}

}  // namespace

Bytes worth_managing(Bytes limit) { return std::clamp(kWorthOfLimit * limit, kLeastWorth, kMostWorth); }

Bytes shared_memory(pid_t pid) {
  const auto status = proc::read_status(pid);
  return status ? std::max(status->unreclaimable - proc::unshared_memory(pid), Bytes{}) : Bytes{};
}

bool ProcessLook::may_be_due(Instant now) const { return !looked_at_ || now - *looked_at_ >= kOften; }

bool ProcessLook::due(Instant now, Bytes overhead) {
  if (!looked_at_) return true;
  least_overhead_ = std::min(least_overhead_, overhead);
  const Duration since = now - *looked_at_;
  const bool grows = growing_ || overhead - least_overhead_ > 0.5 * worth_;
  const double share = grows ? kCostShareInGrowth : kCostShare;
  if (credit_ + std::chrono::duration_cast<Duration>(share * since) < Duration::zero()) return false;
  return since >= (grows ? kOften : kSeldom);
}

void ProcessLook::look(Instant now, Bytes overhead) {
  const Duration cpu_before = cpu_time_();
  if (looked_at_) credit_ += std::chrono::duration_cast<Duration>(kCostShare * (now - *looked_at_));
  credit_ = std::min(credit_, kMostCredit);
  looked_at_ = now;
  least_overhead_ = overhead;
  ++looks_;
  std::unordered_set<pid_t> of_jobs;
  for (const LiveJob& job : jobs_.all()) {
    for (const auto& process : job.processes) of_jobs.insert(process.pid);
  }
  all_ = processes_();
  large_.clear();
  largest_ = {};
  others_ = {};
  growing_ = false;
  first_time_ = {};
  for (const pid_t pid : all_) {
    if (!of_jobs.contains(pid)) read(pid);
  }
  std::erase_if(seen_, [this](const auto& entry) { return entry.second.look != looks_; });
  std::ranges::sort(large_, std::greater{}, [this](pid_t pid) { return seen_.at(pid).own; });
  const Duration cost = cpu_time_() - cpu_before - first_time_;
  credit_ = std::max(credit_ - cost - first_time_, -std::max(cost, kMostDebt));
}

void ProcessLook::becomes_job(pid_t pid) {
  const auto seen = seen_.find(pid);
  if (seen == seen_.end()) return;
  others_ -= seen->second.own;
  if (largest_.pid == pid) largest_ = {};
  seen_.erase(seen);
}

void ProcessLook::measure(pid_t pid, Seen& seen) {
  const bool again = std::exchange(seen.measured, true);
  const Duration cpu_before = again ? Duration{} : cpu_time_();
  seen.own = proc::unshared_memory(pid);
  seen.resident_then = seen.resident;
  if (!again) first_time_ += cpu_time_() - cpu_before;
}

void ProcessLook::read(pid_t pid) {
  const auto resident = proc::read_resident(pid);
  if (!resident) return;
  Seen& seen = seen_[pid];
  const bool known = seen.look != 0;
  seen.look = looks_;
  growing_ = growing_ || (known && resident->anonymous - seen.resident.anonymous > kMoves);
  seen.resident = *resident;
  if (resident->anonymous < kSmall && resident->shared < kMovesShared) {
    seen.own = resident->anonymous;
  } else if (!seen.measured || has_moved(seen.resident_then, *resident)) {
    measure(pid, seen);
  }
  others_ += seen.own;
  if (seen.own > largest_.memory) largest_ = {pid, seen.own};
  if (seen.own >= worth_) large_.push_back(pid);
}

}  // namespace memguard::supervisor

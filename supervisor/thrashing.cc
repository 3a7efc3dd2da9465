#include "supervisor/thrashing.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

namespace memguard::supervisor {
namespace {

constexpr Duration kWindow = std::chrono::seconds(5);
// Ours. A healthy build at its limit has up to some hundred refaults a second; one that thrashed had 100,000 from fast
// storage, where it stood still for a sixth of the time, and has a thousand from the slowest disk, where it stands.
constexpr double kManyRefaults = 500;     // a second
constexpr double kMostRefaults = 10'000;  // a second: the processors do little else
constexpr double kStalled = 0.1;
constexpr double kNextToAll = 0.8;
// Several times the largest compiler: a linker whose inputs were dropped reads them once.
constexpr Bytes kReadAgain{std::int64_t{1} << 30U};

std::uint64_t refaults_between(const ThrashingWatch::Seen& from, const ThrashingWatch::Seen& to) {
  return to.refaults - std::min(from.refaults, to.refaults);
}

bool thrashes(const ThrashingWatch::Seen& from, const ThrashingWatch::Seen& to) {
  const double time = seconds(to.at - from.at);
  const auto refaults = static_cast<double>(refaults_between(from, to));
  const bool stands = seconds(to.stalled - from.stalled) >= kStalled * time;
  return refaults >= (stands ? kManyRefaults : kMostRefaults) * time;
}

Bytes size_of_pages(std::uint64_t pages) { return {static_cast<std::int64_t>(pages) * ::sysconf(_SC_PAGESIZE)}; }

// The running job that has next to all memory that jobs have; null when there is none.
const LiveJob* only_one(const LiveJobs& jobs) {
  Bytes all;
  const LiveJob* largest = nullptr;
  for (const LiveJob& job : jobs.all()) {
    all += job.memory;
    if (job.started() && !job.stopped() && (largest == nullptr || job.memory > largest->memory)) largest = &job;
  }
  return largest != nullptr && largest->memory >= kNextToAll * all ? largest : nullptr;
}

}  // namespace

std::optional<ThrashingWatch::Thrashing> ThrashingWatch::now() const {
  return now_ && now_->read_again >= kReadAgain ? now_ : std::nullopt;
}

void ThrashingWatch::look(const Seen& seen, const LiveJobs& jobs) {
  if (!base_) base_ = seen;
  if (seen.at - base_->at < kWindow) return;
  const Seen from = std::exchange(*base_, seen);
  const LiveJob* job = thrashes(from, seen) ? only_one(jobs) : nullptr;
  if (job == nullptr) return now_.reset();
  if (!now_ || now_->job != job->id) now_ = Thrashing{job->id, from.at};
  now_->read_again += size_of_pages(refaults_between(from, seen));
  if (now()) note(seen.at - now_->since);
}

void ThrashingWatch::note(Duration lasted) {
  if (lasted.count() <= area_.thrashing.lasted_ns) return;
  area_.thrashing.job = static_cast<std::uint32_t>(now_->job);
  area_.thrashing.lasted_ns = lasted.count();
}

}  // namespace memguard::supervisor

#include "supervisor/memory/thrashing.h"

#include <algorithm>
#include <map>
#include <utility>

namespace memguard::supervisor {
namespace {

constexpr Duration kWindow = std::chrono::seconds(5);
constexpr Duration kWorthTelling = std::chrono::seconds(10);
// Ours, all of them. A healthy build at its limit reads up to some hundred pages a second again. A g++ that thrashed
// read 100,000 from fast storage, and stood still for a sixth of the time. The slowest disk gives a thousand.
constexpr Bytes kMuch{std::int64_t{2} << 20U};   // a second
constexpr Bytes kMost{std::int64_t{40} << 20U};  // a second, where PSI shows no standstill
constexpr double kStalled = 0.1;
// What is left of the limit is little beside a compiler's text, of 30 to 200 MiB.
constexpr double kNearLimit = 0.75;
constexpr double kNextToAll = 0.8;
// Several times the largest compiler: a linker whose inputs were dropped reads them once.
constexpr Bytes kReadAgain{std::int64_t{1} << 30U};

Bytes read_between(const ThrashingWatch::Seen& from, const ThrashingWatch::Seen& to) {
  return std::max(to.read_again - from.read_again, Bytes{});
}

bool thrashes(const ThrashingWatch::Seen& from, const ThrashingWatch::Seen& to) {
  const double time = seconds(to.at - from.at);
  const bool stands = seconds(to.stalled - from.stalled) >= kStalled * time;
  return to.used >= kNearLimit * to.limit && read_between(from, to) >= time * (stands ? kMuch : kMost);
}

Bytes memory_of(const LiveJob& job) { return job.memory + job.unmapped; }

// The largest running job of the family that has next to all that is used; null when there is no such family.
const LiveJob* only_one(const LiveJobs& jobs, Bytes used) {
  std::map<policy::FamilyId, Bytes> families;
  const LiveJob* largest = nullptr;
  for (const LiveJob& job : jobs.all()) {
    if (!job.started() || job.stopped()) continue;
    families[job.family()] += memory_of(job);
    if (largest == nullptr || memory_of(job) > memory_of(*largest)) largest = &job;
  }
  return largest != nullptr && families[largest->family()] >= kNextToAll * used ? largest : nullptr;
}

}  // namespace

std::optional<ThrashingWatch::SlowJob> ThrashingWatch::now() const {
  const bool worth_telling = slow_ && slow_->lasted >= kWorthTelling && slow_->read_again >= kReadAgain;
  return worth_telling ? slow_ : std::nullopt;
}

void ThrashingWatch::look(const Seen& seen, const LiveJobs& jobs) {
  if (!base_) base_ = seen;
  if (seen.at - base_->at < kWindow) return;
  const Seen from = std::exchange(*base_, seen);
  const LiveJob* job = thrashes(from, seen) ? only_one(jobs, seen.used) : nullptr;
  if (job == nullptr) return slow_.reset();
  if (!slow_ || slow_->job != job->id) slow_ = SlowJob{.job = job->id, .since = from.at};
  slow_->lasted = seen.at - slow_->since;
  slow_->read_again += read_between(from, seen);
  slow_->has = memory_of(*job);
  slow_->limit = seen.limit;
  if (now()) note();
}

void ThrashingWatch::note() {
  auto& longest = area_.thrashing;
  if (slow_->lasted <= longest.lasted.load()) return;
  longest.job = static_cast<std::uint32_t>(slow_->job);
  longest.limit = slow_->limit;
  longest.lasted = slow_->lasted;
}

}  // namespace memguard::supervisor

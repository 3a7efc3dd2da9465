#include "report/critical_path.h"

#include <algorithm>
#include <unordered_map>

namespace memguard::report {
namespace {

Duration waited_between(const Lane& lane, Duration from, Duration to) {
  Duration sum{};
  for (const Stretch& stretch : lane.stretches) {
    const WaitsFor what = waits_for(stretch);
    if (what != WaitsFor::memory && what != WaitsFor::processor) continue;
    sum += std::max(std::min(stretch.to, to) - std::max(stretch.from, from), Duration{});
  }
  return sum;
}

class Jobs {
 public:
  Jobs(const RunReport& run, const std::vector<Lane>& lanes) : run_(run) {
    for (const Lane& lane : lanes) {
      by_end_.push_back(&lane);
      by_id_[lane.job->id] = &lane;
    }
    std::ranges::stable_sort(by_end_, {}, [&](const Lane* lane) { return end_of(*lane->job, run_); });
  }
  [[nodiscard]] const Lane* last() const { return by_end_.empty() ? nullptr : by_end_.back(); }
  [[nodiscard]] const Lane* starter_of(const JobReport& job) const {
    const auto found = by_id_.find(job.above);
    return found == by_id_.end() || found->second->job->start >= job.start ? nullptr : found->second;
  }
  // The last that had ended by then.
  [[nodiscard]] const Lane* ended_by(Duration time) const {
    const auto after =
        std::ranges::upper_bound(by_end_, time, {}, [&](const Lane* lane) { return end_of(*lane->job, run_); });
    for (auto at = after; at != by_end_.begin();) {
      --at;
      // One that had no time of its own would be its own predecessor.
      if ((*at)->job->start < time) return *at;
    }
    return nullptr;
  }

 private:
  const RunReport& run_;
  std::vector<const Lane*> by_end_;
  std::unordered_map<std::uint32_t, const Lane*> by_id_;
};

}  // namespace

std::vector<Link> critical_path(const RunReport& run, const std::vector<Lane>& lanes) {
  const Jobs jobs(run, lanes);
  std::vector<Link> path;
  const Lane* lane = jobs.last();
  Duration to = lane == nullptr ? Duration{} : end_of(*lane->job, run);
  // Each step goes back in time, so it ends.
  while (lane != nullptr) {
    const JobReport& job = *lane->job;
    path.push_back({&job, job.start, to, waited_between(*lane, job.start, to)});
    const Lane* starter = jobs.starter_of(job);
    lane = starter != nullptr ? starter : jobs.ended_by(job.start);
    to = starter != nullptr || lane == nullptr ? job.start : end_of(*lane->job, run);
  }
  std::ranges::reverse(path);
  return path;
}

}  // namespace memguard::report

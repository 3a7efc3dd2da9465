#include "report/lanes.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <unordered_map>

#include "policy/causes.h"

namespace memguard::report {
namespace {

void add(Lane& lane, Duration from, Duration to, State state, const Change* why) {
  if (to > from) lane.stretches.push_back({from, to, state, why});
}

// The sums say how long, not when: it is held first.
Lane guess(const JobReport& job, Duration end) {
  Lane lane{.job = &job, .stretches = {}, .guessed = true};
  const Duration held = std::min(job.start + job.held, end);
  const Duration frozen = std::min(held + job.frozen, end);
  add(lane, job.start, held, State::held, nullptr);
  add(lane, held, frozen, State::frozen, nullptr);
  add(lane, frozen, end, State::runs, nullptr);
  return lane;
}

Lane lane_of(const JobReport& job, Duration end, const std::vector<const Change*>& changes) {
  Lane lane{.job = &job, .stretches = {}};
  Duration from = job.start;
  State state = State::arrived;
  const Change* why = nullptr;
  for (const Change* change : changes) {
    const Duration at = std::clamp(change->at, from, std::max(from, end));
    add(lane, from, at, state, why);
    from = at;
    state = change->state;
    why = change;
  }
  add(lane, from, end, state, why);
  return lane;
}

// Each moment counts once.
template <class Counts>
Duration time_in_which(const std::vector<Lane>& lanes, Counts counts) {
  std::vector<std::pair<Duration, Duration>> times;
  for (const Lane& lane : lanes) {
    for (const Stretch& stretch : lane.stretches) {
      if (counts(waits_for(stretch))) times.emplace_back(stretch.from, stretch.to);
    }
  }
  std::ranges::sort(times);
  Duration sum{};
  Duration until{};
  for (const auto& [from, to] : times) {
    sum += std::max(to - std::max(from, until), Duration{});
    until = std::max(until, to);
  }
  return sum;
}

}  // namespace

Duration end_of(const JobReport& job, const RunReport& run) {
  return std::max(job.start, job.outcome == Outcome::running ? run.wall : std::min(job.end, run.wall));
}

std::vector<Lane> lanes_of(const RunReport& run) {
  std::unordered_map<std::uint32_t, std::vector<const Change*>> changes;
  for (const Change& change : run.timeline.changes) changes[change.job].push_back(&change);
  std::vector<Lane> lanes;
  for (const JobReport& job : run.jobs) {
    const auto found = changes.find(job.id);
    const Duration end = end_of(job, run);
    lanes.push_back(found == changes.end() ? guess(job, end) : lane_of(job, end, found->second));
  }
  return lanes;
}

std::vector<std::size_t> slots_of(const RunReport& run, const std::vector<Lane>& lanes) {
  std::vector<std::size_t> by_start(lanes.size());
  std::iota(by_start.begin(), by_start.end(), std::size_t{0});
  std::ranges::stable_sort(by_start, {}, [&](std::size_t lane) { return lanes[lane].job->start; });
  std::set<std::size_t> free;
  std::multimap<Duration, std::size_t> taken;
  std::vector<std::size_t> slots(lanes.size());
  for (const std::size_t lane : by_start) {
    while (!taken.empty() && taken.begin()->first <= lanes[lane].job->start) {
      free.insert(taken.begin()->second);
      taken.erase(taken.begin());
    }
    const std::size_t slot = free.empty() ? taken.size() : *free.begin();
    free.erase(slot);
    slots[lane] = slot;
    taken.emplace(end_of(*lanes[lane].job, run), slot);
  }
  return slots;
}

double stalled(const Sample& before, const Sample& after) {
  const double time = seconds(after.at - before.at);
  return time <= 0 ? 0 : std::clamp(seconds(after.full - before.full) / time, 0.0, 1.0);
}

WaitsFor waits_for(const Stretch& stretch) {
  if (stretch.state != State::held && stretch.state != State::frozen) return WaitsFor::nothing;
  if (stretch.why == nullptr) return WaitsFor::memory;
  const policy::CauseWords* known = policy::cause_called(stretch.why->cause);
  if (known == nullptr) return WaitsFor::memory;
  switch (known->cause) {
    case policy::Cause::group_full:
    case policy::Cause::asked:
      return WaitsFor::leave;
    case policy::Cause::processors_busy:
      return WaitsFor::processor;
    default:
      return WaitsFor::memory;
  }
}

Duration time_with_jobs(const std::vector<Lane>& lanes) {
  return time_in_which(lanes, [](WaitsFor) { return true; });
}

Duration time_limited(const std::vector<Lane>& lanes) {
  return time_in_which(lanes, [](WaitsFor what) { return what == WaitsFor::memory; });
}

Duration time_for_processor(const std::vector<Lane>& lanes) {
  const Duration either =
      time_in_which(lanes, [](WaitsFor what) { return what == WaitsFor::memory || what == WaitsFor::processor; });
  return either - time_limited(lanes);
}

}  // namespace memguard::report

#include "policy/view.h"

#include <algorithm>
#include <utility>

namespace memguard::policy {
namespace {

void count(Counts& counts, const Job& job, int by) {
  if (job.state == JobState::waiting) counts.held += by;
  if (job.state == JobState::frozen && !job.waits_for_child) counts.frozen += by;
  if (job.state == JobState::running && !job.waits_for_child) counts.running += by;
}

void add(Family& family, const Job& job) {
  family.to_finish += job.to_finish();
  family.restartable = family.restartable && job.restartable;
  family.restarts = std::max(family.restarts, job.restarts);
  family.oom_kills = std::max(family.oom_kills, job.oom_kills);
  if (job.state == JobState::waiting) return;
  family.active = true;
  family.memory += job.memory;
  family.swappable += std::max(job.memory - job.unswappable, Bytes{});
  family.cpu += job.cpu_so_far;
  if (job.state == JobState::frozen) {
    family.frozen = true;
    return;
  }
  family.runs = family.runs || !job.waits_for_child;
  family.need += job.need();
  if (!job.waits_for_child) family.ahead += job.ahead;
}

}  // namespace

Need Job::need() const {
  if (waits_for_child) return {};
  const double growth = std::max(to_reach(peak) - swapped, Bytes{}).real();
  return {.back = swapped,
          .growth = Bytes::of(growth),
          .known = known ? Bytes::of(growth) : Bytes{},
          .known_squares = known ? growth * growth : 0};
}

std::span<Job> View::members(const Family& family) { return std::span(jobs).subspan(family.first, family.count); }

std::span<const Job> View::members(const Family& family) const {
  return std::span(jobs).subspan(family.first, family.count);
}

Family& View::family_of(const Job& job) { return *std::ranges::lower_bound(families, job.family, {}, &Family::id); }

const Family* View::oldest_active() const {
  const auto found = std::ranges::find_if(families, &Family::active);
  return found == families.end() ? nullptr : &*found;
}

Need View::stopped(const Family& family) const {
  Need sum;
  for (const Job& job : members(family)) {
    if (job.state == JobState::frozen) sum += job.need();
  }
  return sum;
}

void View::sum_up(Family& family) const {
  family = {.id = family.id, .first = family.first, .count = family.count};
  for (const Job& job : members(family)) add(family, job);
  const Bytes alone = budget - overhead - family.memory;
  family.to_finish = std::clamp(family.to_finish, Bytes{}, std::max(alone, Bytes{}));
}

void View::set(Job& job, JobState state) {
  count(counts, job, -1);
  job.state = state;
  count(counts, job, +1);
}

void View::move(Family& family, JobState from, JobState to) {
  for (Job& job : members(family)) {
    if (job.state == from) set(job, to);
  }
  sum_up(family);
}

void View::remove(const Family& family) {
  const std::size_t index = static_cast<std::size_t>(&family - families.data());
  const auto [first, size] = std::pair(static_cast<std::ptrdiff_t>(family.first), family.count);
  for (const Job& job : members(family)) count(counts, job, -1);
  used -= family.memory;
  leaving = true;
  jobs.erase(jobs.begin() + first, jobs.begin() + first + static_cast<std::ptrdiff_t>(size));
  families.erase(families.begin() + static_cast<std::ptrdiff_t>(index));
  for (std::size_t i = index; i < families.size(); ++i) families[i].first -= size;
}

int View::in_group(GroupId group, bool frozen_too) const {
  const auto belongs = [&](const Job& job) {
    const bool has_memory = job.state == JobState::running || (frozen_too && job.state == JobState::frozen);
    return has_memory && job.group && job.group->id == group;
  };
  return static_cast<int>(std::ranges::count_if(jobs, belongs));
}

Need View::need() const {
  Need sum;
  for (const Family& family : families) sum += family.need;
  return sum;
}

// One pass: ten thousand jobs do not fit into a processor's cache.
void make_families(View& view) {
  view.families.clear();
  view.families.reserve(view.jobs.size());
  for (std::size_t first = 0, next = 0; first < view.jobs.size(); first = next) {
    const FamilyId id = view.jobs[first].family;
    while (next < view.jobs.size() && view.jobs[next].family == id) ++next;
    Family& family = view.families.emplace_back(Family{.id = id, .first = first, .count = next - first});
    Job& parent = view.jobs[first];
    parent.waits_for_child = family.count > 1 && parent.state != JobState::waiting;
    view.sum_up(family);
    for (const Job& job : view.members(family)) count(view.counts, job, +1);
  }
}

}  // namespace memguard::policy

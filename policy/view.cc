#include "policy/view.h"

#include <algorithm>
#include <compare>
#include <tuple>
#include <utility>

namespace memguard::policy {
namespace {

void count(Counts& counts, const Job& job, int by) {
  if (job.state == JobState::waiting) counts.held += by;
  if (job.state == JobState::frozen && !job.waits()) counts.frozen += by;
  if (job.state == JobState::running && !job.waits()) counts.running += by;
}

void add(Chain& chain, const Job& job) {
  chain.to_finish += job.to_finish();
  chain.kept = chain.kept || job.wish == Wish::stop;
  chain.restartable = chain.restartable && job.restartable;
  chain.restarts = std::max(chain.restarts, job.restarts);
  chain.oom_kills = std::max(chain.oom_kills, job.oom_kills);
  if (job.state == JobState::waiting) {
    chain.holds = true;
    chain.starter_memory += job.starter_memory;
    return;
  }
  chain.active = true;
  chain.lent = chain.lent || job.lent;
  chain.memory += job.memory;
  chain.swappable += std::max(job.memory - job.unswappable, Bytes{});
  chain.cpu += job.cpu_so_far;
  if (job.state == JobState::frozen) {
    chain.frozen = true;
    return;
  }
  chain.runs = chain.runs || !job.waits();
  chain.need += job.need();
  if (!job.waits()) chain.ahead += job.ahead;
}

/// A job that has one above it, by their places in their family.
struct Child {
  std::size_t above = 0;
  bool waits = false;
  std::size_t place = 0;

  auto operator<=>(const Child&) const = default;
};

/// The place of the job that started number `place`; its own when that is no longer there. Numbers are given in order
/// of arrival, so it comes before.
std::size_t place_above(std::span<const Job> family, std::size_t place) {
  const auto& above = family[place].above;
  if (!above) return 0;
  const auto before = family.first(place);
  const auto found = std::ranges::lower_bound(before, *above, {}, &Job::id);
  return found != before.end() && found->id == *above ? static_cast<std::size_t>(found - before.begin()) : place;
}

/// Those that have a job above them, the children of one job together, those with memory first.
std::vector<Child> children_in(std::span<const Job> family) {
  std::vector<Child> children;
  for (std::size_t place = 1; place < family.size(); ++place) {
    const std::size_t above = place_above(family, place);
    if (above != place) children.push_back({above, family[place].state == JobState::waiting, place});
  }
  std::ranges::sort(children);
  return children;
}

/// In the order of `children` a job is linked before those that it started.
void link_family(std::span<Job> family, int children_of_chain) {
  for (Job& job : family) job.chain = job.id;
  int rank = 0;
  std::optional<std::size_t> last_above;
  for (const Child& child : children_in(family)) {
    rank = last_above == child.above ? rank + 1 : 0;
    last_above = child.above;
    Job& above = family[child.above];
    Job& job = family[child.place];
    above.has_child = true;
    above.waits_for_child = above.state != JobState::waiting;
    const Bytes own = above.state == JobState::waiting ? Bytes{} : above.memory;
    job.above_memory = above.above_memory + own;
    job.below_frozen = above.below_frozen || above.state == JobState::frozen;
    if (rank < children_of_chain) job.chain = above.chain;
  }
}

bool in_order(const Job& a, const Job& b) {
  return std::tie(a.family, a.chain, a.id) < std::tie(b.family, b.chain, b.id);
}

}  // namespace

bool link_jobs(std::span<Job> jobs, int children_of_chain) {
  for (std::size_t first = 0, next = 0; first < jobs.size(); first = next) {
    while (next < jobs.size() && jobs[next].family == jobs[first].family) ++next;
    link_family(jobs.subspan(first, next - first), children_of_chain);
  }
  return !std::ranges::is_sorted(jobs, in_order);
}

Need Job::need() const {
  if (waits()) return {};
  const double growth = std::max(to_reach(peak) - swapped, Bytes{}).real();
  return {.back = swapped,
          .growth = Bytes::of(growth),
          .known = known ? Bytes::of(growth) : Bytes{},
          .known_squares = known ? growth * growth : 0};
}

std::span<Job> View::members(const Chain& chain) { return std::span(jobs).subspan(chain.first, chain.count); }

std::span<const Job> View::members(const Chain& chain) const {
  return std::span(jobs).subspan(chain.first, chain.count);
}

Chain& View::chain_of(const Job& job) {
  const auto key = [](const Chain& chain) { return std::pair(chain.family, chain.id); };
  return *std::ranges::lower_bound(chains, std::pair(job.family, job.chain), {}, key);
}

const Chain* View::oldest_active() const {
  const auto found = std::ranges::find_if(chains, [](const Chain& chain) { return chain.active && !chain.idle(); });
  return found == chains.end() ? nullptr : &*found;
}

std::vector<Whole> View::wholes() const {
  std::vector<Whole> all;
  for (const Chain& chain : chains) {
    if (all.empty() || all.back().id != chain.family) all.push_back({.id = chain.family});
    Whole& whole = all.back();
    whole.active = whole.active || chain.active;
    whole.frozen = whole.frozen || chain.frozen;
    whole.restartable = whole.restartable && chain.restartable;
    whole.restarts = std::max(whole.restarts, chain.restarts);
    whole.memory += chain.memory + chain.starter_memory;
    whole.cpu += chain.cpu;
  }
  return all;
}

const Chain* View::oldest() const {
  const auto found = std::ranges::find_if(chains, [](const Chain& chain) { return !chain.idle(); });
  return found == chains.end() ? nullptr : &*found;
}

bool View::below_frozen(const Job& job) const {
  if (!job.above) return false;
  const auto first = std::ranges::lower_bound(jobs, job.family, {}, &Job::family);
  const auto last = std::find_if(first, jobs.end(), [&](const Job& other) { return other.family != job.family; });
  for (auto above = job.above; above;) {
    const auto found = std::find_if(first, last, [&](const Job& other) { return other.id == *above; });
    if (found == last) return false;
    if (found->state == JobState::frozen) return true;
    above = found->id < job.id ? found->above : std::nullopt;
  }
  return false;
}

Need View::stopped(const Chain& chain) const {
  Need sum;
  for (const Job& job : members(chain)) {
    if (job.state == JobState::frozen) sum += job.need();
  }
  return sum;
}

void View::sum_up(Chain& chain) const {
  chain = {.id = chain.id, .family = chain.family, .first = chain.first, .count = chain.count};
  chain.above_memory = jobs[chain.first].above_memory;
  for (const Job& job : members(chain)) add(chain, job);
  const Bytes alone = budget - overhead - chain.above_memory - chain.memory;
  chain.to_finish = std::clamp(chain.to_finish, Bytes{}, std::max(alone, Bytes{}));
}

void View::set(Job& job, JobState state) {
  count(counts, job, -1);
  job.state = state;
  count(counts, job, +1);
}

void View::move(Chain& chain, JobState from, JobState to) {
  for (Job& job : members(chain)) {
    if (job.state == from) set(job, to);
  }
  sum_up(chain);
}

void View::remove(FamilyId family) {
  const auto first = std::ranges::find(chains, family, &Chain::family);
  const auto last = std::find_if(first, chains.end(), [family](const Chain& chain) { return chain.family != family; });
  for (auto chain = first; chain != last; ++chain) {
    used -= chain->memory + chain->starter_memory;
    overhead -= chain->starter_memory;
  }
  leaving = true;
  const auto from = std::ranges::lower_bound(jobs, family, {}, &Job::family);
  const auto to = std::ranges::upper_bound(jobs, family, {}, &Job::family);
  for (auto job = from; job != to; ++job) count(counts, *job, -1);
  const auto size = static_cast<std::size_t>(to - from);
  for (auto chain = last; chain != chains.end(); ++chain) chain->first -= size;
  jobs.erase(from, to);
  chains.erase(first, last);
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
  for (const Chain& chain : chains) sum += chain.need;
  return sum;
}

// One pass: ten thousand jobs do not fit into a processor's cache.
void make_chains(View& view) {
  view.chains.clear();
  view.chains.reserve(view.jobs.size());
  for (std::size_t first = 0, next = 0; first < view.jobs.size(); first = next) {
    const Job& head = view.jobs[first];
    while (next < view.jobs.size() && view.jobs[next].chain == head.chain) ++next;
    Chain& chain =
        view.chains.emplace_back(Chain{.id = head.chain, .family = head.family, .first = first, .count = next - first});
    view.sum_up(chain);
    for (const Job& job : view.members(chain)) count(view.counts, job, +1);
  }
}

}  // namespace memguard::policy

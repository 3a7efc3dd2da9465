#include "supervisor/memory/swap_space.h"

#include <algorithm>
#include <utility>

#include "cgroup/leaf.h"
#include "proc/machine.h"

namespace memguard::supervisor {
namespace {

// A stopped job is read as often.
constexpr Duration kInterval = std::chrono::milliseconds(250);

Bytes left_for(const cgroup::Group& build) {
  const auto machine = proc::read_meminfo();
  if (!machine || machine->swap_free <= Bytes{}) return {};
  return std::min(machine->swap_free, cgroup::swap_left(build.path()));
}

}  // namespace

SwapSpace::SwapSpace(const cgroup::Home& home, Left left)
    : home_(home),
      left_(left ? std::move(left) : [&home] { return left_for(*home.build); }),
      can_reclaim_(home.can().memory && home.build->can_reclaim()) {}

void SwapSpace::read(const LiveJobs& jobs, Instant now) {
  if (!can_reclaim_ || (read_at_ && now - *read_at_ < kInterval)) return;
  read_at_ = now;
  room_ = left_();
  charged_.clear();
  for (const LiveJob& job : jobs.all()) {
    const int leaf = job.record->leaf;
    if (leaf < 0 || !usable() || charged_.contains(leaf)) continue;
    const auto group = cgroup::open_leaf(*home_.build, leaf);
    const auto stat = group ? group->memory_stat() : Result<cgroup::MemoryStat>(cgroup::MemoryStat{});
    charged_[leaf] = stat ? stat->anon + stat->shmem : Bytes{};
  }
}

void SwapSpace::complete(policy::JobSeen& seen, const LiveJob& job) {
  seen.swapped = job.swapped;
  if (!usable()) return;
  const auto leaf = charged_.find(job.record->leaf);
  const Bytes own = leaf == charged_.end() ? Bytes{} : std::min(leaf->second, seen.memory);
  seen.unswappable = seen.memory - own;
}

}  // namespace memguard::supervisor

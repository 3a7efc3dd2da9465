#include "supervisor/stop/reclaimer.h"

#include <algorithm>

#include "base/clock.h"
#include "cgroup/leaf.h"

namespace memguard::supervisor {
namespace {

// 30 ms of zram, a tenth of a second of a disk: so long a family that is thawed still loses memory.
constexpr Bytes kSlice{16LL << 20U};

}  // namespace

std::set<int> Reclaimer::leaves_of(policy::FamilyId family) const {
  std::set<int> leaves;
  for (const LiveJob& job : jobs_.all()) {
    if (job.family() == family && job.record->phase == JobPhase::frozen && !job.exempt) leaves.insert(job.record->leaf);
  }
  leaves.erase(-1);
  return leaves;
}

void Reclaimer::reclaim(policy::FamilyId family, Bytes amount) {
  if (busy_) return;
  const auto leaves = leaves_of(family);
  if (leaves.empty()) return;
  busy_ = true;
  family_ = family;
  stopped_ = false;
  worker_.post([this, family, leaves, amount]() -> Worker::Completion {
    const Moment began = MonotonicClock::now();
    const Bytes written = write_out(leaves, amount);
    return [this, outcome = Outcome{family, written, MonotonicClock::now() - began}] {
      busy_ = false;
      done_(outcome);
    };
  });
}

void Reclaimer::stop(policy::FamilyId family) {
  if (busy_ && family_ == family) stopped_ = true;
}

Bytes Reclaimer::write_out(const std::set<int>& leaves, Bytes amount) const {
  Bytes written;
  for (const int leaf : leaves) {
    const auto group = cgroup::open_leaf(*home_.build, leaf);
    bool gives = group.has_value();
    while (gives && !stopped_ && written < amount) {
      const Bytes got = group->swap_out(std::min(kSlice, amount - written)).value_or(Bytes{});
      written += got;
      gives = got > Bytes{};
    }
  }
  return written;
}

}  // namespace memguard::supervisor

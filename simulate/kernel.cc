#include "simulate/kernel.h"

#include <algorithm>
#include <utility>

#include "simulate/amounts.h"

namespace memguard::simulate {

const Live* Kernel::victim() const {
  const auto rank = [&](const Live& job) {
    return std::pair(job.memory > 0 && state_.can_restart(job.family), job.memory);
  };
  const auto largest = std::ranges::max_element(state_.live, {}, rank);
  return largest == state_.live.end() || largest->memory <= 0 ? nullptr : &*largest;
}

void Kernel::kill_at_the_limit() {
  while (state_.used() > state_.limit().real()) {
    if (swap_.make_room(state_.live, state_.used() - state_.limit().real(), state_.now)) return;
    const Live* largest = victim();
    if (largest == nullptr) return;
    const auto beside = [&](const Live& job) { return has_memory_beside(state_.tasks, job, *largest); };
    // What does not fit alone never will.
    const bool alone = std::ranges::none_of(state_.live, beside);
    ++state_.out.killed;
    kill(largest->family, Death::out_of_memory, state_.can_restart(largest->family) && !alone);
  }
}

void Kernel::evict(FamilyId family) {
  if (std::ranges::count(state_.live, family, &Live::family) == 0) return;
  ++state_.out.evicted;
  kill(family, Death::evicted, state_.can_restart(family));
}

void Kernel::kill(FamilyId id, Death death, bool comes_back) {
  Family& family = state_.family_of(id);
  ++(death == Death::evicted ? family.evictions : family.oom_kills);
  state_.out.most_restarts_of_one = std::max(state_.out.most_restarts_of_one, family.restarts());
  auto& most = death == Death::evicted ? family.evicted_at : family.killed_at;
  for (std::size_t i = state_.live.size(); i-- > 0;) {
    if (state_.live[i].family != id) continue;
    const Live job = state_.remove(i, false);
    if (job.state == JobState::waiting) continue;
    Bytes& at = most[state_.task_of(job).job_class];
    at = std::max(at, Bytes::of(job.peak));
  }
  state_.out.wasted += rounded(family.cpu);
  family.cpu = 0;
  set_fates(family.root, comes_back ? Fate::not_started : Fate::lost);
  if (comes_back) {
    family.back_at = state_.now + state_.machine.restart_delay;
  } else {
    tool_.close(id);
  }
}

void Kernel::set_fates(std::size_t task, Fate fate) {
  state_.fate[task] = fate;
  for (const std::size_t child : state_.children[task]) set_fates(child, fate);
}

}  // namespace memguard::simulate

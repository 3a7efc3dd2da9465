#include "supervisor/front/recovery.h"

#include <algorithm>
#include <csignal>

namespace memguard::supervisor {
namespace {

void thaw_leaves(const cgroup::Group& build) {
  (void)build.set_memory_high(Bytes::unlimited());
  const auto names = build.dir().children();
  if (!names) return;
  for (const auto& name : *names) {
    if (const auto leaf = build.open(name)) (void)leaf->set_frozen(false);
  }
}

// Whatever its record says, because a dead supervisor may have marked a job that it had not continued yet; and what was
// stopped with it (collect2, a wrapper's real tool) is in no record.
void continue_stopped(SharedArea& area) {
  const auto everyone = proc::all_processes();
  for (const JobRecord& job : area.jobs()) {
    if (job.phase == JobPhase::ended || !proc::alive(job.process)) continue;
    ::kill(job.process.pid, SIGCONT);
    for (const proc::Stat& below : proc::descendants(job.process.pid, everyone)) ::kill(below.pid, SIGCONT);
  }
}

}  // namespace

void thaw_everything(const cgroup::Home& home, SharedArea& area) {
  if (home.can().leaves) {
    thaw_leaves(*home.build);
  } else {
    continue_stopped(area);
  }
}

void answer_everything(SharedArea& area, int listener) {
  for (GateSlot& slot : area.slots) {
    if (slot.state != SlotState::asked && slot.state != SlotState::taken) continue;
    gate::answer_continue(listener, slot.notification.notification.id);
    slot.state = SlotState::empty;
  }
}

}  // namespace memguard::supervisor

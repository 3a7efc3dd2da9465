#include "supervisor/stop/stops.h"

#include <algorithm>

#include "supervisor/stop/stop_target.h"

namespace memguard::supervisor {
namespace {

constexpr Duration kExecPatience = std::chrono::seconds(1);
// Of processor time: an exec takes milliseconds. Of 1,000 rustc started at once on two processors each got a slice in
// more than a second, and 425 whose exec was only slow were taken for failed.
constexpr Duration kExecWork = std::chrono::milliseconds(250);

// It sleeps in its old program, or works in it. One in D reads the new program from a disk, or is throttled; one in R
// may never have had a processor.
bool exec_has_failed(const LiveJob& job, Instant now) {
  if (job.record->phase != JobPhase::running || job.exec != LiveJob::Exec::pending || !job.exec_seen) return false;
  if (now - job.exec_seen->at <= kExecPatience || job.state == 'D') return false;
  return job.state != 'R' || job.record->cpu - job.exec_seen->cpu > kExecWork;
}

// The worker has told what became of the hold.
void held_no_more(LiveJob& job) {
  if (job.exec == LiveJob::Exec::being_held) job.exec = LiveJob::Exec::pending;
  job.exec_seen.reset();
}

}  // namespace

Stops::Stops(Gate gate, bool has_leaves, LiveJobs& jobs, Stopper& stopper, Worker& worker, Processes processes,
             HoldEnded hold_ended)
    : gate_(gate),
      has_leaves_(has_leaves),
      jobs_(jobs),
      stopper_(stopper),
      worker_(worker),
      processes_(std::move(processes)),
      hold_ended_(std::move(hold_ended)) {}

void Stops::adopted() {
  for (const LiveJob& job : jobs_.all()) {
    if (job.record->leaf >= 0) leaves_in_use_.insert(job.record->leaf);
  }
}

void Stops::answer(GateSlot& slot) const {
  gate::answer_continue(gate_.listener, slot.notification.notification.id);
  slot.state = SlotState::empty;
}

void Stops::admit(LiveJob& job, Instant now) {
  const bool held = job.record->phase == JobPhase::held;
  job.record->kept = false;
  enter(*job.record, JobPhase::running, now);
  job.exec_seen.reset();
  if (GateSlot* slot = std::exchange(job.slot, nullptr)) {
    answer(*slot);
  } else if (held) {
    start(job);
  }
  if (born_in_leaf(job)) place(job);
}

void Stops::hold(LiveJob& job, Instant now) {
  if (job.stopped()) return;
  enter(*job.record, JobPhase::held, now);
  if (job.slot == nullptr) return hold_late(job);
  if (!gate_.wait_killable) return;  // left unanswered
  GateSlot* slot = std::exchange(job.slot, nullptr);
  job.exec = LiveJob::Exec::being_held;
  job.record->leaf = take_leaf();
  // It waits in its exec and takes no memory; a freeze that comes meanwhile is for one that does.
  worker_.post_patient([this, slot, id = job.id, leaf = job.record->leaf]() -> Worker::Completion {
    const ExecFacts facts = slot->facts;
    const HoldOutcome outcome = stopper_.hold(facts, slot->notification.notification.id, leaf);
    return [this, slot, facts, id, leaf, outcome] {
      slot->state = SlotState::empty;
      on_hold(facts, id, leaf, outcome);
    };
  });
}

// Its exec is over: it runs since.
void Stops::hold_late(LiveJob& job) {
  job.record->leaf = take_leaf();
  job.record->hold_done = true;
  worker_.post_urgent([this, target = target_of(job, jobs_, processes_())]() -> Worker::Completion {
    (void)stopper_.freeze(target);
    return {};
  });
}

void Stops::on_hold(const ExecFacts& facts, policy::JobId id, int leaf, HoldOutcome outcome) {
  LiveJob* job = jobs_.find(id);
  if (job != nullptr) held_no_more(*job);
  if (outcome != HoldOutcome::under_way) return hold_ended_(id, outcome);
  // Let go meanwhile: whether its exec works is seen as of any other.
  if (job == nullptr || job->record->phase != JobPhase::held) return;
  if (!job->started()) job->exec = LiveJob::Exec::being_held;
  worker_.post_patient([this, facts, id, leaf]() -> Worker::Completion {
    const HoldOutcome now = stopper_.look_again(facts, leaf);
    return [this, facts, id, leaf, now] { on_hold(facts, id, leaf, now); };
  });
}

int Stops::take_leaf() {
  if (!has_leaves_) return -1;
  int leaf = 0;
  while (leaves_in_use_.contains(leaf)) ++leaf;
  leaves_in_use_.insert(leaf);
  return leaf;
}

void Stops::start(LiveJob& job) {
  // By leaf no processes need be known.
  const StopTarget target =
      job.record->leaf >= 0 ? StopTarget{job.record->leaf, {}} : target_of(job, jobs_, processes_());
  worker_.post([this, target]() -> Worker::Completion {
    (void)stopper_.thaw(target);
    return {};
  });
}

void Stops::freeze(const std::vector<policy::JobId>& jobs, Instant now) {
  if (jobs.empty()) return;
  const auto everyone = processes_();
  for (const auto id : jobs) {
    LiveJob* job = jobs_.find(id);
    if (job != nullptr && job->record->phase == JobPhase::running && !job->exempt) freeze(*job, everyone, now);
  }
}

void Stops::freeze_all_of(const policy::Decision& decision, Instant now) {
  std::vector<policy::JobId> jobs;
  for (const auto& action : decision.actions) {
    if (const auto* freeze = std::get_if<policy::Freeze>(&action))
      jobs.insert(jobs.end(), freeze->jobs.begin(), freeze->jobs.end());
  }
  freeze(jobs, now);
}

void Stops::freeze(LiveJob& job, const std::vector<proc::Stat>& everyone, Instant now) {
  if (job.record->leaf < 0) job.record->leaf = take_leaf();
  enter(*job.record, JobPhase::frozen, now);
  worker_.post_urgent([this, target = target_of(job, jobs_, everyone)]() -> Worker::Completion {
    (void)stopper_.freeze(target);
    return {};
  });
}

void Stops::thaw(const std::vector<policy::JobId>& jobs, Instant now) {
  for (const auto id : jobs) {
    LiveJob* job = jobs_.find(id);
    if (job == nullptr || job->record->phase != JobPhase::frozen) continue;
    job->record->kept = false;
    enter(*job->record, JobPhase::running, now);
    // Where the freeze came into its exec, that begins anew; what was read of it is of a stopped one.
    job->exec_seen.reset();
    start(*job);
  }
}

void Stops::place(LiveJob& job) {
  job.record->leaf = take_leaf();
  worker_.post([this, target = StopTarget{job.record->leaf, job.processes}]() -> Worker::Completion {
    (void)stopper_.place(target);
    return {};
  });
}

void Stops::place_running() {
  if (!has_leaves_) return;
  for (LiveJob& job : jobs_.all()) {
    if (job.record->leaf < 0 && job.record->phase == JobPhase::running && !job.exempt) place(job);
  }
}

// Its parent's leaf may be frozen without it, when it is in another chain.
bool Stops::born_in_leaf(const LiveJob& job) const {
  const auto above = job.above();
  const LiveJob* parent = above ? jobs_.find(*above) : nullptr;
  return has_leaves_ && job.record->leaf < 0 && parent != nullptr && parent->record->leaf >= 0;
}

void Stops::release(LiveJob& job, Instant now) {
  job.exempt = true;
  job.record->kept = false;
  if (job.slot != nullptr || job.stopped()) {
    enter(*job.record, JobPhase::running, now);
    job.exec_seen.reset();
    if (GateSlot* slot = std::exchange(job.slot, nullptr)) {
      answer(*slot);
    } else {
      start(job);
    }
  }
}

void Stops::let_signals_through(Instant now) {
  for (LiveJob& job : jobs_.all()) {
    if (!job.signal_pending || !job.stopped() || job.exempt) continue;
    for (LiveJob& member : jobs_.all()) {
      if (member.family() == job.family()) release(member, now);
    }
  }
}

void Stops::drop_failed_execs(Instant now) {
  std::vector<policy::JobId> failed;
  for (const LiveJob& job : jobs_.all()) {
    if (exec_has_failed(job, now)) failed.push_back(job.id);
  }
  for (const auto id : failed) {
    forget(*jobs_.find(id));
    jobs_.disown(id, now);
  }
}

void Stops::stop_again() {
  if (has_leaves_) return;
  for (const LiveJob& job : jobs_.all()) {
    if (!job.stopped() || job.slot != nullptr || job.state == 'T' || !job.measured) continue;
    worker_.post([this, target = target_of(job, jobs_, processes_())]() -> Worker::Completion {
      (void)stopper_.freeze(target);
      return {};
    });
  }
}

void Stops::forget(LiveJob& job) {
  if (GateSlot* slot = std::exchange(job.slot, nullptr)) answer(*slot);
  const int leaf = job.record->leaf;
  if (leaf < 0) return;
  const auto shares = [&](const LiveJob& other) { return other.id != job.id && other.record->leaf == leaf; };
  if (std::ranges::any_of(jobs_.all(), shares)) return;
  // Free only when it is empty: a stranger left in it would be frozen with the next job.
  worker_.post([this, leaf]() -> Worker::Completion {
    stopper_.vacate(leaf);
    return [this, leaf] { leaves_in_use_.erase(leaf); };
  });
}

}  // namespace memguard::supervisor

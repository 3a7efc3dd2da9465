// The life of a restart: policy evicts a family, or the kernel kills a job of it. What is left of the family is killed;
// its shim finds its compiler dead and asks; the answer waits until no process of the family is left. The shim then
// starts the compiler anew, whose exec comes through the gate as a new job of the same family, and so of the same age.
// A family that only waited stays away: the answer waits until policy lets it back.

#include "supervisor/restart/restarter.h"

#include <sys/wait.h>

#include <algorithm>

#include "base/clock.h"
#include "policy/settings.h"
#include "supervisor/live/starters.h"

namespace memguard::supervisor {
namespace {

constexpr Duration kStep = std::chrono::milliseconds(2);
// How long one visit of the worker waits for the dead to be gone; it has other things to do too.
constexpr int kMostSteps = 25;

bool any_alive(const std::vector<proc::Identity>& processes) {
  return std::ranges::any_of(processes, [](const proc::Identity& process) { return proc::alive(process); });
}

// Whoever has a shim had one that was connected. Just after a supervisor has died it may not be so yet again.
bool will_ask(const proc::Identity& shim) { return shim.pid != 0 && proc::alive(shim); }

// What waits in D for a file system, or is throttled, dies when it wakes up; no event tells of it.
void wait_for_end(const std::vector<proc::Identity>& processes) {
  for (int i = 0; i < kMostSteps && any_alive(processes); ++i) {
    pause_for(kStep);
  }
}

bool is_below(const JobRecord& job, const JobRecord& ancestor, SharedArea& area) {
  const auto above = [&](const JobRecord* of) {
    return of->above < 0 ? nullptr : area.job(static_cast<std::uint32_t>(of->above));
  };
  for (const JobRecord* one = above(&job); one != nullptr; one = above(one)) {
    if (one == &ancestor) return true;
  }
  return false;
}

}  // namespace

Restarter::Restarter(const Parts& parts, JobEnded job_ended, Told told)
    : parts_(parts),
      job_ended_(std::move(job_ended)),
      told_(std::move(told)),
      families_(parts.area),
      ledger_(parts.home, parts.area),
      shims_(parts.loop, parts.listener, parts.front, [this](const proc::Identity& shim) { on_asked(shim); }) {}

Status Restarter::watch() {
  // The machine's kills before us are not ours.
  ledger_.look(now());
  std::set<policy::FamilyId> half_killed;
  for (const LiveJob& job : parts_.jobs.all()) {
    if (job.record->evicted || job.record->being_killed) half_killed.insert(job.family());
  }
  for (const auto family : half_killed) kill(family);
  return shims_.watch();
}

Restarter::Kin Restarter::kin_of_new(const proc::Identity& job, const LiveJob* above) {
  families_.forget(parts_.area.next_reused());
  if (above != nullptr) return {above->family(), above->record->shim};
  shims_.accept_all();
  const proc::Identity shim = shims_.above(job.pid);
  const auto family = shim.pid != 0 ? families_.of_shim(shim) : std::nullopt;
  return {family, shim};
}

bool Restarter::restartable(const LiveJob& job) const {
  return job.record->shim.pid != 0 && shims_.connected(job.record->shim);
}

void Restarter::evict(policy::FamilyId family, bool stays_away) {
  const auto member = std::ranges::find(parts_.jobs.all(), family, &LiveJob::family);
  // Its shim may have gone since policy was shown it.
  if (member == parts_.jobs.all().end() || !restartable(*member)) return;
  // Before anything dies, so that no death is misread, also not by a supervisor that follows us.
  families_.evicted(family, parts_.jobs.all(), !stays_away);
  ++parts_.area.totals.evicted;
  if (stays_away) away_.insert(family);
  kill(family);
}

void Restarter::let_back(const std::vector<policy::FamilyId>& families) {
  for (const auto family : families) {
    if (away_.erase(family) == 0 || killing_.contains(family) || !asking_.contains(family)) continue;
    start_again(family);
  }
}

void Restarter::let_all_back() { let_back({away_.begin(), away_.end()}); }

void Restarter::kill(policy::FamilyId family) {
  if (!killing_.insert(family).second) return;
  // Before they are killed they are stopped: a supervisor that follows us must not leave them so.
  for (LiveJob& job : parts_.jobs.all()) {
    if (job.family() == family) job.record->being_killed = true;
  }
  parts_.worker.post([this, family, tree = tree_of(family)]() -> Worker::Completion {
    auto killed = kill_family(tree);
    wait_for_end(killed);
    return [this, family, killed = std::move(killed)]() mutable { on_killed(family, std::move(killed)); };
  });
}

void Restarter::on_killed(policy::FamilyId family, std::vector<proc::Identity> killed) {
  if (any_alive(killed)) {
    parts_.worker.post([this, family, killed = std::move(killed)]() mutable -> Worker::Completion {
      wait_for_end(killed);
      return [this, family, killed = std::move(killed)]() mutable { on_killed(family, std::move(killed)); };
    });
    return;
  }
  killing_.erase(family);
  if (asking_.contains(family) && !away_.contains(family)) start_again(family);
}

// Its compiler is a zombie, or dead with all below it.
void Restarter::on_asked(const proc::Identity& shim) {
  const auto family = families_.of_shim(shim);
  if (!family || parts_.area.ending) return shims_.answer(shim, shim::Decision::pass_on);
  std::vector<policy::JobId> dead;
  for (const LiveJob& job : parts_.jobs.all()) {
    if (job.family() == *family && !proc::alive(job.processes.front())) dead.push_back(job.id);
  }
  for (const auto id : dead) job_ended_(id);
  // The kernel may have killed something in it that is no job, or while no supervisor lived.
  const auto members = families_.members(*family);
  if (!families_.ended_by_memory(*family) && !members.empty()) {
    const auto killer = ledger_.claim(leaves_of(*family), now());
    if (killer != report::Killer::none) note_kill(*members.front(), killer);
  }
  if (!families_.worth_restarting(*family)) {
    if (families_.ended_by_memory(*family)) lose(*family);
    return shims_.answer(shim, shim::Decision::pass_on);
  }
  asking_[*family] = shim;
  kill(*family);
}

void Restarter::start_again(policy::FamilyId family) {
  const proc::Identity shim = asking_[family];
  asking_.erase(family);
  // The shim was ended while it waited.
  if (!proc::alive(shim)) return;
  const auto members = families_.members(family);
  if (!members.empty()) told_(*members.front(), true);
  // Told first: what is marked and not told of would be passed on by a supervisor that follows us.
  shims_.answer(shim, shim::Decision::restart);
  families_.restarted(family);
  ++parts_.area.totals.restarted;
}

void Restarter::lose(policy::FamilyId family) {
  for (JobRecord* job : families_.members(family)) {
    if (job->outcome != report::Outcome::oom_restarted) continue;
    job->outcome = report::Outcome::oom;
    told_(*job, false);
  }
  ++parts_.area.totals.lost;
}

EndSigns Restarter::signs_of(const LiveJob& job) const {
  const proc::Identity& process = job.processes.front();
  const auto stat = proc::read_stat(process.pid);
  EndSigns signs;
  signs.seen = stat && stat->start_ticks == process.start_ticks;
  if (signs.seen && WIFSIGNALED(stat->exit_code)) signs.signal = WTERMSIG(stat->exit_code);
  signs.dead = !proc::alive(process);
  signs.evicted = job.record->evicted;
  signs.interrupted = parts_.area.interrupted;
  signs.killing = parts_.area.killing;
  signs.family_lost = families_.ended_by_memory(job.family());
  signs.shim_asks = will_ask(job.record->shim);
  return signs;
}

report::Outcome Restarter::outcome_of(const LiveJob& job) {
  const JobEnd end = judge_end(signs_of(job), [&] { return ledger_.claim(leaves_of(job.family()), now()); });
  if (end.for_memory) note_kill(*job.record, end.killer);
  if (end.killer != report::Killer::none) job.record->killer = end.killer;
  if (end.rest_waits && families_.worth_restarting(job.family())) kill(job.family());
  return end.outcome;
}

void Restarter::note_kill(JobRecord& job, report::Killer killer) {
  job.outcome = report::Outcome::oom_restarted;
  job.killer = killer;
  job.alone = nothing_beside(job);
  if (killer == report::Killer::outside) ++parts_.area.outside_kills;
  families_.killed(job, job.alone);
}

void Restarter::complete(policy::Observation& observation) {
  for (policy::JobSeen& seen : observation.jobs) {
    LiveJob* job = parts_.jobs.find(seen.id);
    seen.restartable = job != nullptr && restartable(*job);
    if (seen.restartable) seen.starter_memory = starter_memory_of(*job);
    families_.describe(seen);
  }
}

// Where a job of this start has ended (the compile before an assembler), an eviction would throw its work away.
Bytes Restarter::starter_memory_of(LiveJob& job) const {
  if (job.record->phase != JobPhase::held) return {};
  if (!job.starter_memory) job.starter_memory = starter_memory(job, parts_.jobs);
  const auto members = families_.members(job.family());
  const auto has_ended = [](const JobRecord* member) { return member->phase == JobPhase::ended; };
  return std::ranges::none_of(members, has_ended) ? *job.starter_memory : Bytes{};
}

FamilyTree Restarter::tree_of(policy::FamilyId family) const {
  FamilyTree tree{{}, parts_.front, {}};
  for (const LiveJob& job : parts_.jobs.all()) {
    if (job.family() == family) tree.jobs.insert(tree.jobs.end(), job.processes.begin(), job.processes.end());
  }
  const auto members = families_.members(family);
  if (!members.empty()) tree.shim = members.front()->shim;
  return tree;
}

// Those of its dead too: they may have been killed while no supervisor lived. A leaf that another family has got since
// tells of that one.
std::vector<int> Restarter::leaves_of(policy::FamilyId family) const {
  std::vector<int> leaves;
  for (const JobRecord* member : families_.members(family)) {
    const auto given_away = [&](const LiveJob& job) {
      return job.record->leaf == member->leaf && job.family() != family;
    };
    if (member->leaf >= 0 && std::ranges::none_of(parts_.jobs.all(), given_away)) leaves.push_back(member->leaf);
  }
  return leaves;
}

// Held jobs have next to no memory, but those that started them may have some: policy evicts them then. A chain of jobs
// that wait for each other does the work of one.
bool Restarter::nothing_beside(const JobRecord& job) const {
  const Bytes next_to_none = policy::Settings{}.growth_ignored;
  int below = 0;
  for (LiveJob& other : parts_.jobs.all()) {
    const bool started = other.record->phase == JobPhase::running || other.record->phase == JobPhase::frozen;
    const bool has_memory = started || starter_memory_of(other) > next_to_none;
    const bool waits_for_it = other.record == &job || is_below(job, *other.record, parts_.area);
    if (!has_memory || waits_for_it || !proc::alive(other.processes.front())) continue;
    if (!is_below(*other.record, job, parts_.area) || ++below > 1) return false;
  }
  return true;
}

}  // namespace memguard::supervisor

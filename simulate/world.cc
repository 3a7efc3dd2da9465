#include "simulate/world.h"

#include <algorithm>
#include <optional>
#include <random>

#include "simulate/amounts.h"
#include "simulate/build_tool.h"
#include "simulate/kernel.h"
#include "simulate/progress.h"
#include "simulate/state.h"
#include "simulate/swap.h"

namespace memguard::simulate {
namespace {

using policy::Action;
using policy::Admit;
using policy::Evict;
using policy::Freeze;
using policy::Governor;
using policy::Hold;
using policy::Observation;
using policy::Reclaim;
using policy::SetHigh;
using policy::Spare;
using policy::Thaw;

constexpr Duration kLeastSample = std::chrono::milliseconds{1};

/// Shows the policy the state, and carries out what it decides, as slowly as the machine does.
class World {
 public:
  World(const std::vector<Task>& tasks, const Machine& machine, Governor* governor, const Watch* watch)
      : governor_(governor),
        watch_(watch),
        random_(machine.seed),
        state_(tasks, machine, governor != nullptr),
        swap_(machine.swap, machine.swap_per_second) {}

  Outcome run() {
    while (!done()) {
      tool_.start_tasks();
      apply_due();
      if (governor_ != nullptr && (state_.event || state_.now >= next_sample_)) decide();
      progress_.go_on(next());
      tool_.end_finished();
      kernel_.kill_at_the_limit();
    }
    state_.out.makespan = state_.now.time_since_epoch();
    state_.out.ended = static_cast<int>(std::ranges::count(state_.fate, Fate::ended));
    state_.out.lost = static_cast<int>(std::ranges::count(state_.fate, Fate::lost));
    state_.out.reclaimed = swap_.written();
    return state_.out;
  }

 private:
  [[nodiscard]] bool done() {
    if (state_.now.time_since_epoch() >= state_.machine.patience) state_.out.hung = true;
    const bool lost_build = governor_ == nullptr && state_.out.killed > 0;
    return state_.out.hung || lost_build || tool_.done();
  }

  // When somebody decides or sees something next.
  [[nodiscard]] Instant next() const {
    Instant next = governor_ != nullptr ? next_sample_ : Instant::max();
    if (tool_.sees_tokens_at() > state_.now) next = std::min(next, tool_.sees_tokens_at());
    for (const Pending& pending : pending_) next = std::min(next, pending.due);
    return next;
  }

  void apply_due() {
    for (const Pending& pending : pending_) {
      if (pending.due <= state_.now) apply(pending);
    }
    std::erase_if(pending_, [&](const Pending& p) { return p.due <= state_.now; });
  }

  void apply(const Pending& pending) {
    if (const auto* admit = std::get_if<Admit>(&pending.action)) {
      for (Live& job : state_.live) {
        if (job.id == admit->job && job.state == JobState::waiting) state_.let_run(job);
      }
    } else if (const auto* hold = std::get_if<Hold>(&pending.action)) {
      for (Live& job : state_.live) job.held = job.held || job.id == hold->job;
    } else if (const auto* freeze = std::get_if<Freeze>(&pending.action)) {
      move(freeze->jobs, JobState::running, JobState::frozen);
    } else if (const auto* thaw = std::get_if<Thaw>(&pending.action)) {
      move(thaw->jobs, JobState::frozen, JobState::running);
    } else if (const auto* evict = std::get_if<Evict>(&pending.action)) {
      if (state_.family_of(evict->family).restarts() == pending.restarts) kernel_.evict(evict->family);
    } else if (const auto* reclaim = std::get_if<Reclaim>(&pending.action)) {
      swap_.order(reclaim->family, reclaim->amount);
    } else if (const auto* spare = std::get_if<Spare>(&pending.action)) {
      tool_.spare(spare->tokens);
    }
  }

  void move(const std::vector<JobId>& jobs, JobState from, JobState to) {
    for (Live& job : state_.live) {
      if (job.state == from && std::ranges::count(jobs, job.id) > 0) job.state = to;
    }
  }

  void decide() {
    Observation seen = look();
    if (state_.machine.user) state_.machine.user(seen);
    state_.ended.clear();
    state_.event = false;
    const policy::Decision decision = governor_->step(seen);
    next_sample_ = state_.now + std::max(decision.next_sample, kLeastSample);
    ++state_.out.steps;
    for (const Action& action : decision.actions) take(action);
    if (watch_ != nullptr && *watch_) (*watch_)(seen, decision);
  }

  Observation look() {
    Observation seen;
    seen.at = state_.now;
    seen.limit = state_.limit();
    seen.used = Bytes::of(state_.used());
    seen.processors = state_.machine.cores;
    if (state_.machine.swap > Bytes{}) seen.pressure = policy::Pressure{swap_.full(), swap_.full()};
    seen.swap_room = Bytes::of(swap_.room(state_.live));
    seen.reclaiming = swap_.busy();
    if (state_.machine.jobserver) seen.tokens = tool_.look_at_tokens();
    for (const Live& job : state_.live) {
      const Family& family = state_.family_of(job.family);
      seen.jobs.push_back(look_at(job, family, state_.task_of(job), state_.can_restart(job.family)));
    }
    seen.ended = state_.ended;
    return seen;
  }

  void take(const Action& action) {
    Pending pending{state_.now, action, 0};
    if (const auto* evict = std::get_if<Evict>(&action)) pending.restarts = state_.family_of(evict->family).restarts();
    if (std::holds_alternative<Freeze>(action) || std::holds_alternative<Thaw>(action) ||
        std::holds_alternative<Evict>(action)) {
      std::uniform_real_distribution<double> share(0.5, 1.0);
      // Whoever carries actions out does it in order: one may be slow, but never overtakes.
      last_due_ = std::max(last_due_, state_.now + rounded(share(random_) * seconds(state_.machine.reaction)));
      pending.due = last_due_;
    }
    count(action);
    if (pending.due <= state_.now) {
      apply(pending);
    } else {
      pending_.push_back(pending);
    }
  }

  void count(const Action& action) {
    if (std::holds_alternative<Hold>(action)) ++state_.out.held;
    if (std::holds_alternative<SetHigh>(action)) ++state_.out.trip_wire_moves;
    if (const auto* freeze = std::get_if<Freeze>(&action)) {
      ++state_.out.freezes;
      for (Live& job : state_.live) {
        if (job.id != freeze->jobs.front()) continue;
        state_.out.most_freezes_of_one = std::max(state_.out.most_freezes_of_one, ++job.freezes);
      }
    }
  }

  Governor* governor_;
  const Watch* watch_;
  std::mt19937_64 random_;
  State state_;
  Swap swap_;
  BuildTool tool_{state_};
  Kernel kernel_{state_, swap_, tool_};
  Progress progress_{state_, swap_};
  /// What was decided and has yet to take effect.
  std::vector<Pending> pending_;
  Instant last_due_{};
  Instant next_sample_{};
};

}  // namespace

Outcome run(const std::vector<Task>& tasks, const Machine& machine, Governor& governor, const Watch& watch) {
  return World(tasks, machine, &governor, &watch).run();
}

Outcome run_fixed(const std::vector<Task>& tasks, Machine machine, int jobs) {
  machine.tokens = jobs;
  machine.restarts = false;
  machine.swap = {};
  return World(tasks, machine, nullptr, nullptr).run();
}

}  // namespace memguard::simulate

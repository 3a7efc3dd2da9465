#include "simulate/world.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include "simulate/curve.h"
#include "simulate/live.h"
#include "simulate/swap.h"
#include "simulate/token_box.h"

namespace memguard::simulate {
namespace {

using policy::Action;
using policy::Admit;
using policy::Evict;
using policy::Freeze;
using policy::Governor;
using policy::Hold;
using policy::JobEnded;
using policy::Observation;
using policy::Reclaim;
using policy::SetHigh;
using policy::Spare;
using policy::Thaw;

constexpr Duration kLeastSample = std::chrono::milliseconds{1};

Duration rounded_up(double s) {
  constexpr double kLongest = 1e9;
  return Duration{static_cast<Duration::rep>(std::ceil(std::min(s, kLongest) * 1e9))};
}

class World {
 public:
  World(const std::vector<Task>& tasks, const Machine& machine, Governor* governor, const Watch* watch)
      : tasks_(tasks),
        machine_(machine),
        governor_(governor),
        watch_(watch),
        random_(machine.seed),
        swap_(machine.swap, machine.swap_per_second),
        fate_(tasks.size(), Fate::not_started),
        children_(children_of(tasks)),
        dependents_(dependents_of(tasks)),
        blockers_(tasks.size()) {
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      blockers_[i] = tasks[i].after.size();
      if (blockers_[i] == 0 && !tasks[i].parent) ready_.insert({-tasks[i].priority, i});
    }
  }

  Outcome run() {
    while (!done()) {
      start_tasks();
      apply_due();
      if (governor_ != nullptr && (event_ || now_ >= next_sample_)) decide();
      go_on();
      end_finished();
      kill_at_the_limit();
    }
    out_.makespan = now_.time_since_epoch();
    out_.ended = static_cast<int>(std::ranges::count(fate_, Fate::ended));
    out_.lost = static_cast<int>(std::ranges::count(fate_, Fate::lost));
    out_.reclaimed = swap_.written();
    return out_;
  }

 private:
  [[nodiscard]] bool done() {
    if (now_.time_since_epoch() >= machine_.patience) out_.hung = true;
    const bool lost_build = governor_ == nullptr && out_.killed > 0;
    return out_.hung || lost_build || (unfinished_ == 0 && ready_.empty());
  }

  // --- The build tool and the shims ---------------------------------------------------------------------------------

  void start_tasks() {
    while (!ready_.empty() && unfinished_ < tokens()) {
      const std::size_t task = ready_.begin()->second;
      ready_.erase(ready_.begin());
      ++unfinished_;
      families_.emplace_back().root = task;
      start(task, FamilyId{static_cast<std::uint32_t>(families_.size() - 1)}, {});
    }
    for (std::size_t i = 0; i < families_.size(); ++i) {
      if (!families_[i].back_at || *families_[i].back_at > now_) continue;
      families_[i].back_at.reset();
      start(families_[i].root, FamilyId{static_cast<std::uint32_t>(i)}, {});
    }
    for (std::size_t i = 0; i < live_.size(); ++i) start_children(i);
  }

  [[nodiscard]] int tokens() const {
    return governor_ != nullptr && machine_.jobserver ? tokens_.in_circulation() : machine_.tokens;
  }

  [[nodiscard]] policy::Tokens look_at_tokens() const {
    std::set<FamilyId> stopped;
    for (const Live& job : live_) {
      if (job.held || job.state == JobState::frozen) stopped.insert(job.family);
    }
    return tokens_.look(machine_.tokens, unfinished_, static_cast<int>(stopped.size()));
  }

  void start_children(std::size_t parent) {
    for (const std::size_t child : children_[live_[parent].task]) {
      if (fate_[child] != Fate::not_started || live_[parent].progress < tasks_[child].parent_progress) continue;
      if (live_[parent].state == JobState::waiting) continue;
      ++live_[parent].children;
      start(child, live_[parent].family, live_[parent].id);
    }
  }

  void start(std::size_t task, FamilyId family, std::optional<JobId> above) {
    fate_[task] = Fate::live;
    Live job;
    job.task = task;
    job.id = JobId{jobs_++};
    job.family = family;
    job.above = above;
    if (family_of(family).restarts() > 0) job.factor = tasks_[task].restart_factor;
    live_.push_back(job);
    if (governor_ == nullptr) let_run(live_.back());
    event_ = true;
  }

  void let_run(Live& job) const {
    job.state = JobState::running;
    job.held = false;
    set_memory(job);
  }

  [[nodiscard]] Family& family_of(FamilyId id) { return families_[static_cast<std::size_t>(id)]; }

  // --- What was decided ---------------------------------------------------------------------------------------------

  void apply_due() {
    for (const Pending& pending : pending_) {
      if (pending.due <= now_) apply(pending);
    }
    std::erase_if(pending_, [&](const Pending& p) { return p.due <= now_; });
  }

  void apply(const Pending& pending) {
    if (const auto* admit = std::get_if<Admit>(&pending.action)) {
      for (Live& job : live_) {
        if (job.id == admit->job && job.state == JobState::waiting) let_run(job);
      }
    } else if (const auto* hold = std::get_if<Hold>(&pending.action)) {
      for (Live& job : live_) job.held = job.held || job.id == hold->job;
    } else if (const auto* freeze = std::get_if<Freeze>(&pending.action)) {
      move(freeze->jobs, JobState::running, JobState::frozen);
    } else if (const auto* thaw = std::get_if<Thaw>(&pending.action)) {
      move(thaw->jobs, JobState::frozen, JobState::running);
    } else if (const auto* evict = std::get_if<Evict>(&pending.action)) {
      if (family_of(evict->family).restarts() == pending.restarts) this->evict(evict->family);
    } else if (const auto* reclaim = std::get_if<Reclaim>(&pending.action)) {
      swap_.order(reclaim->family, reclaim->amount);
    } else if (const auto* spare = std::get_if<Spare>(&pending.action)) {
      tokens_.spare(spare->tokens, unfinished_);
      if (!ready_.empty()) tool_at_ = now_ + TokenBox::kToolDelay;
    }
  }

  void move(const std::vector<JobId>& jobs, JobState from, JobState to) {
    for (Live& job : live_) {
      if (job.state == from && std::ranges::count(jobs, job.id) > 0) job.state = to;
    }
  }

  void evict(FamilyId family) {
    if (std::ranges::none_of(live_, [&](const Live& l) { return l.family == family; })) return;
    ++out_.evicted;
    kill(family, Death::evicted, can_restart(family));
  }

  void decide() {
    Observation seen = look();
    ended_.clear();
    event_ = false;
    const policy::Decision decision = governor_->step(seen);
    next_sample_ = now_ + std::max(decision.next_sample, kLeastSample);
    ++out_.steps;
    for (const Action& action : decision.actions) take(action);
    if (watch_ != nullptr && *watch_) (*watch_)(seen, decision);
  }

  Observation look() {
    Observation seen;
    seen.at = now_;
    seen.limit = limit();
    seen.used = Bytes::of(used());
    seen.processors = machine_.cores;
    if (machine_.swap > Bytes{}) seen.pressure = policy::Pressure{swap_.full(), swap_.full()};
    seen.swap_room = Bytes::of(swap_.room(live_));
    seen.reclaiming = swap_.busy();
    if (machine_.jobserver) seen.tokens = look_at_tokens();
    for (const Live& job : live_) {
      const Family& family = family_of(job.family);
      seen.jobs.push_back(look_at(job, family, tasks_[job.task], can_restart(job.family)));
    }
    seen.ended = ended_;
    return seen;
  }

  void take(const Action& action) {
    Pending pending{now_, action, 0};
    if (const auto* evict = std::get_if<Evict>(&action)) pending.restarts = family_of(evict->family).restarts();
    if (std::holds_alternative<Freeze>(action) || std::holds_alternative<Thaw>(action) ||
        std::holds_alternative<Evict>(action)) {
      std::uniform_real_distribution<double> share(0.5, 1.0);
      // Whoever carries actions out does it in order: one may be slow, but never overtakes.
      last_due_ = std::max(last_due_, now_ + rounded(share(random_) * seconds(machine_.reaction)));
      pending.due = last_due_;
    }
    count(action);
    if (pending.due <= now_) {
      apply(pending);
    } else {
      pending_.push_back(pending);
    }
  }

  void count(const Action& action) {
    if (std::holds_alternative<Hold>(action)) ++out_.held;
    if (std::holds_alternative<SetHigh>(action)) ++out_.trip_wire_moves;
    if (const auto* freeze = std::get_if<Freeze>(&action)) {
      ++out_.freezes;
      for (Live& job : live_) {
        if (job.id == freeze->jobs.front())
          out_.most_freezes_of_one = std::max(out_.most_freezes_of_one, ++job.freezes);
      }
    }
  }

  // --- Time ---------------------------------------------------------------------------------------------------------

  [[nodiscard]] Bytes limit() const {
    Bytes limit = machine_.limit;
    for (const LimitChange& later : machine_.later_limits) {
      if (later.at <= now_) limit = later.limit;
    }
    return limit;
  }

  [[nodiscard]] double used() const {
    double sum = machine_.overhead.real();
    for (const Live& job : live_) sum += job.memory;
    return sum;
  }

  [[nodiscard]] bool waits_for_others(const Task& task, double progress) const {
    if (!task.waits_at || progress < *task.waits_at) return false;
    return std::ranges::any_of(task.waits_for, [&](std::size_t other) { return !over(other); });
  }

  [[nodiscard]] bool can_work(const Live& job) {
    if (job.state != JobState::running || job.children > 0 || job.progress >= 1) return false;
    if (waits_for_others(tasks_[job.task], job.progress)) return false;
    if (!wants_lock(tasks_[job.task], job)) return true;
    if (!lock_) lock_ = job.id;
    return lock_ == job.id;
  }

  Pace pace() {
    Pace pace;
    for (Live& job : live_) {
      job.works = can_work(job);
      if (!job.works || job.swapped > 0 || now_ < swap_.room_at()) continue;
      pace.busy.push_back(&job);
      pace.demand += processors_of(tasks_[job.task]);
    }
    pace.share = std::min(1.0, machine_.cores / std::max(pace.demand, 1.0));
    return pace;
  }

  /// The progress up to which nothing changes about a job.
  [[nodiscard]] double stop_of(const Live& job) const {
    const Task& task = tasks_[job.task];
    double stop = std::min(1.0, segment_at(task, job.progress).until);
    const auto not_beyond = [&](double point) {
      if (point > job.progress) stop = std::min(stop, point);
    };
    for (const std::size_t child : children_[job.task]) {
      if (fate_[child] == Fate::not_started) not_beyond(tasks_[child].parent_progress);
    }
    if (task.waits_at) not_beyond(*task.waits_at);
    if (task.lock) {
      not_beyond(task.lock->first);
      not_beyond(task.lock->second);
    }
    return stop;
  }

  [[nodiscard]] Duration until_event(const Pace& pace) const {
    Instant next = Instant{} + machine_.patience;
    if (governor_ != nullptr) next = std::min(next, next_sample_);
    if (tool_at_ > now_) next = std::min(next, tool_at_);
    for (const Pending& pending : pending_) next = std::min(next, pending.due);
    for (const LimitChange& later : machine_.later_limits) {
      if (later.at > now_) next = std::min(next, later.at);
    }
    for (std::size_t i = oldest_; i < families_.size(); ++i) next = std::min(next, families_[i].back_at.value_or(next));
    if (swap_.room_at() > now_) next = std::min(next, swap_.room_at());
    if (const auto swapped = swap_.until_event(live_, now_)) next = std::min(next, now_ + rounded_up(*swapped));
    double slope = swap_.growth(live_, now_);
    for (const Live* job : pace.busy) {
      const double per_second = speed(tasks_[job->task], pace);
      next = std::min(next, now_ + rounded_up((stop_of(*job) - job->progress) / per_second));
      slope += per_second * job->factor * segment_at(tasks_[job->task], job->progress).slope;
    }
    // One nanosecond more, so that the limit is passed and not met.
    const double room = limit().real() - used();
    if (slope > 0 && room >= 0) next = std::min(next, now_ + rounded_up(room / slope) + Duration{1});
    const bool to_kill = room < 0 && std::ranges::any_of(live_, [](const Live& l) { return l.memory > 0; });
    return to_kill ? Duration{} : std::max(next - now_, Duration{});
  }

  void go_on() {
    const Pace now = pace();
    const Duration time = until_event(now);
    for (Live* job : now.busy) advance(*job, now, seconds(time));
    event_ = swap_.advance(live_, now_, seconds(time), now.busy.empty() && now_ >= swap_.room_at()) || event_;
    const double busy = std::min<double>(machine_.cores, now.demand);
    const bool stands = now.busy.empty() && now_ >= swap_.room_at() && !swap_.busy();
    standstill_ = stands ? standstill_ + time : Duration{};
    out_.longest_standstill = std::max(out_.longest_standstill, standstill_);
    out_.idle += rounded((machine_.cores - busy) * seconds(time));
    out_.cpu += rounded(busy * seconds(time));
    out_.most_used = std::max(out_.most_used, std::min(Bytes::of(used()), limit()));
    note_oldest(time);
    now_ += time;
  }

  void advance(Live& job, const Pace& pace, double time) {
    const double cpu = processors_of(tasks_[job.task]) * pace.share * time;
    job.cpu += cpu;
    family_of(job.family).cpu += cpu;
    job.progress = std::min(stop_of(job), job.progress + speed(tasks_[job.task], pace) * time);
    set_memory(job);
    if (lock_ == job.id && !wants_lock(tasks_[job.task], job)) lock_.reset();
  }

  void set_memory(Live& job) const {
    const double all = job.factor * segment_at(tasks_[job.task], job.progress).memory;
    job.memory = all;
    job.peak = std::max(job.peak, all);
  }

  void note_oldest(Duration time) {
    while (oldest_ < families_.size() && families_[oldest_].over) {
      ++oldest_;
      oldest_held_ = {};
    }
    const auto runs = [&](const Live& l) {
      return static_cast<std::size_t>(l.family) == oldest_ && l.state != JobState::waiting;
    };
    oldest_held_ = std::ranges::any_of(live_, runs) ? Duration{} : oldest_held_ + time;
    out_.oldest_held = std::max(out_.oldest_held, oldest_held_);
  }

  // --- Ends ---------------------------------------------------------------------------------------------------------

  [[nodiscard]] bool over(std::size_t task) const { return fate_[task] == Fate::ended || fate_[task] == Fate::lost; }

  void end_finished() {
    for (std::size_t i = live_.size(); i-- > 0;) {
      const bool waits = std::ranges::any_of(children_[live_[i].task], [&](std::size_t child) { return !over(child); });
      if (live_[i].progress >= 1 && !waits) finish(i);
    }
  }

  void finish(std::size_t index) {
    const Live job = remove(index, true);
    fate_[job.task] = Fate::ended;
    if (const auto parent = tasks_[job.task].parent) {
      const auto of = std::ranges::find(live_, *parent, &Live::task);
      if (of != live_.end()) --of->children;
    } else {
      close(job.family);
    }
  }

  Live remove(std::size_t index, bool completed) {
    const Live job = live_[index];
    live_.erase(live_.begin() + static_cast<std::ptrdiff_t>(index));
    if (lock_ == job.id) lock_.reset();
    ended_.push_back({job.id, Bytes::of(job.peak), completed});
    event_ = true;
    return job;
  }

  void close(FamilyId id) {
    family_of(id).over = true;
    --unfinished_;
    for (const std::size_t dependent : dependents_[family_of(id).root]) {
      if (--blockers_[dependent] == 0) ready_.insert({-tasks_[dependent].priority, dependent});
    }
  }

  [[nodiscard]] bool can_restart(FamilyId family) {
    return machine_.restarts && tasks_[family_of(family).root].restartable;
  }

  // Like the kernel: what is frozen goes to swap, as long as that takes it. Then the largest goes, frozen or not, with
  // its family (a rustc whose linker was killed fails). But first those that would be started again: the supervisor
  // ranks them so (oom_score_adj).
  void kill_at_the_limit() {
    while (used() > limit().real()) {
      if (swap_.make_room(live_, used() - limit().real(), now_)) return;
      const auto rank = [&](const Live& l) { return std::pair(l.memory > 0 && can_restart(l.family), l.memory); };
      const auto largest = std::ranges::max_element(live_, {}, rank);
      if (largest == live_.end() || largest->memory <= 0) return;
      const FamilyId family = largest->family;
      // What does not fit alone never will.
      const bool alone =
          std::ranges::none_of(live_, [&](const Live& l) { return has_memory_beside(tasks_, l, *largest); });
      ++out_.killed;
      kill(family, Death::out_of_memory, can_restart(family) && !alone);
    }
  }

  void kill(FamilyId id, Death death, bool comes_back) {
    Family& family = family_of(id);
    ++(death == Death::evicted ? family.evictions : family.oom_kills);
    out_.most_restarts_of_one = std::max(out_.most_restarts_of_one, family.restarts());
    auto& most = death == Death::evicted ? family.evicted_at : family.killed_at;
    for (std::size_t i = live_.size(); i-- > 0;) {
      if (live_[i].family != id) continue;
      const Live job = remove(i, false);
      if (job.state == JobState::waiting) continue;
      Bytes& at = most[tasks_[job.task].job_class];
      at = std::max(at, Bytes::of(job.peak));
    }
    out_.wasted += rounded(family.cpu);
    family.cpu = 0;
    set_fates(family.root, comes_back ? Fate::not_started : Fate::lost);
    if (comes_back) {
      family.back_at = now_ + machine_.restart_delay;
    } else {
      close(id);
    }
  }

  void set_fates(std::size_t task, Fate fate) {
    fate_[task] = fate;
    for (const std::size_t child : children_[task]) set_fates(child, fate);
  }

  const std::vector<Task>& tasks_;
  Machine machine_;
  Governor* governor_;
  const Watch* watch_;
  std::mt19937_64 random_;
  Swap swap_;
  std::vector<Fate> fate_;
  std::vector<std::vector<std::size_t>> children_;
  std::vector<std::vector<std::size_t>> dependents_;
  std::vector<std::size_t> blockers_;
  /// Tasks that the build tool may start, the most urgent first.
  std::set<std::pair<int, std::size_t>> ready_;
  /// Families that hold a token.
  int unfinished_ = 0;
  TokenBox tokens_;
  /// When the tool will have seen the tokens that were last put there.
  Instant tool_at_{};
  std::vector<Live> live_;
  std::vector<Family> families_;
  std::vector<JobEnded> ended_;
  std::vector<Pending> pending_;
  std::optional<JobId> lock_;
  std::uint32_t jobs_ = 0;
  Instant now_{};
  Instant last_due_{};
  Instant next_sample_{};
  std::size_t oldest_ = 0;
  Duration oldest_held_{};
  Duration standstill_{};
  bool event_ = false;
  Outcome out_;
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

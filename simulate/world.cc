#include "simulate/world.h"

#include <algorithm>
#include <map>

namespace memguard::simulate {
namespace {

using namespace std::chrono_literals;
using policy::Action;
using policy::Admit;
using policy::Decision;
using policy::Evict;
using policy::Freeze;
using policy::Governor;
using policy::Hold;
using policy::JobEnded;
using policy::Observation;
using policy::SetHigh;
using policy::Thaw;

constexpr Duration kTick = 10ms;

/// A task that has started.
struct Live {
  std::size_t task = 0;
  JobId id{};
  FamilyId family{};
  JobState state = JobState::waiting;
  double progress = 0;
  Duration cpu{};
  Bytes memory;
  Bytes peak;
  bool has_child = false;
};

struct Pending {
  Instant due{};
  Action action;
};

enum class Fate : std::uint8_t { not_started, live, ended, killed };

class World {
 public:
  World(const std::vector<Task>& tasks, const Machine& machine, Governor* governor, const Watch* watch)
      : tasks_(tasks),
        machine_(machine),
        governor_(governor),
        watch_(watch),
        random_(machine.seed),
        fate_(tasks.size(), Fate::not_started),
        children_(tasks.size()) {
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      if (tasks[i].parent) children_[*tasks[i].parent].push_back(i);
    }
  }

  Outcome run() {
    while (!done() && !out_.hung && (governor_ != nullptr || out_.killed == 0)) tick();
    out_.makespan = now_.time_since_epoch();
    return out_;
  }

 private:
  [[nodiscard]] bool done() const {
    return live_.empty() && std::ranges::none_of(fate_, [](Fate f) { return f == Fate::not_started; });
  }

  void tick() {
    start_tasks();
    apply_due();
    if (governor_ != nullptr && (event_ || now_ >= next_sample_)) decide();
    work();
    end_finished();
    kill_at_the_limit();
    now_ += kTick;
    out_.hung = now_.time_since_epoch() > machine_.patience;
  }

  [[nodiscard]] Bytes limit() const {
    const auto& later = machine_.later_limit;
    return later && now_ >= later->first ? later->second : machine_.limit;
  }

  [[nodiscard]] bool over(std::size_t task) const { return fate_[task] == Fate::ended || fate_[task] == Fate::killed; }

  void start_tasks() {
    auto roots = std::ranges::count_if(live_, [&](const Live& l) { return !tasks_[l.task].parent; });
    for (std::size_t i = 0; i < tasks_.size() && roots < machine_.tokens; ++i) {
      if (fate_[i] == Fate::not_started && !tasks_[i].parent && start_root(i)) ++roots;
    }
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      if (fate_[i] == Fate::not_started && tasks_[i].parent) start_child(i);
    }
  }

  bool start_root(std::size_t task) {
    if (!std::ranges::all_of(tasks_[task].after, [&](std::size_t t) { return over(t); })) return false;
    start(task, FamilyId{families_++});
    return true;
  }

  void start_child(std::size_t task) {
    const std::size_t parent = *tasks_[task].parent;
    if (fate_[parent] == Fate::killed) fate_[task] = Fate::killed;
    const auto of = std::ranges::find(live_, parent, &Live::task);
    if (of == live_.end() || of->progress < tasks_[task].parent_progress) return;
    of->has_child = true;
    start(task, of->family);
  }

  void start(std::size_t task, FamilyId family) {
    fate_[task] = Fate::live;
    Live job;
    job.task = task;
    job.id = JobId{jobs_++};
    job.family = family;
    job.state = governor_ == nullptr ? JobState::running : JobState::waiting;
    live_.push_back(job);
    event_ = true;
  }

  void apply_due() {
    for (const Pending& pending : pending_) {
      if (pending.due <= now_) std::visit([&](const auto& action) { apply(action); }, pending.action);
    }
    std::erase_if(pending_, [&](const Pending& p) { return p.due <= now_; });
  }

  void apply(const Admit& admit) {
    for (Live& job : live_) {
      if (job.id == admit.job && job.state == JobState::waiting) job.state = JobState::running;
    }
  }
  void apply(const Freeze& freeze) { move(freeze.family, JobState::running, JobState::frozen); }
  void apply(const Thaw& thaw) { move(thaw.family, JobState::frozen, JobState::running); }
  void apply(const Hold& /*hold*/) {}
  void apply(const Evict& /*evict*/) {}
  void apply(const SetHigh& /*set*/) {}

  void move(FamilyId family, JobState from, JobState to) {
    for (Live& job : live_) {
      if (job.family == family && job.state == from) job.state = to;
    }
  }

  void decide() {
    Observation seen;
    seen.at = now_;
    seen.limit = limit();
    seen.used = used();
    seen.cores = machine_.cores;
    for (const Live& job : live_) {
      const Task& task = tasks_[job.task];
      seen.jobs.push_back({job.id, job.family, task.job_class, job.state, job.memory, job.peak, job.cpu, task.predicted,
                           task.will_start});
    }
    seen.ended = std::move(ended_);
    ended_.clear();
    event_ = false;
    const Decision decision = governor_->step(seen);
    next_sample_ = now_ + decision.next_sample;
    ++out_.steps;
    for (const Action& action : decision.actions) take(action);
    if (watch_ != nullptr && *watch_) (*watch_)(seen, decision);
  }

  void take(const Action& action) {
    const bool slow = std::holds_alternative<Freeze>(action) || std::holds_alternative<Thaw>(action);
    std::uniform_real_distribution<double> share(0.5, 1.0);
    const Duration delay = slow ? std::chrono::duration_cast<Duration>(share(random_) * machine_.reaction) : Duration{};
    // Whoever carries actions out does it in order: one may be slow, but never overtakes.
    last_due_ = std::max(last_due_, now_ + delay);
    pending_.push_back({slow ? last_due_ : now_, action});
    if (std::holds_alternative<Hold>(action)) ++out_.held;
    if (std::holds_alternative<SetHigh>(action)) ++out_.trip_wire_moves;
    if (const auto* freeze = std::get_if<Freeze>(&action)) {
      ++out_.freezes;
      out_.most_freezes_of_one = std::max(out_.most_freezes_of_one, ++freezes_[freeze->family]);
    }
    if (delay == Duration{}) apply_due();
  }

  [[nodiscard]] Bytes used() const {
    Bytes sum = machine_.overhead;
    for (const Live& job : live_) sum += job.memory;
    return sum;
  }

  [[nodiscard]] bool wants_lock(const Live& job) const {
    const auto& lock = tasks_[job.task].lock;
    return lock && job.progress >= lock->first && job.progress < lock->second;
  }

  /// May use a processor now.
  [[nodiscard]] bool can_work(const Live& job) {
    if (job.state != JobState::running || job.has_child) return false;
    if (!wants_lock(job)) return true;
    if (!lock_) lock_ = job.id;
    return lock_ == job.id;
  }

  void work() {
    std::vector<Live*> busy;
    double demand = 0;
    for (Live& job : live_) {
      if (!can_work(job)) continue;
      busy.push_back(&job);
      if (!tasks_[job.task].sleeps) demand += 1;
    }
    const double share = std::min(1.0, machine_.cores / std::max(demand, 1.0));
    for (Live* job : busy) advance(*job, tasks_[job->task].sleeps ? 1.0 : share);
  }

  void advance(Live& job, double share) {
    const Task& task = tasks_[job.task];
    const auto time = std::chrono::duration_cast<Duration>(share * kTick);
    if (!task.sleeps) job.cpu += time;
    job.progress = std::min(1.0, job.progress + seconds(time) / seconds(task.cpu));
    // It stops where it starts its child.
    for (const std::size_t child : children_[job.task]) {
      if (fate_[child] == Fate::not_started) job.progress = std::min(job.progress, tasks_[child].parent_progress);
    }
    job.memory = memory_at(task, job.progress);
    job.peak = std::max(job.peak, job.memory);
    if (lock_ == job.id && !wants_lock(job)) lock_.reset();
  }

  static Bytes memory_at(const Task& task, double progress) {
    const auto next = std::ranges::upper_bound(task.curve, progress, {}, &Point::progress);
    if (next == task.curve.end()) return task.curve.back().memory;
    if (next == task.curve.begin()) return next->memory;
    const auto last = next - 1;
    const double part = (progress - last->progress) / (next->progress - last->progress);
    return last->memory + part * (next->memory - last->memory);
  }

  void end_finished() {
    for (std::size_t i = live_.size(); i-- > 0;) {
      const bool waits = std::ranges::any_of(children_[live_[i].task], [&](std::size_t child) { return !over(child); });
      if (live_[i].progress >= 1 && !waits) finish(i, true);
    }
  }

  void finish(std::size_t index, bool completed) {
    const Live job = live_[index];
    live_.erase(live_.begin() + static_cast<std::ptrdiff_t>(index));
    fate_[job.task] = completed ? Fate::ended : Fate::killed;
    if (completed) ++out_.ended;
    if (lock_ == job.id) lock_.reset();
    ended_.push_back({job.id, job.peak, completed});
    event_ = true;
    if (const auto parent = tasks_[job.task].parent; parent && completed) {
      const auto of = std::ranges::find(live_, *parent, &Live::task);
      if (of != live_.end()) of->has_child = false;
    }
  }

  // Like the kernel: the largest goes, with its family (a rustc whose linker was killed fails).
  void kill_at_the_limit() {
    const Bytes now = used();
    out_.most_used = std::max(out_.most_used, now);
    if (now <= limit() || live_.empty()) return;
    const FamilyId family = std::ranges::max_element(live_, {}, &Live::memory)->family;
    ++out_.killed;
    for (std::size_t i = live_.size(); i-- > 0;) {
      if (live_[i].family == family) finish(i, false);
    }
  }

  const std::vector<Task>& tasks_;
  Machine machine_;
  Governor* governor_;
  const Watch* watch_;
  std::mt19937_64 random_;
  std::vector<Fate> fate_;
  std::vector<std::vector<std::size_t>> children_;
  std::vector<Live> live_;
  std::vector<JobEnded> ended_;
  std::vector<Pending> pending_;
  std::map<FamilyId, int> freezes_;
  std::optional<JobId> lock_;
  std::uint32_t jobs_ = 0;
  std::uint32_t families_ = 0;
  Instant now_{};
  Instant last_due_{};
  Instant next_sample_{};
  bool event_ = false;
  Outcome out_;
};

}  // namespace

Outcome run(const std::vector<Task>& tasks, const Machine& machine, Governor& governor, const Watch& watch) {
  return World(tasks, machine, &governor, &watch).run();
}

Outcome run_fixed(const std::vector<Task>& tasks, Machine machine, int jobs) {
  machine.tokens = jobs;
  return World(tasks, machine, nullptr, nullptr).run();
}

std::optional<std::pair<int, Duration>> best_fixed(const std::vector<Task>& tasks, const Machine& machine) {
  std::optional<std::pair<int, Duration>> best;
  for (int jobs = 1; jobs <= machine.tokens; ++jobs) {
    const Outcome outcome = run_fixed(tasks, machine, jobs);
    if (outcome.killed > 0 || outcome.hung) continue;
    if (!best || outcome.makespan < best->second) best = {jobs, outcome.makespan};
  }
  return best;
}

}  // namespace memguard::simulate

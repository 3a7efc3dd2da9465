// One turn of the loop: something happened (an exec asks, a job ended, memory was stalled for, a sample is due), so
// look, let policy step, and carry out what it decided. Everything that may sleep goes to the worker.

#include "supervisor/supervisor.h"

#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <new>

#include "base/clock.h"
#include "base/pinned.h"
#include "base/say.h"
#include "proc/machine.h"
#include "supervisor/arrivals.h"
#include "supervisor/build_pause.h"
#include "supervisor/desk.h"
#include "supervisor/hands.h"
#include "supervisor/intake/found_jobs.h"
#include "supervisor/intake/gatekeeper.h"
#include "supervisor/intake/job_scan.h"
#include "supervisor/intake/late_execs.h"
#include "supervisor/intake/predictor.h"
#include "supervisor/live/close_look.h"
#include "supervisor/live/end_watch.h"
#include "supervisor/live/starters.h"
#include "supervisor/loop/event_loop.h"
#include "supervisor/loop/pressure_trigger.h"
#include "supervisor/loop/worker.h"
#include "supervisor/memory/observer.h"
#include "supervisor/memory/oom_rank.h"
#include "supervisor/policy_turn.h"
#include "supervisor/recording.h"
#include "supervisor/restart/restarter.h"
#include "supervisor/self/lock_memory.h"
#include "supervisor/stop/explain.h"
#include "supervisor/stop/reclaimer.h"
#include "supervisor/takeover.h"
#include "supervisor/tell/unit_news.h"
#include "supervisor/tokens/token_pool.h"

namespace memguard::supervisor {
namespace {

constexpr Duration kFirstSample = std::chrono::milliseconds(100);
// How old a reading may be to decide upon. An exec must not wait for us to read a dozen files: it is decided by the
// last sample, which may be older than this where policy asked for no other. An end frees memory, but ends come in
// bursts.
constexpr Duration kForArrival = std::chrono::milliseconds(100);
constexpr Duration kForEnd = std::chrono::milliseconds(20);
constexpr Duration kForSample = std::chrono::milliseconds(5);

class Supervisor : Pinned {
 public:
  Supervisor(const SupervisorParts& parts, EventLoop loop, std::unique_ptr<Worker> stop_worker,
             std::unique_ptr<Worker> limit_worker, std::unique_ptr<Worker> reclaim_worker);
  ~Supervisor();

  Status run();

 private:
  Status watch();
  void record();
  void learn_from_records();

  void on_wake();
  void on_sample();
  void on_job_end(policy::JobId id);
  void on_hold_ended(policy::JobId id, HoldOutcome outcome);
  void on_reclaimed(const Reclaimer::Outcome& outcome);
  void told_of_restart(const JobRecord& job, bool again);

  // Intake of execs.
  void take_in(GateSlot& slot);
  void look_at_late_execs();

  // Policy and its actions.
  void decide(Duration oldest_reading);
  void stepped(policy::Observation&& seen, policy::Decision&& decision);
  void let_drive(LiveJob& job);

  // What policy does not see.
  void let_all_run();
  void finish();

  [[nodiscard]] Instant now() const { return parts_.area.build_time(); }

  const SupervisorParts& parts_;
  EventLoop loop_;
  const policy::Settings settings_;
  LiveJobs jobs_{parts_.area};
  Predictor predictor_;
  Observer observer_;
  OomRank oom_rank_;
  FoundJobs found_;
  Explainer explainer_{parts_.config};
  UnitNews unit_{parts_.unit_fd, parts_.config};
  std::unique_ptr<Stopper> stopper_;
  std::unique_ptr<Worker> stop_worker_;
  std::unique_ptr<Worker> limit_worker_;
  std::unique_ptr<Worker> reclaim_worker_;
  /// Only with --record.
  std::unique_ptr<Recording> recording_;
  Stops stops_;
  Restarter restarter_;
  Starters starters_{jobs_};
  Reclaimer reclaimer_;
  TokenPool tokens_;
  Arrivals arrivals_{{parts_.area, parts_.config, parts_.limit.wall, jobs_, found_, restarter_, starters_, tokens_,
                      predictor_, oom_rank_, stops_},
                     [this](LiveJob& job) { watch_end(job, loop_, [this](policy::JobId id) { on_job_end(id); }); }};
  CloseLook close_look_{loop_, jobs_, [this] { return now(); }};
  Hands hands_{{parts_.home, explainer_, jobs_, stops_, restarter_, reclaimer_, tokens_, close_look_, *limit_worker_}};
  JobScan scan_{parts_.config, parts_.front};
  LateExecs late_execs_{parts_.config};
  BuildPause pause_{parts_.area, parts_.front};
  PolicyTurn turn_{{parts_.config, parts_.limit, jobs_, observer_, found_, arrivals_, restarter_, reclaimer_, tokens_,
                    stops_, hands_, close_look_, explainer_, unit_},
                   settings_,
                   [this] { return now(); },
                   [this](policy::Observation&& seen, policy::Decision&& decision) {
                     stepped(std::move(seen), std::move(decision));
                   }};
  Desk desk_{{parts_, loop_, jobs_, restarter_, pause_, *limit_worker_, [this] { decide(kForSample); }}};
  std::unique_ptr<EventLoop::Source> late_timer_;
  std::vector<std::unique_ptr<EventLoop::Source>> sources_;
  std::unique_ptr<EventLoop::Source> sample_timer_;
  PressureTrigger pressure_trigger_{loop_, parts_.home, [this] { on_sample(); }};
  bool ending_ = false;
};

Supervisor::Supervisor(const SupervisorParts& parts, EventLoop loop, std::unique_ptr<Worker> stop_worker,
                       std::unique_ptr<Worker> limit_worker, std::unique_ptr<Worker> reclaim_worker)
    : parts_(parts),
      loop_(std::move(loop)),
      predictor_(parts.config, parts.remembered, parts.limit.wall),
      observer_(parts.home, parts.limit, jobs_, parts.area, parts.config, parts.front),
      oom_rank_(own_oom_score_adj()),
      found_({parts.area, parts.config, jobs_, parts.front, parts.limit.wall, [this] { return observer_.processes(); }},
             [this](LiveJob& job) { let_drive(job); }),
      stopper_(parts.home.can().leaves ? make_cgroup_stopper(parts.home, parts.gate.listener)
                                       : make_signal_stopper(parts.gate.listener)),
      stop_worker_(std::move(stop_worker)),
      limit_worker_(std::move(limit_worker)),
      reclaim_worker_(std::move(reclaim_worker)),
      stops_(
          parts.gate, parts.home.can().leaves, jobs_, *stopper_, *stop_worker_,
          [this] { return proc::stats_of(observer_.processes()); },
          [this](policy::JobId id, HoldOutcome outcome) { on_hold_ended(id, outcome); }),
      restarter_(
          {parts.area, parts.home, loop_, jobs_, *stop_worker_, parts.shim_listener, parts.front},
          [this](policy::JobId id) { on_job_end(id); },
          [this](const JobRecord& job, bool again) { told_of_restart(job, again); }),
      reclaimer_(parts.home, jobs_, *reclaim_worker_,
                 [this](const Reclaimer::Outcome& outcome) { on_reclaimed(outcome); }),
      tokens_(parts.area, jobs_, parts.front, proc::usable_processors()) {}

// The workers first: what they still have to do uses the rest of us.
Supervisor::~Supervisor() {
  stop_worker_.reset();
  limit_worker_.reset();
  reclaim_worker_.reset();
}

Status Supervisor::run() {
  record();
  learn_from_records();
  for (const JobRecord* ended : take_over(jobs_, parts_.area, *stopper_, parts_.gate.listener, now()))
    tokens_.ended(*ended);
  stops_.adopted();
  starters_.adopt(parts_.area);
  for (LiveJob& job : jobs_.all()) {
    predictor_.tell(job);
    found_.note_drivers_above(job);
  }
  if (auto watching = watch(); !watching) return watching;
  if (auto watching = restarter_.watch(); !watching) return watching;
  for (LiveJob& job : jobs_.all()) watch_end(job, loop_, [this](policy::JobId id) { on_job_end(id); });
  for (const auto id : unwatched_ends(jobs_)) on_job_end(id);
  // Execs of whose coming one before us was told and killed before it looked.
  on_wake();
  return loop_.run();
}

Status Supervisor::watch() {
  const auto keep = [this](Result<std::unique_ptr<EventLoop::Source>> source) -> Status {
    if (!source) return pass(std::move(source.error()));
    sources_.push_back(std::move(*source));
    return {};
  };
  if (auto s = keep(loop_.on_readable(parts_.wake_fd, [this] { on_wake(); })); !s) return s;
  std::vector<Worker*> workers{stop_worker_.get(), limit_worker_.get(), reclaim_worker_.get()};
  if (recording_) workers.push_back(&recording_->worker());
  for (Worker* worker : workers) {
    if (auto s = keep(loop_.on_readable(worker->completed_fd(), [worker] { worker->run_completions(); })); !s) return s;
  }
  pressure_trigger_.watch();
  desk_.watch();
  auto timer = loop_.on_timer(Duration{}, [this] { on_sample(); });
  if (!timer) return pass(std::move(timer.error()));
  sample_timer_ = std::move(*timer);
  auto late = loop_.on_timer(Duration{}, [this] { look_at_late_execs(); });
  if (!late) return pass(std::move(late.error()));
  late_timer_ = std::move(*late);
  return close_look_.watch();
}

void Supervisor::record() {
  if (parts_.record_fd < 0) return;
  auto recording = Recording::begin(parts_.record_fd, settings_);
  if (!recording) return say_at_once(recording.error().text());
  recording_ = std::move(*recording);
}

// A supervisor before us: what it learned is in the records.
void Supervisor::learn_from_records() {
  for (const record::Learned& learned : learned_before(parts_.area, predictor_)) {
    turn_.learn(learned);
    if (recording_) recording_->learned(learned);
  }
}

void Supervisor::on_wake() {
  eventfd_t count = 0;
  (void)::eventfd_read(parts_.wake_fd, &count);
  if (parts_.area.finished) return finish();
  if (parts_.area.ending) let_all_run();
  bool asked = false;
  for (GateSlot& slot : parts_.area.slots) {
    // The front takes a slot back when all may pass.
    SlotState waits = SlotState::asked;
    if (!slot.state.compare_exchange_strong(waits, SlotState::taken)) continue;
    take_in(slot);
    asked = true;
  }
  if (asked) decide(std::max(kForArrival, turn_.wanted_interval()));
}

void Supervisor::take_in(GateSlot& slot) {
  if (slot.facts.unread) {
    late_execs_.add(slot.facts, now());
    slot.state = SlotState::empty;
    return look_at_late_execs();
  }
  if (ending_) return stops_.answer(slot);
  arrivals_.take_in(slot, now());
}

void Supervisor::look_at_late_execs() {
  const auto found = late_execs_.look(now());
  for (const ExecFacts& facts : found) {
    if (!ending_) arrivals_.take_late(facts, now());
  }
  if (const auto next = late_execs_.next_look(now())) (void)loop_.start_timer(*late_timer_, *next);
  if (!found.empty()) decide(std::max(kForArrival, turn_.wanted_interval()));
}

void Supervisor::on_job_end(policy::JobId id) {
  LiveJob* job = jobs_.find(id);
  if (job == nullptr) return;
  const report::Outcome outcome = restarter_.outcome_of(*job);
  job->record->outcome = outcome;
  if (outcome == report::Outcome::oom) ++parts_.area.totals.lost;
  observer_.ended(*job, now());
  explainer_.explain_end(*job, now());
  tokens_.ended(*job->record);
  found_.ended(*job->record);
  stops_.forget(*job);
  restarter_.ended(*job->record);
  jobs_.remove(id, outcome, now());
  decide(kForEnd);
}

void Supervisor::on_hold_ended(policy::JobId id, HoldOutcome outcome) {
  LiveJob* job = jobs_.find(id);
  if (job == nullptr) {
    // The caller whose exec failed may have ended before we heard of it.
    if (outcome == HoldOutcome::exec_failed) jobs_.disown(id, now());
    return;
  }
  explainer_.explain_hold(*job, outcome, now());
  if (outcome == HoldOutcome::gone) return;
  job->exec = LiveJob::Exec::done;
  job->record->hold_done = outcome == HoldOutcome::held;
  if (outcome == HoldOutcome::held) return;
  if (outcome == HoldOutcome::exec_failed) {
    stops_.forget(*job);
    restarter_.ended(*job->record);
    jobs_.disown(id, now());
  } else {
    stops_.release(*job, now());
    parts_.area.note_unguarded(outcome == HoldOutcome::outside ? report::Unguarded::outside
                                                               : report::Unguarded::unstoppable);
  }
  decide(kForEnd);
}

void Supervisor::told_of_restart(const JobRecord& job, bool again) {
  explainer_.explain_restart(job, again, now());
  if (again) unit_.started_again(job);
}

void Supervisor::on_reclaimed(const Reclaimer::Outcome& outcome) {
  parts_.area.totals.reclaimed += outcome.written;
  explainer_.explain_reclaimed(outcome, jobs_, now());
  observer_.swapped_out(outcome.family);
  decide(kForSample);
}

void Supervisor::on_sample() {
  parts_.area.heartbeat = MonotonicClock::now();
  if (pause_.look()) {
    for (GateSlot& slot : parts_.area.slots) {
      SlotState waits = SlotState::asked;
      if (slot.state.compare_exchange_strong(waits, SlotState::taken)) stops_.answer(slot);
    }
    continue_for_stopped_front(parts_.area, parts_.gate.listener);
    (void)loop_.start_timer(*sample_timer_, kFirstSample);
    return;
  }
  if (parts_.gate.listener < 0 && !ending_) {
    for (const ExecFacts& found : scan_.new_jobs(jobs_)) (void)arrivals_.take_running(found, now());
    close_look_.job_runs();
  }
  for (const auto id : unwatched_ends(jobs_)) on_job_end(id);
  restarter_.sampled();
  tokens_.sampled(now());
  decide(kForSample);
}

void Supervisor::decide(Duration oldest_reading) {
  parts_.area.heartbeat = MonotonicClock::now();
  const bool decides = !ending_ && !pause_.lasts();
  (void)loop_.start_timer(*sample_timer_, decides ? turn_.take(oldest_reading) : kFirstSample);
}

void Supervisor::stepped(policy::Observation&& seen, policy::Decision&& decision) {
  desk_.stepped(seen, decision);
  if (recording_) recording_->stepped(std::move(seen), std::move(decision));
}

// It was found by its size, and has begun to start jobs: they would wait for it.
void Supervisor::let_drive(LiveJob& job) {
  stops_.release(job, now());
  oom_rank_.spare(job);
}

void Supervisor::let_all_run() {
  if (std::exchange(ending_, true)) return;
  for (LiveJob& job : jobs_.all()) stops_.release(job, now());
  restarter_.let_all_back();
  hands_.set_high(Bytes::unlimited());
}

void Supervisor::finish() {
  let_all_run();
  stop_worker_->drain();  // it alone knows of an exec that failed in its leaf: that job never ran
  // Ends that came with the command's, of which the loop has not told yet. What we killed has at most a moment to live.
  std::vector<policy::JobId> ended;
  for (const LiveJob& job : jobs_.all()) {
    if (parts_.area.killing || !proc::alive(job.processes.front())) ended.push_back(job.id);
  }
  for (const auto id : ended) on_job_end(id);
  (void)observer_.observe(now(), Duration{});
  observer_.read_totals();
  loop_.stop();
}

// The front starts the next one, which may fail at the same; who reads this knows why in the end nothing was guarded.
int told_of_end(const Error& error) {
  say_at_once(Error(error).in("the supervisor ends").text());
  return 125;
}

}  // namespace

int run_supervisor(const SupervisorParts& parts) try {
  auto loop = EventLoop::create();
  auto stop_worker = Worker::start();
  auto limit_worker = Worker::start();
  auto reclaim_worker = Worker::start();
  if (!loop) return told_of_end(loop.error());
  for (const auto* worker : {&stop_worker, &limit_worker, &reclaim_worker}) {
    if (!*worker) return told_of_end(worker->error());
  }
  lock_memory();
  const bool threads = (*stop_worker)->has_thread() && (*limit_worker)->has_thread() && (*reclaim_worker)->has_thread();
  if (!threads && !parts.config.quiet.value)
    say("the supervisor may not start all its threads, and waits for each stop. Raise ulimit -u or -v.");
  Supervisor supervisor(parts, std::move(*loop), std::move(*stop_worker), std::move(*limit_worker),
                        std::move(*reclaim_worker));
  const Status ended = supervisor.run();
  return ended ? 0 : told_of_end(ended.error());
} catch (const std::bad_alloc&) {
  // The next one may find more, and after three the front goes on alone and says so.
  return 125;
}

}  // namespace memguard::supervisor

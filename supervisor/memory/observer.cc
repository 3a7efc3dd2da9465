#include "supervisor/memory/observer.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/say.h"
#include "proc/machine.h"
#include "supervisor/stop/explain.h"

namespace memguard::supervisor {
namespace {

// A compiler and its libraries. Linkers map all that they read, once.
constexpr Bytes kMostText{std::int64_t{256} << 20U};
constexpr double kMostTextOfLimit = 0.25;
// After that a memory controller that a group above got meanwhile is seen, and that we were moved.
constexpr Duration kLookAnew = std::chrono::seconds(10);

policy::JobState state_of(const LiveJob& job) {
  switch (job.record->phase) {
    case JobPhase::waiting:
    case JobPhase::held:
      return policy::JobState::waiting;
    case JobPhase::frozen:
      return policy::JobState::frozen;
    default:
      return policy::JobState::running;
  }
}

policy::Wish wish_of(const LiveJob& job) {
  if (job.wish != policy::Wish::none) return job.wish;
  return job.record->kept ? policy::Wish::stop : policy::Wish::none;
}

}  // namespace

double processors_of_the_build() {
  const double usable = proc::usable_processors();
  return std::min(usable, cgroup::processors_above().value_or(usable));
}

Observer::Observer(const cgroup::Home& home, const RunLimit& limit, LiveJobs& jobs, SharedArea& area,
                   const config::Config& config, pid_t front)
    : home_(home),
      limit_(limit),
      jobs_(jobs),
      swap_(home),
      hidden_(area),
      unmapped_(area),
      thrashing_(area),
      explain_(config.explain.value),
      area_(area),
      front_(front),
      processors_(processors_of_the_build()) {}

policy::JobSeen Observer::seen(const LiveJob& job) {
  policy::JobSeen seen{
      .id = job.id,
      .family = job.family(),
      .job_class = policy::ClassId{job.record->policy_class},
      .above = job.above(),
      .state = state_of(job),
      .memory = job.memory + job.unmapped,
      .peak = job.record->peak,
      .cpu = job.record->cpu,
      .predicted = job.predicted,
      .course = job.course,
      .will_start = job.record->will_link ? std::optional(policy::ClassId{config::kLink}) : std::nullopt,
      .child_predicted = job.link_predicted,
      .group = job.group,
      .by_size = job.record->job_class == config::kOther,
      .of_build_script = job.record->of_build_script,
      .wish = wish_of(job)};
  swap_.complete(seen, job);
  return seen;
}

void Observer::refresh(Instant now, Duration oldest) {
  if (!read_at_ || now - *read_at_ >= oldest) read(now);
}

policy::Observation Observer::observe(Instant now, Duration oldest) {
  refresh(now, oldest);
  policy::Observation observation{.at = *read_at_,
                                  .limit = std::min(reading_.limit, hidden_.limit()),
                                  .limit_moves = area_.limit_moves,
                                  .used = reading_.used + text_,
                                  .kept_for_text = text_,
                                  .pressure = reading_.pressure,
                                  .processors = processors_,
                                  .waited_for_processor = reading_.waited_for_processor,
                                  .high_events = reading_.events ? reading_.events->high : 0,
                                  .swap_room = swap_.room(),
                                  .jobs = {},
                                  .ended = std::exchange(ended_, {})};
  for (const LiveJob& job : jobs_.all()) {
    if (!job.exempt) observation.jobs.push_back(seen(job));
  }
  return observation;
}

void Observer::ended(const LiveJob& job, Instant now) {
  // One that was evicted needs at least what it had, whenever that was.
  if (job.record->outcome != report::Outcome::done) return ended_.push_back({job.id, job.record->peak, false});
  if (const auto need = need_told_by(*job.record, now)) ended_.push_back({job.id, *need, true});
}

void Observer::read(Instant now) {
  read_at_ = now;
  follow_user();
  jobs_.measure(now);
  swap_.read(jobs_, now);
  reading_.used = read_used();
  reading_.pressure = read_pressure();
  reading_.waited_for_processor = read_waited_for_processor();
  follow_machine(now);
  read_totals();
  look_for_hidden_limit(now);
  look_for_thrashing(now);
  if (reading_.used > area_.peak.load()) {
    area_.peak = reading_.used;
    if (reading_.used > area_.highest_limit.load()) area_.most_above = most_above(jobs_, largest_other_);
  }
  if (reading_.stat) unmapped_.look(*reading_.stat, jobs_);
}

void Observer::look_for_hidden_limit(Instant now) {
  HiddenLimit::Seen seen{.at = now, .used = reading_.used, .events = reading_.events};
  if (reading_.pressure && reading_.events) seen.stalled = reading_.pressure->full;
  if (reading_.stat) {
    seen.refaults = reading_.stat->refaults;
    seen.direct_scans = reading_.stat->direct_scans;
  }
  if (!hidden_.look(seen) || !explain_) return;
  say_at_once(fmt::format("{:.2f} s: {}", seconds(now), hidden_limit_text(area_)));
}

void Observer::look_for_thrashing(Instant now) {
  if (!reading_.stat) return;
  thrashing_.look({.at = now,
                   .used = reading_.used,
                   .limit = std::min(reading_.limit, hidden_.limit()),
                   .stalled = reading_.pressure ? reading_.pressure->full : Duration{},
                   .read_again = reading_.stat->file_refaults},
                  jobs_);
}

void Observer::swapped_out(policy::FamilyId family) {
  for (LiveJob& job : jobs_.all()) {
    if (job.family() == family) job.in_full.at = {};
  }
  swap_.expire();
  read_at_.reset();
}

void Observer::follow_user() {
  const Bytes wall = area_.wall;
  if (wall != limit_.wall) followed_at_.reset();
  limit_.wall = wall;
}

// What we use and what is left change together, so their sum may be kept while we grow.
void Observer::follow_machine(Instant now) {
  if (followed_at_ && now - *followed_at_ < room_holds(room_)) return;
  followed_at_ = now;
  if (!above_ || now - above_found_at_ >= kLookAnew) {
    above_.emplace();
    above_found_at_ = now;
  }
  const auto surroundings = look_around(*above_);
  room_ = surroundings ? room_now(limit_, *surroundings) : limit_.wall;
  reading_.limit = limit_now(limit_, room_, reading_.used);
}

void Observer::read_totals() {
  if (reading_.pressure) area_.totals.pressure_full = reading_.pressure->full;
  if (!home_.can().memory) return;
  const auto events = home_.build->memory_events();
  if (!events) return;
  reading_.events = *events;
  area_.oom_kills = events->oom_kill;
}

Bytes Observer::read_used() {
  if (home_.can().memory) {
    if (const auto stat = home_.build->memory_stat()) {
      reading_.stat = *stat;
      note_text(*stat);
      return stat->unreclaimable();
    }
  }
  return used_by_jobs() + others_;
}

void Observer::note_text(const cgroup::MemoryStat& stat) {
  const Bytes mapped = std::max(stat.file_mapped - stat.shmem, Bytes{});
  text_ = std::max(text_, std::min({mapped, kMostText, kMostTextOfLimit * limit_.wall}));
}

Bytes Observer::used_by_jobs() const {
  Bytes sum;
  for (const LiveJob& job : jobs_.all()) sum += job.memory;
  return sum;
}

void Observer::set_others(Bytes others, const Bystander& largest) {
  if (!home_.can().memory) reading_.used += others - others_;
  others_ = others;
  largest_other_ = largest;
}

Bytes Observer::overhead() const {
  if (home_.can().memory) return reading_.used - used_by_jobs();
  const auto machine = proc::read_meminfo();
  return machine ? machine->total - machine->available - used_by_jobs() : Bytes{};
}

std::vector<pid_t> Observer::processes() const {
  if (home_.can().leaves) return home_.build->procs_below().value_or(std::vector<pid_t>{});
  std::vector<pid_t> pids;
  for (const auto& process : proc::descendants(front_)) {
    if (process.pid != ::getpid()) pids.push_back(process.pid);
  }
  return pids;
}

std::optional<policy::Pressure> Observer::read_pressure() const {
  const auto pressure = home_.can().leaves ? home_.build->memory_pressure() : proc::read_machine_pressure();
  if (!pressure) return std::nullopt;
  return policy::Pressure{pressure->some, pressure->full};
}

// Of all that share the machine it would say nothing about the build.
std::optional<Duration> Observer::read_waited_for_processor() const {
  if (!home_.can().leaves) return std::nullopt;
  const auto pressure = home_.build->cpu_pressure();
  return pressure ? std::optional(pressure->some) : std::nullopt;
}

}  // namespace memguard::supervisor

// The build of a report. A report has no dependencies: what it has is when each job came and went, and its memory in a
// timeline. What is made of that is said in `assumed`.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "job/profile.h"
#include "job/programs.h"
#include "simulate/amounts.h"
#include "simulate/build_parts.h"
#include "simulate/curve.h"
#include "simulate/recorded_curves.h"
#include "simulate/shapes.h"

namespace memguard::simulate {
namespace {

using json::Value;

constexpr double kMostProcessors = 1e4;
/// A job that starts no later than this after another ended may have waited for its place at -j.
constexpr double kHandover = 0.05;

/// How much of an optimizing rustc's processor time goes to codegen units, of which it works on as many at a time as it
/// has tokens. Ours: ripgrep's last rustc uses 1.8 of two processors, and 1.0 where it gets no token; its libraries 1.6
/// and less.
constexpr double kInCodegen = 0.7;
/// Up to so many processors count as one: times of the report are rounded.
constexpr double kOneProcessor = 1.05;

/// A job as the report has it. `start` is when it came for the first time: what memory ended and what was started again
/// for it is one job.
struct Reported {
  std::uint32_t id = 0;
  std::uint32_t family = 0;
  std::string job_class;
  job::Kind kind{};
  std::string crate;
  std::string output;
  std::string profile;
  double start = 0;
  double end = 0;
  double cpu = 0;
  /// How long it ran, without the times when it was stopped.
  double ran = 0;
  Bytes peak;
  /// No token was free for its threads.
  bool without_tokens = false;
  /// Memory ended it, and its work was done by a later one.
  bool started_again = false;
  std::optional<std::vector<Point>> curve;
};

double seconds_of(const Value& value) { return value.number(0, kMostSeconds); }

std::int64_t optional_integer(const Value& job, std::string_view key, std::int64_t most) {
  const Value value = job.find(key);
  return value.missing() || value.is_null() ? 0 : value.integer(0, most);
}

Reported reported(const Value& job, const RecordedCurves& curves, double wall) {
  Reported read;
  read.id = static_cast<std::uint32_t>(optional_integer(job, "id", UINT32_MAX));
  read.family = static_cast<std::uint32_t>(optional_integer(job, "family", UINT32_MAX));
  read.job_class = job.need("class").text();
  read.kind = job::kind_of(read.job_class);
  read.crate = job.need("crate").text();
  read.output = job.need("output").text();
  if (const Value profile = job.find("profile"); !profile.missing()) read.profile = profile.text();
  read.start = seconds_of(job.need("start"));
  const Value end = job.need("end");
  read.end = std::max(read.start, end.is_null() ? wall : seconds_of(end));
  read.cpu = seconds_of(job.need("cpu_seconds"));
  const double stopped = seconds_of(job.need("held_seconds")) + seconds_of(job.need("frozen_seconds"));
  read.ran = std::max(0.001, read.end - read.start - stopped);
  read.peak = job.need("peak_bytes").bytes();
  const Value outcome = job.find("outcome");
  read.started_again = !outcome.missing() && (outcome.text() == "evicted" || outcome.text() == "oom_restarted");
  read.without_tokens = curves.without_tokens(read.id, read.start, read.end);
  read.curve = curves.of(read.id, read.start, read.end, read.peak);
  return read;
}

bool is_same_work(const Reported& one, const Reported& other) {
  return one.family == other.family && one.job_class == other.job_class && one.crate == other.crate &&
         one.output == other.output;
}

// What was thrown away is not part of the work: the simulated build throws away what it must. Who had to start again
// came when its first try did.
std::vector<Reported> without_thrown_away(std::vector<Reported> jobs) {
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (!jobs[i].started_again) continue;
    const auto later = std::find_if(jobs.begin() + static_cast<std::ptrdiff_t>(i) + 1, jobs.end(),
                                    [&](const Reported& other) { return is_same_work(jobs[i], other); });
    if (later == jobs.end()) {
      jobs[i].started_again = false;
    } else {
      later->start = std::min(later->start, jobs[i].start);
    }
  }
  std::erase_if(jobs, [](const Reported& job) { return job.started_again; });
  return jobs;
}

/// How many processors a rustc uses that gets all the tokens it wants: the rest of it takes one.
double with_tokens(double processors) { return 1 / (1 - kInCodegen + kInCodegen / processors); }

// One that used more than a processor had some.
bool gets_tokens_with_memory(const Reported& job) {
  const bool used_one = job.cpu > 0 && job.cpu <= kOneProcessor * job.ran;
  return used_one && job.without_tokens && job.kind == job::Kind::rustc && job::has_codegen_threads(job.profile);
}

// A job that used less CPU time than it ran has waited for a processor, one that used more has several threads.
void set_time(Task& task, const Reported& job, double processors) {
  const double cpu = job.cpu > 0 ? job.cpu : job.ran;
  task.processors = std::max(1.0, cpu / job.ran);
  if (gets_tokens_with_memory(job)) task.processors = std::max(task.processors, with_tokens(processors));
  task.alone = time(std::min(job.ran, cpu / task.processors));
}

Task task_of(const Reported& job, ClassNames& classes) {
  const bool link = job.kind == job::Kind::link;
  Task task;
  task.job_class = classes.id(job.job_class);
  task.curve = job.curve ? *job.curve : ramp(job.peak, link ? 1.0 : 0.8);
  task.restartable = link || job.kind == job::Kind::rustc || job.kind == job::Kind::cc;
  return task;
}

/// "editor-5f0c" is what the linker of the crate editor writes.
bool links_crate(const Reported& link, const Reported& rustc) {
  std::string file = link.output.substr(link.output.rfind('/') + 1);
  if (file.starts_with("lib")) file.erase(0, 3);
  std::ranges::replace(file, '-', '_');
  std::string crate = rustc.crate;
  std::ranges::replace(crate, '-', '_');
  return !crate.empty() && file.starts_with(crate);
}

/// The rustc that was there all the time of the link: that of its crate, else the youngest.
std::optional<std::size_t> parent_of(const std::vector<Reported>& jobs, std::size_t link) {
  std::optional<std::size_t> parent;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const bool around = jobs[i].start <= jobs[link].start && jobs[i].end >= jobs[link].end && i != link;
    if (jobs[i].kind != job::Kind::rustc || !around) continue;
    if (links_crate(jobs[link], jobs[i])) return i;
    if (!parent || jobs[i].start >= jobs[*parent].start) parent = i;
  }
  return parent;
}

void give_parents(std::vector<Task>& tasks, const std::vector<Reported>& jobs) {
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (jobs[i].kind != job::Kind::link) continue;
    tasks[i].parent = parent_of(jobs, i);
    tasks[i].parent_progress = 0.95;
    if (tasks[i].parent) tasks[*tasks[i].parent].will_start = kLink;
  }
}

bool came_before(const std::vector<Reported>& jobs, std::size_t one, std::size_t other) {
  return jobs[one].start < jobs[other].start || (jobs[one].start == jobs[other].start && one < other);
}

/// Whether the second can have waited for the first.
bool ended_before(const std::vector<Reported>& jobs, std::size_t one, std::size_t other) {
  return came_before(jobs, one, other) && jobs[one].end <= jobs[other].start;
}

/// How many of the tasks without parent were there when this one came, or had ended no longer than that before.
int there_at(const std::vector<Task>& tasks, const std::vector<Reported>& jobs, std::size_t task, double handover) {
  int there = 0;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const bool there_then = came_before(jobs, i, task) && jobs[i].end > jobs[task].start - handover;
    if (!tasks[i].parent && there_then) ++there;
  }
  return there;
}

std::optional<std::size_t> last_ended_before(const std::vector<Task>& tasks, const std::vector<Reported>& jobs,
                                             std::size_t task) {
  std::optional<std::size_t> last;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (tasks[i].parent || !ended_before(jobs, i, task)) continue;
    if (!last || jobs[i].end > jobs[*last].end) last = i;
  }
  return last;
}

// Who came while there were fewer than -j had waited for somebody: for whom ended last before. Who came when a place
// became free may have waited for that alone. A link of no rustc waits for all that its files may come from.
void give_order(std::vector<Task>& tasks, const std::vector<Reported>& jobs, int slots) {
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (tasks[i].parent) continue;
    if (jobs[i].kind == job::Kind::link) {
      for (std::size_t before = 0; before < jobs.size(); ++before) {
        const bool compiled = !tasks[before].parent && jobs[before].kind != job::Kind::link;
        if (compiled && ended_before(jobs, before, i)) tasks[i].after.push_back(before);
      }
    } else if (there_at(tasks, jobs, i, kHandover) < slots) {
      if (const auto before = last_ended_before(tasks, jobs, i)) tasks[i].after.push_back(*before);
    }
  }
}

int slots_of(const std::vector<Task>& tasks, const std::vector<Reported>& jobs) {
  int most = 0;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (!tasks[i].parent) most = std::max(most, there_at(tasks, jobs, i, 0) + 1);
  }
  return std::max(most, 1);
}

// Of one and a half processors two: the simulated machine has whole ones.
std::optional<int> processors_of(const Value& root) {
  const Value processors = root.find("processors");
  if (processors.missing() || processors.number(0) <= 0) return std::nullopt;
  return static_cast<int>(std::ceil(std::min(processors.number(0), kMostProcessors)));
}

std::vector<std::string> assumptions(int slots, const std::vector<Reported>& jobs) {
  std::vector<std::string> said{
      fmt::format("The run is taken for one with -j{}: the most jobs there were at a time.", slots),
      "A job that came while there were fewer waits for the one that had ended last; others wait for nobody, and links "
      "for all compiles before them.",
      "Memory goes as the samples of the run show it. Where there are none it grows evenly, to the peak at 80 % of the "
      "time of a compile and at the end of a link."};
  if (std::ranges::any_of(jobs, gets_tokens_with_memory))
    said.emplace_back("A rustc that had no tokens for the threads of its codegen units has them.");
  return said;
}

}  // namespace

BuildFile build_of_report(const Value& root) {
  const Value version = root.need("version");
  if (version.integer() != 1) version.wrong("this memguard reads version 1");
  const double wall = seconds_of(root.need("wall_seconds"));
  const Value list = root.need("job");
  const RecordedCurves curves(root.find("timeline"));
  std::vector<Reported> jobs;
  for (std::size_t i = 0; i < list.size(); ++i) jobs.push_back(reported(list.at(i), curves, wall));
  jobs = without_thrown_away(std::move(jobs));
  ClassNames classes;
  BuildFile file;
  auto& tasks = file.build.tasks;
  for (const Reported& job : jobs) {
    tasks.push_back(task_of(job, classes));
    file.jobs.push_back({job.id, gets_tokens_with_memory(job)});
  }
  give_parents(tasks, jobs);
  const int slots = slots_of(tasks, jobs);
  give_order(tasks, jobs, slots);
  file.build.machine.tokens = slots;
  file.build.machine.cores = processors_of(root).value_or(slots);
  for (std::size_t i = 0; i < jobs.size(); ++i) set_time(tasks[i], jobs[i], std::min(slots, file.build.machine.cores));
  if (const Value limit = root.need("limit_bytes"); !limit.is_null()) {
    file.build.machine.limit = Bytes{limit.integer(0)};
  }
  file.assumed = assumptions(slots, jobs);
  return file;
}

}  // namespace memguard::simulate

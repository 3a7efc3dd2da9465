// A build that somebody describes: jobs by name, what they wait for, and their memory over time.
#include <cmath>
#include <unordered_map>

#include "simulate/amounts.h"
#include "simulate/build_parts.h"
#include "simulate/curve.h"
#include "simulate/shapes.h"

namespace memguard::simulate {
namespace {

using json::Value;

constexpr std::int64_t kMostProcessors = 1 << 16;
constexpr int kMostLevels = 100;

using Names = std::unordered_map<std::string, std::size_t>;

std::vector<Point> curve(const Value& points) {
  std::vector<Point> curve;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Value point = points.at(i);
    if (point.size() != 2) point.wrong("a point is [progress, bytes]");
    const Value progress = point.at(0);
    curve.push_back({progress.number(0, 1), point.at(1).bytes()});
    if (i > 0 && curve[i].progress < curve[i - 1].progress) progress.wrong("points go from 0 to 1");
  }
  if (curve.empty()) points.wrong("at least one point is needed");
  return curve;
}

std::pair<double, double> lock(const Value& between) {
  if (between.size() != 2) between.wrong("a lock is held from one progress to another");
  const double from = between.at(0).number(0, 1);
  return {from, between.at(1).number(from, 1)};
}

Task task_of(const Value& job, ClassNames& classes) {
  job.expect_keys({"name", "class", "seconds", "processors", "memory", "after", "parent", "at", "restartable",
                   "restart_factor", "predicted", "lock", "sleeps"});
  Task task;
  const Value job_class = job.find("class");
  task.job_class = job_class.missing() ? kRustc : classes.id(job_class.text());
  task.alone = time(job.need("seconds").number(0, kMostSeconds));
  task.curve = curve(job.need("memory"));
  if (const Value v = job.find("processors"); !v.missing()) task.processors = v.number(0.001, kMostProcessors);
  if (const Value v = job.find("at"); !v.missing()) task.parent_progress = v.number(0, 1);
  if (const Value v = job.find("restartable"); !v.missing()) task.restartable = v.boolean();
  if (const Value v = job.find("restart_factor"); !v.missing()) task.restart_factor = v.number(1, 100);
  if (const Value v = job.find("predicted"); !v.missing()) task.predicted = v.bytes();
  if (const Value v = job.find("lock"); !v.missing()) task.lock = lock(v);
  if (const Value v = job.find("sleeps"); !v.missing()) task.sleeps = v.boolean();
  return task;
}

std::optional<std::size_t> named(const Value& name, const Names& names) {
  const auto found = names.find(name.text());
  if (found != names.end()) return found->second;
  name.wrong("no job has this name");
  return std::nullopt;
}

void connect(Task& task, const Value& job, const Names& names, const std::vector<Task>& tasks) {
  const Value parent = job.find("parent");
  if (!parent.missing()) task.parent = named(parent, names);
  const Value after = job.find("after");
  if (after.missing()) return;
  if (!parent.missing()) return after.wrong("a job with a parent starts when its parent starts it");
  for (std::size_t i = 0; i < after.size(); ++i) {
    const Value name = after.at(i);
    const auto before = named(name, names);
    if (before && tasks[*before].parent) name.wrong("this job has a parent; wait for that one");
    if (before) task.after.push_back(*before);
  }
}

/// How many parents everybody has above himself; nothing for who never starts, because he waits for himself, however
/// long the way round.
std::vector<std::optional<int>> levels(const std::vector<Task>& tasks) {
  std::vector<std::size_t> blockers(tasks.size());
  std::vector<std::optional<int>> levels(tasks.size());
  std::vector<std::size_t> ready;
  const auto dependents = dependents_of(tasks);
  const auto children = children_of(tasks);
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    blockers[i] = tasks[i].after.size();
    if (blockers[i] == 0 && !tasks[i].parent) ready.push_back(i);
  }
  for (std::size_t next = 0; next < ready.size(); ++next) {
    const auto parent = tasks[ready[next]].parent;
    levels[ready[next]] = parent ? levels[*parent].value_or(0) + 1 : 0;
    ready.insert(ready.end(), children[ready[next]].begin(), children[ready[next]].end());
    for (const std::size_t dependent : dependents[ready[next]]) {
      if (--blockers[dependent] == 0) ready.push_back(dependent);
    }
  }
  return levels;
}

Machine machine_of(const Value& value) {
  value.expect_keys({"memory", "cores", "jobs", "overhead"});
  Machine machine;
  if (const Value v = value.find("memory"); !v.missing()) machine.limit = v.bytes();
  if (const Value v = value.find("cores"); !v.missing()) {
    machine.cores = machine.tokens = static_cast<int>(v.integer(1, kMostProcessors));
  }
  if (const Value v = value.find("jobs"); !v.missing()) {
    machine.tokens = static_cast<int>(v.integer(1, kMostProcessors));
  }
  if (const Value v = value.find("overhead"); !v.missing()) machine.overhead = v.bytes();
  return machine;
}

Names names_of(const Value& jobs) {
  Names names;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const Value job = jobs.at(i);
    const Value name = job.find("name");
    if (!name.missing() && !names.emplace(name.text(), i).second) name.wrong("another job has this name");
  }
  return names;
}

}  // namespace

BuildFile build_of_description(const Value& root) {
  root.expect_keys({"memguard_world", "machine", "jobs", "comment"});
  const Value version = root.need("memguard_world");
  if (version.integer() != 1) version.wrong("this memguard reads version 1");
  BuildFile file;
  if (const Value machine = root.find("machine"); !machine.missing()) file.build.machine = machine_of(machine);
  const Value jobs = root.need("jobs");
  const Names names = names_of(jobs);
  ClassNames classes;
  auto& tasks = file.build.tasks;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const Value job = jobs.at(i);
    tasks.push_back(task_of(job, classes));
    // Needed by those that wait for it, whose position may be before its own.
    const Value parent = job.find("parent");
    if (!parent.missing()) tasks[i].parent = i;
  }
  for (std::size_t i = 0; i < tasks.size(); ++i) connect(tasks[i], jobs.at(i), names, tasks);
  const auto level = levels(tasks);
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (!level[i]) jobs.at(i).wrong("it waits for itself, perhaps through others");
    if (level[i] > kMostLevels) jobs.at(i).wrong("it has too many parents above it");
    if (tasks[i].parent) tasks[*tasks[i].parent].will_start = tasks[i].job_class;
  }
  prioritise_like_cargo(tasks);
  return file;
}

}  // namespace memguard::simulate

#include "worlds.h"

#include <algorithm>
#include <cmath>

#include "simulate/amounts.h"
#include "simulate/curve.h"
#include "simulate/shapes.h"

namespace memguard::policy::testing {
namespace {

using simulate::Build;
using simulate::Dice;
using simulate::mib;
using simulate::Point;
using simulate::Task;

std::vector<Point> at_once(Dice& dice, Bytes peak) {
  const double when = dice.between(0, 0.95);
  return {{0, 0.1 * peak}, {when, 0.1 * peak}, {when, peak}, {1, peak}};
}

std::vector<Point> some_curve(Dice& dice, Bytes peak) {
  const double ready = dice.between(0.02, 1);
  switch (dice.whole(0, 5)) {
    case 0:
      return simulate::ramp(peak, ready);
    case 1:
      return {{0, peak}, {1, peak}};
    case 2:
      return simulate::spike(peak);
    case 3:
      return simulate::triples_late(peak);
    case 4:
      return simulate::saw(peak, 3);
    default:
      return at_once(dice, peak);
  }
}

std::optional<Bytes> some_prediction(Dice& dice, Bytes peak) {
  const double wrong = dice.between(0.2, 5);
  const double lie = dice.between(1, 20'000);
  if (dice.chance(0.4)) return std::nullopt;
  if (dice.chance(0.1)) return mib(lie);
  return dice.chance(0.5) ? peak : wrong * peak;
}

Task some_task(Dice& dice, double median_mib, double sigma) {
  const Bytes peak = mib(std::clamp(dice.log_normal(median_mib, sigma), 1.0, 30 * median_mib));
  const double cpu = dice.log_normal(1.5, 0.8);
  Task made = simulate::task(dice.chance(0.9) ? simulate::kRustc : ClassId{7}, cpu, some_curve(dice, peak));
  made.predicted = some_prediction(dice, peak);
  made.sleeps = dice.chance(0.02);
  const double from = dice.between(0, 0.5);
  const double until = from + dice.between(0.05, 0.5);
  if (dice.chance(0.1)) made.lock = {from, until};
  made.restart_factor = dice.between(1, 1.1);
  return made;
}

void wait_for_some(Dice& dice, std::vector<Task>& tasks, std::size_t task) {
  const int before = task == 0 ? 0 : dice.whole(0, static_cast<int>(task) - 1);
  if (task > 0 && dice.chance(0.3)) tasks[task].after = {static_cast<std::size_t>(before)};
}

/// A linker below task `parent`. A parent that holds the lock while its child wants it would hang without any governor.
void add_link(Dice& dice, std::vector<Task>& tasks, std::size_t parent, Task link) {
  link.job_class = simulate::kLink;
  link.lock.reset();
  link.parent = parent;
  link.parent_progress = dice.between(0.5, 1);
  if (dice.chance(0.5)) tasks[parent].will_start = simulate::kLink;
  tasks.push_back(std::move(link));
}

/// Up to twelve children of one task: all at once, as test threads start them, or each at its time; some have a linker.
void add_children(Dice& dice, std::vector<Task>& tasks, std::size_t parent, double median_mib, double sigma) {
  const int count = dice.whole(2, 12);
  const bool at_once = dice.chance(0.7);
  const double first = dice.between(0.1, 0.9);
  for (int i = 0; i < count; ++i) {
    Task child = some_task(dice, median_mib, sigma);
    child.lock.reset();
    child.parent = parent;
    child.parent_progress = at_once ? first : dice.between(0, 1);
    tasks.push_back(std::move(child));
    if (dice.chance(0.2)) add_link(dice, tasks, tasks.size() - 1, some_task(dice, median_mib, sigma));
  }
}

/// By dice of its own, so that the world is the same with and without.
void add_children(std::vector<Task>& tasks, double start_many, std::uint64_t seed, double median_mib, double sigma) {
  Dice dice(seed ^ 0x9696U);
  const std::size_t count = tasks.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (!tasks[i].parent && dice.chance(start_many)) add_children(dice, tasks, i, median_mib, sigma);
  }
}

/// They start first, and take no token from what they wait for.
void add_clients(Build& build, int clients, std::uint64_t seed, double median_mib) {
  Dice dice(seed ^ 0x7878U);
  std::vector<std::size_t> others;
  for (std::size_t i = 0; i < build.tasks.size(); ++i) {
    build.tasks[i].lock.reset();
    if (!build.tasks[i].parent) others.push_back(i);
  }
  for (int i = 0; i < clients; ++i) {
    const Bytes peak = mib(dice.between(0.2, 2) * median_mib);
    Task client = simulate::task(ClassId{9}, dice.between(0.1, 2), simulate::ramp(peak, dice.between(0.1, 1)));
    client.by_size = true;
    client.restartable = false;
    client.priority = 1'000'000;
    client.waits_at = dice.between(0.1, 0.9);
    client.waits_for = others;
    build.machine.limit += peak;
    ++build.machine.tokens;
    build.tasks.push_back(std::move(client));
  }
}

const Task& root_of(const std::vector<Task>& tasks, const Task& task) {
  const Task* root = &task;
  while (root->parent) root = &tasks[*root->parent];
  return *root;
}

/// The most that all families without a shim can have together.
Bytes all_not_restartable(const std::vector<Task>& tasks) {
  Bytes sum;
  for (const Task& task : tasks) {
    if (!root_of(tasks, task).restartable) sum += simulate::peak_of(task);
  }
  return sum;
}

/// Drawn by dice of its own, so that the world is the same with and without.
void add_swap(simulate::Machine& machine, std::uint64_t seed) {
  Dice dice(seed ^ 0x5a5aU);
  machine.swap = dice.between(0.01, 1) * dice.between(0.5, 4) * machine.limit;
  machine.swap_per_second = mib(dice.log_normal(300, 1));
}

/// Half of the build tools take their tokens from memguard. By dice of its own, for the same reason.
bool takes_our_tokens(std::uint64_t seed) { return Dice(seed ^ 0x3c3cU).chance(0.5); }

/// By dice of its own, for the same reason.
void name_sources(std::vector<Task>& tasks, std::uint64_t seed) {
  Dice dice(seed ^ 0xa5a5U);
  for (Task& task : tasks) task.predicted_by = static_cast<PredictedBy>(dice.whole(0, 2));
}

Course of_another_job(Dice& dice, Course course) {
  for (auto& share : course.shape) share = static_cast<std::uint8_t>(dice.whole(0, 255));
  course.wall = simulate::time(dice.log_normal(1.5, 2));
  course.cpu = simulate::time(dice.log_normal(1.5, 2));
  return course;
}

/// How they went before: as they will, a quarter faster or slower, or quite differently; by dice of its own too.
void tell_courses(std::vector<Task>& tasks, std::uint64_t seed) {
  Dice dice(seed ^ 0x6969U);
  for (Task& task : tasks) {
    if (dice.chance(0.3)) continue;
    task.course = simulate::course_of(task);
    if (!task.course) continue;
    if (dice.chance(0.2)) task.course = of_another_job(dice, *task.course);
    simulate::stretch(*task.course, dice.between(0.75, 1.25));
  }
}

}  // namespace

Build mean_world(std::uint64_t seed, const Meanness& meanness) {
  Dice dice(seed);
  Build build;
  const double median = dice.log_normal(100, 0.7);
  const double sigma = dice.between(0, 1.2);
  const int count = dice.whole(1, meanness.most_tasks);
  for (int i = 0; i < count; ++i) {
    build.tasks.push_back(some_task(dice, median, sigma));
    wait_for_some(dice, build.tasks, build.tasks.size() - 1);
    build.tasks.back().restartable = !dice.chance(meanness.not_restartable);
  }
  for (int i = 0; i < count; ++i) {
    Task link = some_task(dice, 2 * median, sigma);
    if (dice.chance(0.1)) add_link(dice, build.tasks, static_cast<std::size_t>(i), std::move(link));
  }
  add_children(build.tasks, meanness.start_many, seed, median, sigma);
  build.largest = simulate::largest_family(build.tasks);
  auto& machine = build.machine;
  machine.cores = static_cast<int>(dice.log_normal(8, 1.2));
  machine.cores = std::clamp(machine.cores, 1, 256);
  machine.tokens = dice.chance(0.8) ? machine.cores : dice.whole(1, 256);
  machine.jobserver = takes_our_tokens(seed);
  machine.overhead = mib(dice.between(0, 40));
  const double times = dice.chance(0.3) ? dice.between(1.02, 1.3) : dice.between(1.02, 8);
  const Bytes least = meanness.those_fit_together ? all_not_restartable(build.tasks) : Bytes{};
  machine.limit = times * std::max(build.largest, least) + machine.overhead;
  machine.reaction = simulate::time(dice.between(0, 0.1));
  machine.restarts = true;
  machine.seed = seed;
  tell_courses(build.tasks, seed);
  if (meanness.clients > 0) add_clients(build, meanness.clients, seed, median);
  if (meanness.swap) add_swap(machine, seed);
  if (meanness.many_sources) name_sources(build.tasks, seed);
  return build;
}

}  // namespace memguard::policy::testing

#include "simulate/workloads.h"

#include <algorithm>
#include <cmath>

#include "simulate/amounts.h"
#include "simulate/curve.h"
#include "simulate/shapes.h"

namespace memguard::simulate {
namespace {

// What is drawn is drawn in statements of its own: the order of arguments is the compiler's choice, and a seed is to be
// the same world with each.

/// A rustc gives back what it needed before it links.
std::vector<Point> with_drop(Bytes peak, Bytes rest, double drop) {
  return {{0, 0.05 * peak}, {0.6 * drop, peak}, {0.9 * drop, peak}, {drop, rest}, {1, rest}};
}

void add_link(std::vector<Task>& tasks, std::size_t parent, Task link, bool told) {
  link.parent = parent;
  link.parent_progress = 0.95;
  tasks.push_back(std::move(link));
  if (told) tasks[parent].will_start = kLink;
}

std::vector<Point> any_curve(Dice& dice, Bytes peak) {
  switch (dice.whole(0, 4)) {
    case 0:
      return ramp(peak, dice.between(0.1, 1.0));
    case 1:
      return {{0, peak}, {1, peak}};
    case 2:
      return spike(peak);
    case 3:
      return triples_late(peak);
    default:
      return ramp(peak, 1.0);
  }
}

Task any_task(Dice& dice, double median_mib) {
  const Bytes peak = mib(std::clamp(dice.log_normal(median_mib, 0.8), 1.0, 20 * median_mib));
  const ClassId job_class = dice.chance(0.9) ? kRustc : ClassId{7};
  const double cpu = dice.between(0.05, 6);
  Task made = task(job_class, cpu, any_curve(dice, peak));
  made.sleeps = dice.chance(0.03);
  if (dice.chance(0.1)) made.lock = {dice.between(0, 0.4), dice.between(0.5, 1.0)};
  if (dice.chance(0.3)) made.predicted = dice.between(0.2, 5) * peak;
  return made;
}

}  // namespace

Build libraries_then_links(std::uint64_t seed, bool told_of_links) {
  Dice dice(seed);
  Build build;
  auto& tasks = build.tasks;
  Bytes largest;
  const int libraries = dice.whole(4, 8);
  for (int i = 0; i < libraries; ++i) {
    const Bytes peak = mib(dice.between(200, 300));
    const double life = dice.between(2.5, 5);
    tasks.push_back(task(kRustc, life, ramp(peak, 2.5 / life * dice.between(0.8, 1.0))));
    largest = std::max(largest, peak);
  }
  const auto after = all_before(tasks.size());
  for (int i = 0; i < 4; ++i) {
    const Bytes peak = mib(dice.between(60, 110));
    tasks.push_back(task(kRustc, dice.between(0.5, 1.5), with_drop(peak, 0.7 * peak, 0.95)));
    tasks.back().after = after;
    const Bytes link = mib(dice.between(300, 400));
    const double cpu = dice.between(2, 5);
    add_link(tasks, tasks.size() - 1, task(kLink, cpu, ramp(link, dice.between(0.5, 1.0))), told_of_links);
    largest = std::max(largest, link);
  }
  build.largest = largest;
  build.machine = {.limit = 1.6 * largest,
                   .cores = 4,
                   .tokens = 8,
                   .overhead = mib(dice.between(15, 40)),
                   .reaction = std::chrono::milliseconds{100},
                   .seed = seed};
  return build;
}

Build anything(std::uint64_t seed, int count) {
  Dice dice(seed);
  Build build;
  const double median = dice.log_normal(100, 0.7);
  for (int i = 0; i < count; ++i) {
    Task made = any_task(dice, median);
    if (i > 0 && dice.chance(0.3)) made.after = {static_cast<std::size_t>(dice.whole(0, i - 1))};
    if (!made.after.empty() && build.tasks[made.after[0]].parent) made.after.clear();
    build.tasks.push_back(std::move(made));
  }
  for (int i = 0; i < count; ++i) {
    if (!dice.chance(0.15)) continue;
    Task link = any_task(dice, 2 * median);
    link.job_class = kLink;
    // A parent that holds the lock while its child wants it would hang without any governor.
    link.lock.reset();
    add_link(build.tasks, static_cast<std::size_t>(i), std::move(link), dice.chance(0.5));
  }
  build.largest = largest_family(build.tasks);
  const Bytes overhead = mib(dice.between(0, 40));
  build.machine = {.limit = dice.between(1.1, 6) * build.largest + overhead,
                   .cores = dice.whole(2, 32),
                   .tokens = dice.whole(1, 32),
                   .overhead = overhead,
                   .reaction = time(dice.between(0, 0.1)),
                   .seed = seed};
  return build;
}

Build uniform(std::uint64_t seed) {
  Dice dice(seed);
  Build build;
  for (int i = 0; i < 200; ++i) {
    const double cpu = 3 * dice.between(0.9, 1.1);
    build.tasks.push_back(task(kRustc, cpu, ramp(mib(200 * dice.between(0.98, 1.0)), 1.0)));
  }
  build.largest = mib(200);
  build.machine = {
      .limit = mib(1024), .cores = 16, .tokens = 16, .reaction = std::chrono::milliseconds{100}, .seed = seed};
  return build;
}

Build mixed(std::uint64_t seed, int cores, double sigma) {
  Dice dice(seed);
  Build build;
  const double mean = 100 * std::exp(sigma * sigma / 2);
  const double limit = (sigma > 0.7 ? 0.35 : 0.5) * cores * mean;
  for (int i = 0; i < 500; ++i) {
    const Bytes peak = mib(std::clamp(dice.log_normal(100, sigma), 5.0, 0.85 * limit));
    const double cpu = dice.between(0.5, 6);
    build.tasks.push_back(task(kRustc, cpu, any_curve(dice, peak)));
  }
  build.largest = largest_family(build.tasks);
  build.machine = {
      .limit = mib(limit), .cores = cores, .tokens = cores, .reaction = std::chrono::milliseconds{100}, .seed = seed};
  return build;
}

Build links(std::uint64_t seed, Bytes limit) {
  Dice dice(seed);
  Build build;
  for (int i = 0; i < 200; ++i) {
    const double cpu = dice.between(0.5, 3);
    build.tasks.push_back(task(kRustc, cpu, ramp(mib(dice.between(30, 120)), 0.8)));
  }
  const auto after = all_before(200);
  for (int i = 0; i < 12; ++i) {
    build.tasks.push_back(task(kLink, 8, ramp(mib(440), 1.0)));
    build.tasks.back().after = after;
  }
  build.largest = mib(440);
  build.machine = {.limit = limit, .cores = 16, .tokens = 16, .reaction = std::chrono::milliseconds{100}, .seed = seed};
  return build;
}

Build configure_then_compile(std::uint64_t seed) {
  Dice dice(seed);
  Build build;
  auto& tasks = build.tasks;
  const int checks = dice.whole(0, 30);
  for (int i = 0; i < checks; ++i) {
    tasks.push_back(task(kCc, 0.4, ramp(mib(dice.between(6, 18)), 0.8)));
    if (i > 0) tasks.back().after = {tasks.size() - 2};
  }
  const auto configured = all_before(tasks.size());
  const int compiles = dice.whole(8, 40);
  const double median = dice.between(40, 300);
  const double sigma = dice.between(0.05, 0.4);
  for (int i = 0; i < compiles; ++i) {
    const Bytes peak = mib(dice.log_normal(median, sigma));
    const double cpu = dice.between(2, 8);
    tasks.push_back(task(kCc, cpu, ramp(peak, dice.between(0.6, 1))));
    tasks.back().after = configured;
    build.largest = std::max(build.largest, peak);
  }
  for (Task& one : tasks) one.restartable = false;
  const Bytes limit = dice.between(1.3, 6) * build.largest;
  const int cores = dice.whole(1, 8);
  const int jobs = std::max(cores, dice.whole(4, 16));
  build.machine = {
      .limit = limit, .cores = cores, .tokens = jobs, .reaction = std::chrono::milliseconds{100}, .seed = seed};
  return build;
}

Build late(std::uint64_t seed) {
  Dice dice(seed);
  Build build;
  for (int i = 0; i < 150; ++i) {
    const double cpu = dice.between(2, 8);
    build.tasks.push_back(task(kRustc, cpu, triples_late(mib(dice.between(100, 300)))));
  }
  build.largest = mib(300);
  build.machine = {
      .limit = mib(2048), .cores = 16, .tokens = 16, .reaction = std::chrono::milliseconds{100}, .seed = seed};
  return build;
}

}  // namespace memguard::simulate

#include "simulate/study.h"

#include <algorithm>
#include <cmath>

#include "simulate/amounts.h"
#include "simulate/curve.h"
#include "simulate/shapes.h"

namespace memguard::simulate {
namespace {

using Make = Build (*)(Dice& dice, int number);

struct Study {
  StudyName title;
  Make make;
  int number = 0;
};

Machine machine(double limit_mib, int cores) {
  Machine made;
  made.limit = mib(limit_mib);
  made.cores = made.tokens = cores;
  made.reaction = std::chrono::milliseconds{100};
  made.restarts = true;
  made.jobserver = true;
  return made;
}

// --- 200 compiles, then 12 links

std::vector<Task> compiles_and_links(Dice& dice) {
  std::vector<Task> tasks;
  for (int i = 0; i < 200; ++i) {
    const double cpu = dice.between(0.5, 3);
    const double peak = dice.between(30, 120);
    tasks.push_back(task(kRustc, cpu, ramp(mib(peak), 0.8)));
  }
  for (int i = 0; i < 12; ++i) tasks.push_back(task(kLink, 8, ramp(mib(440), 1.0)));
  return tasks;
}

Build links(Dice& dice, int limit_mib) {
  Build build{compiles_and_links(dice), machine(limit_mib, 16), {}};
  for (std::size_t i = 200; i < build.tasks.size(); ++i) build.tasks[i].after = all_before(200);
  return build;
}

Build links_of_few(Dice& dice, int limit_mib) {
  Build build{compiles_and_links(dice), machine(limit_mib, 16), {}};
  for (std::size_t i = 200; i < build.tasks.size(); ++i) {
    const auto centre = static_cast<int>((i - 200) * 200 / 12);
    const int count = dice.whole(10, 50);
    for (int compile = std::max(0, centre - count / 2); compile < std::min(200, centre + count / 2); ++compile) {
      build.tasks[i].after.push_back(static_cast<std::size_t>(compile));
    }
  }
  return build;
}

// --- 500 jobs of every shape that wait for each other

std::vector<Point> some_curve(Dice& dice, Bytes peak) {
  const double ready = dice.between(0.1, 0.5);
  switch (dice.whole(0, 4)) {
    case 0:
      return ramp(peak, ready);
    case 1:
      return ramp(peak, 0.1);
    case 2:
      return triples_late(peak);
    case 3:
      return saw(peak, 3);
    default:
      return spike(peak);
  }
}

std::vector<std::size_t> some_before(Dice& dice, std::size_t task) {
  std::vector<std::size_t> after;
  const int count = dice.whole(0, 2);
  for (int i = count + (dice.chance(0.25) ? 1 : 0); i > 0 && task > 0; --i) {
    const auto before = static_cast<std::size_t>(dice.whole(0, static_cast<int>(task) - 1));
    if (std::ranges::find(after, before) == after.end()) after.push_back(before);
  }
  return after;
}

Build many(Dice& dice, int cores, double sigma, double share) {
  constexpr double kMedian = 100;
  const double limit = share * cores * kMedian * std::exp(sigma * sigma / 2);
  Build build{{}, machine(limit, cores), {}};
  for (std::size_t i = 0; i < 500; ++i) {
    const double peak = std::min(dice.log_normal(kMedian, sigma), 0.9 * limit);
    const double cpu = dice.between(0.5, 4.5);
    build.tasks.push_back(task(kRustc, cpu, some_curve(dice, mib(peak))));
    build.tasks.back().after = some_before(dice, i);
  }
  return build;
}

Build mixed(Dice& dice, int cores) { return many(dice, cores, 1.0, 0.35); }
Build medium(Dice& dice, int cores) { return many(dice, cores, 0.5, 0.5); }

Build with_lock(Dice& dice, int cores) {
  Build build = mixed(dice, cores);
  for (Task& job : build.tasks) {
    const double from = dice.between(0, 0.5);
    const double until = from + dice.between(0.1, 0.5);
    if (dice.chance(0.15)) job.lock = {from, until};
  }
  return build;
}

Build plenty(Dice& dice, int cores) {
  Build build = mixed(dice, cores);
  build.machine.limit = mib(1 << 20);
  return build;
}

// --- jobs of one kind

Build late_ones(Dice& dice, int limit_mib) {
  Build build{{}, machine(limit_mib, 16), {}};
  for (int i = 0; i < 150; ++i) {
    const double cpu = dice.between(4, 12);
    const double peak = dice.between(100, 300);
    build.tasks.push_back(task(kRustc, cpu, triples_late(mib(peak))));
  }
  return build;
}

Build equal_ones(Dice& dice, int limit_mib) {
  Build build{{}, machine(limit_mib, 16), {}};
  for (int i = 0; i < 200; ++i) {
    const double cpu = 3 * dice.between(0.95, 1.05);
    const double peak = 200 * dice.between(0.955, 1.045);
    build.tasks.push_back(task(kRustc, cpu, ramp(mib(peak), 0.33)));
  }
  return build;
}

Build saws(Dice& dice, int limit_mib) {
  Build build{{}, machine(limit_mib, 16), {}};
  for (int i = 0; i < 150; ++i) {
    const double cpu = dice.between(3, 9);
    const double peak = dice.between(100, 300);
    const int teeth = dice.whole(3, 6);
    build.tasks.push_back(task(kRustc, cpu, saw(mib(peak), teeth)));
  }
  return build;
}

// --- the limit is halved meanwhile

void add_thief(Build& build) {
  const Bytes later = std::max(0.667 * build.machine.limit, 1.025 * largest_family(build.tasks));
  const Duration midway = physical_bound(build.tasks, build.machine) / 2;
  build.machine.limit = 2.0 * later;
  constexpr int kSteps = 50;
  for (int i = 1; i <= kSteps; ++i) {
    const Instant at = Instant{} + midway + i * std::chrono::milliseconds{100};
    build.machine.later_limits.push_back({at, (2.0 - static_cast<double>(i) / kSteps) * later});
  }
}

template <Make make>
Build thief(Dice& dice, int number) {
  Build build = make(dice, number);
  prioritise_like_cargo(build.tasks);
  add_thief(build);
  return build;
}

const std::vector<Study>& studies() {
  static const std::vector<Study> all{
      {{"links512", "200 compiles, then 12 links that grow to 440 MiB in 8 s; 16 cores, 512 MiB"}, links, 512},
      {{"links1024", "the same in 1 GiB"}, links, 1024},
      {{"links2048", "the same in 2 GiB"}, links, 2048},
      {{"links4096", "the same in 4 GiB"}, links, 4096},
      {{"links6144", "the same in 6 GiB"}, links, 6144},
      {{"linksO2048", "each link waits only for 10 to 50 compiles; 2 GiB"}, links_of_few, 2048},
      {{"mixed8", "500 jobs, log-normal peaks (sigma 1), a third of what 8 cores would use"}, mixed, 8},
      {{"mixed32", "the same with 32 cores"}, mixed, 32},
      {{"mixed128", "the same with 128 cores"}, mixed, 128},
      {{"med8", "500 jobs, log-normal peaks (sigma 0.5), half of what 8 cores would use"}, medium, 8},
      {{"med32", "the same with 32 cores"}, medium, 32},
      {{"med128", "the same with 128 cores"}, medium, 128},
      {{"late", "150 jobs that triple at three quarters of their life"}, late_ones, 1408},
      {{"uniform", "200 jobs of 200 MiB and 3 s in 1 GiB"}, equal_ones, 1024},
      {{"saw", "150 jobs that grow and shrink several times"}, saws, 1440},
      {{"adv", "mixed32, each prediction wrong by 10, up or down"}, mixed, 32},
      {{"biasU", "mixed32, each prediction a third of the truth"}, mixed, 32},
      {{"biasO", "mixed32, each prediction three times the truth"}, mixed, 32},
      {{"lock", "mixed32, 15 % of the jobs need one lock"}, with_lock, 32},
      {{"plenty", "500 jobs on 12 cores, more memory than they can use"}, plenty, 12},
      {{"thief-mixed32", "mixed32 with a third more, halved midway within 5 s"}, thief<mixed>, 32},
      {{"thief-med32", "med32 likewise"}, thief<medium>, 32},
      {{"thief-links2048", "links2048 likewise"}, thief<links>, 2048},
      {{"thief-uniform", "uniform likewise"}, thief<equal_ones>, 1024},
      {{"thief-late", "late likewise"}, thief<late_ones>, 1408},
  };
  return all;
}

/// How a prediction errs in the workloads whose point that is.
std::optional<double> error_of(std::string_view name, Dice& dice) {
  if (name == "adv") return dice.chance(0.5) ? 10 : 0.1;
  if (name == "biasU") return 1.0 / 3;
  if (name == "biasO") return 3;
  return std::nullopt;
}

void mispredict(Build& build, std::string_view name, Dice& dice) {
  for (Task& job : build.tasks) {
    if (const auto error = error_of(name, dice)) job.predicted = *error * peak_of(job);
  }
}

}  // namespace

const std::vector<StudyName>& study_names() {
  static const std::vector<StudyName> names = [] {
    std::vector<StudyName> all;
    for (const Study& study : studies()) all.push_back(study.title);
    return all;
  }();
  return names;
}

std::optional<Build> study(std::string_view name, std::uint64_t seed, Knowledge knowledge) {
  const auto found = std::ranges::find(studies(), name, [](const Study& s) { return s.title.name; });
  if (found == studies().end()) return std::nullopt;
  Dice dice(seed);
  Build build = found->make(dice, found->number);
  prioritise_like_cargo(build.tasks);
  build.largest = largest_family(build.tasks);
  build.machine.seed = seed;
  tell(build, knowledge, seed);
  if (knowledge == Knowledge::predictions) mispredict(build, name, dice);
  return build;
}

void tell(Build& build, Knowledge knowledge, std::uint64_t seed) {
  Dice dice(seed ^ 0x9e3779b97f4a7c15U);
  Dice paces(seed ^ 0xc2b2ae3d27d4eb4fU);
  for (Task& job : build.tasks) {
    const Bytes peak = peak_of(job);
    const double modelled = dice.log_normal(1.0, job.job_class == kLink ? 0.5 : 0.8);
    const double remembered = dice.between(0.95, 1.05);
    if (knowledge == Knowledge::predictions) job.predicted = modelled * peak;
    if (knowledge == Knowledge::recorded) {
      job.predicted = remembered * peak;
      job.predicted_by = policy::PredictedBy::history;
      job.course = course_of(job);
      if (job.course) stretch(*job.course, paces.between(0.9, 1.1));
    }
  }
}

}  // namespace memguard::simulate

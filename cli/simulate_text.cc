#include "cli/simulate_text.h"

#include <cmath>

#include <fmt/format.h>

namespace memguard::cli {
namespace {

using simulate::FixedJobs;
using simulate::Outcome;

std::string header(const Simulated& simulated, const SimulatedWorld& world) {
  std::string text =
      fmt::format("{}, seed {}: {} jobs, the largest {}; {} cores, -j{}, {}\n", simulated.name, world.seed, world.jobs,
                  to_text(world.largest), world.machine.cores, world.machine.tokens, to_text(world.machine.limit));
  for (const std::string& sentence : simulated.assumed) text += fmt::format("({})\n", sentence);
  return text + fmt::format("\n{:14}{:>10}{:>10}{:>10}{:>9}{:>8}{:>8}{:>14}\n", "", "time", "peak", "evicted", "killed",
                            "lost", "wasted", "idle cores");
}

/// Of all the processors' time.
double share(Duration part, const Outcome& outcome, int cores) {
  const double all = seconds(outcome.makespan) * cores;
  return all > 0 ? 100 * seconds(part) / all : 0;
}

std::string row(const std::string& name, const Outcome& outcome, int cores) {
  const double wasted = outcome.cpu.count() > 0 ? 100 * seconds(outcome.wasted) / seconds(outcome.cpu) : 0;
  return fmt::format("{:14}{:>8.1f} s{:>10}{:>10}{:>9}{:>8}{:>6.1f} %{:>12.0f} %\n", name, seconds(outcome.makespan),
                     to_text(outcome.most_used), outcome.evicted, outcome.killed, outcome.lost, wasted,
                     share(outcome.idle, outcome, cores));
}

std::string lost_row(const FixedJobs& first, const FixedJobs& last) {
  const std::string name =
      first.jobs == last.jobs ? fmt::format("-j{}", first.jobs) : fmt::format("-j{} to -j{}", first.jobs, last.jobs);
  const char* how = first.outcome.hung ? "hangs" : "lost: the kernel kills a job";
  return fmt::format("{:14}  {}, after {:.1f} s\n", name, how, seconds(first.outcome.makespan));
}

std::string fixed_rows(const SimulatedWorld& world) {
  std::string text;
  const auto& fixed = world.result.fixed;
  for (std::size_t i = 0; i < fixed.size();) {
    if (fixed[i].survived()) {
      text += row(fmt::format("-j{}", fixed[i].jobs), fixed[i].outcome, world.machine.cores);
      ++i;
      continue;
    }
    std::size_t last = i;
    while (last + 1 < fixed.size() && !fixed[last + 1].survived()) ++last;
    text += lost_row(fixed[i], fixed[last]);
    i = last + 1;
  }
  return text;
}

double ratio(const SimulatedWorld& world) {
  const FixedJobs* best = world.result.best();
  return best == nullptr ? 0 : seconds(world.result.guarded.makespan) / seconds(best->outcome.makespan);
}

std::string verdict(const SimulatedWorld& world) {
  const FixedJobs* best = world.result.best();
  const Outcome& guarded = world.result.guarded;
  std::string text = fmt::format("\nheld {}, frozen {} times, no job restarted more than {} times\n", guarded.held,
                                 guarded.freezes, guarded.most_restarts_of_one);
  if (guarded.reclaimed > Bytes{}) text += fmt::format("{} of frozen jobs went to swap\n", to_text(guarded.reclaimed));
  if (guarded.hung) text += "The build hangs.\n";
  text += best == nullptr ? std::string("No -j survives.\n")
                          : fmt::format("{:.2f} times the best -j that survives, -j{}\n", ratio(world), best->jobs);
  return text + fmt::format("Nothing can be faster than {:.1f} s.\n", seconds(world.result.bound));
}

std::string table_of_one(const Simulated& simulated) {
  const SimulatedWorld& world = simulated.worlds.front();
  return header(simulated, world) + row("memguard", world.result.guarded, world.machine.cores) + fixed_rows(world) +
         verdict(world);
}

std::string world_row(const SimulatedWorld& world) {
  const Outcome& guarded = world.result.guarded;
  const FixedJobs* best = world.result.best();
  const std::string fixed = best == nullptr
                                ? std::string("none")
                                : fmt::format("{:.1f} s (-j{})", seconds(best->outcome.makespan), best->jobs);
  const std::string times = best == nullptr ? std::string("-") : fmt::format("{:.2f}", ratio(world));
  return fmt::format("{:>8}{:>8.1f} s{:>18}{:>8}{:>10}{:>9}{:>8}{:>9}\n", world.seed, seconds(guarded.makespan), fixed,
                     times, guarded.evicted, guarded.killed, guarded.freezes, guarded.lost);
}

std::string table_of_many(const Simulated& simulated) {
  std::string text = fmt::format("{}: {} worlds\n\n{:>8}{:>10}{:>18}{:>8}{:>10}{:>9}{:>8}{:>9}\n", simulated.name,
                                 simulated.worlds.size(), "seed", "memguard", "best fixed", "times", "evicted",
                                 "killed", "frozen", "lost");
  double logs = 0;
  int compared = 0;
  int lost = 0;
  for (const SimulatedWorld& world : simulated.worlds) {
    text += world_row(world);
    lost += world.result.guarded.lost > 0 || world.result.guarded.hung ? 1 : 0;
    if (world.result.best() == nullptr) continue;
    logs += std::log(ratio(world));
    ++compared;
  }
  text += fmt::format("\n{} builds lost\n", lost);
  if (compared > 0)
    text += fmt::format("{:.3f} times the best -j that survives, on average\n", std::exp(logs / compared));
  return text;
}

}  // namespace

void Simulated::add(const simulate::Build& build, std::uint64_t seed) {
  worlds.push_back({seed, build.tasks.size(), build.largest, build.machine, simulate::compare(build)});
}

std::string to_table(const Simulated& simulated) {
  return simulated.worlds.size() == 1 ? table_of_one(simulated) : table_of_many(simulated);
}

}  // namespace memguard::cli

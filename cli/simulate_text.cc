#include "cli/simulate_text.h"

#include <cmath>

#include <fmt/format.h>

namespace memguard::cli {
namespace {

using simulate::FixedJobs;
using simulate::Outcome;

TerminalText header(const Simulated& simulated, const SimulatedWorld& world) {
  auto text = terminal_text("{}, seed {}: {} jobs, the largest {}; {} cores, -j{}, {}\n", simulated.name, world.seed,
                            world.jobs, to_text(world.largest), world.machine.cores, world.machine.tokens,
                            to_text(world.machine.limit));
  for (const std::string& sentence : simulated.assumed) text += terminal_text("({})\n", sentence);
  return text + terminal_text("\n{:14}{:>10}{:>10}{:>10}{:>9}{:>8}{:>8}{:>14}\n", "", "time", "peak", "evicted",
                              "killed", "lost", "wasted", "idle cores");
}

/// Of all the processors' time.
double share(Duration part, const Outcome& outcome, int cores) {
  const double all = seconds(outcome.makespan) * cores;
  return all > 0 ? 100 * seconds(part) / all : 0;
}

TerminalText row(const std::string& name, const Outcome& outcome, int cores) {
  const double wasted = outcome.cpu.count() > 0 ? 100 * seconds(outcome.wasted) / seconds(outcome.cpu) : 0;
  return terminal_text("{:14}{:>8.1f} s{:>10}{:>10}{:>9}{:>8}{:>6.1f} %{:>12.0f} %\n", name, seconds(outcome.makespan),
                       to_text(outcome.most_used), outcome.evicted, outcome.killed, outcome.lost, wasted,
                       share(outcome.idle, outcome, cores));
}

bool survived(const Outcome& guarded) { return guarded.lost == 0 && !guarded.hung; }

TerminalText lost_row(const std::string& name, std::string_view how, const Outcome& outcome) {
  return terminal_text("{:14}  {}, after {:.1f} s\n", name, outcome.hung ? "hangs" : how, seconds(outcome.makespan));
}

// What was lost was not done: its time is none that another could be compared with.
TerminalText guarded_row(const SimulatedWorld& world) {
  const Outcome& guarded = world.result.guarded;
  if (survived(guarded)) return row("memguard", guarded, world.machine.cores);
  return lost_row("memguard", fmt::format("lost: {} of {} jobs", guarded.lost, world.jobs), guarded);
}

TerminalText fixed_row(const std::string& name, const FixedJobs& fixed, int cores) {
  return fixed.survived() ? row(name, fixed.outcome, cores)
                          : lost_row(name, "lost: the kernel kills a job", fixed.outcome);
}

std::string fixed_name(const FixedJobs& first, const FixedJobs& last) {
  return first.jobs == last.jobs ? fmt::format("-j{}", first.jobs) : fmt::format("-j{} to -j{}", first.jobs, last.jobs);
}

// From some -j on all are the same: there is never more to start, or the build is lost.
bool in_one_row(const FixedJobs& first, const FixedJobs& next, int cores) {
  if (first.survived() != next.survived()) return false;
  return !first.survived() || fixed_row("", first, cores) == fixed_row("", next, cores);
}

TerminalText fixed_rows(const SimulatedWorld& world) {
  TerminalText text;
  const auto& fixed = world.result.fixed;
  const int cores = world.machine.cores;
  for (std::size_t i = 0; i < fixed.size();) {
    std::size_t last = i;
    while (last + 1 < fixed.size() && in_one_row(fixed[i], fixed[last + 1], cores)) ++last;
    text += fixed_row(fixed_name(fixed[i], fixed[last]), fixed[i], cores);
    i = last + 1;
  }
  return text;
}

double ratio(const SimulatedWorld& world) {
  const FixedJobs* best = world.result.best();
  return best == nullptr ? 0 : seconds(world.result.guarded.makespan) / seconds(best->outcome.makespan);
}

TerminalText verdict(const SimulatedWorld& world) {
  const FixedJobs* best = world.result.best();
  const Outcome& guarded = world.result.guarded;
  auto text = terminal_text("\nheld {}, frozen {} times, no job restarted more than {} times\n", guarded.held,
                            guarded.freezes, guarded.most_restarts_of_one);
  if (guarded.reclaimed > Bytes{})
    text += terminal_text("{} of frozen jobs went to swap\n", to_text(guarded.reclaimed));
  if (best == nullptr)
    text += terminal_text("No -j survives.\n");
  else if (survived(guarded))
    text += terminal_text("{:.2f} times the best -j that survives, -j{}\n", ratio(world), best->jobs);
  else
    text += terminal_text("The best -j that survives is -j{}.\n", best->jobs);
  return text + terminal_text("Nothing can be faster than {:.1f} s.\n", seconds(world.result.bound));
}

TerminalText table_of_one(const Simulated& simulated) {
  const SimulatedWorld& world = simulated.worlds.front();
  return header(simulated, world) + guarded_row(world) + fixed_rows(world) + verdict(world);
}

bool compared(const SimulatedWorld& world) { return survived(world.result.guarded) && world.result.best() != nullptr; }

TerminalText world_row(const SimulatedWorld& world) {
  const Outcome& guarded = world.result.guarded;
  const FixedJobs* best = world.result.best();
  const std::string fixed = best == nullptr
                                ? std::string("none")
                                : fmt::format("{:.1f} s (-j{})", seconds(best->outcome.makespan), best->jobs);
  const std::string time = survived(guarded) ? fmt::format("{:.1f} s", seconds(guarded.makespan)) : "lost";
  const std::string times = compared(world) ? fmt::format("{:.2f}", ratio(world)) : "-";
  return terminal_text("{:>8}{:>10}{:>18}{:>8}{:>10}{:>9}{:>8}{:>9}\n", world.seed, time, fixed, times, guarded.evicted,
                       guarded.killed, guarded.freezes, guarded.lost);
}

TerminalText table_of_many(const Simulated& simulated) {
  auto text = terminal_text("{}: {} worlds\n\n{:>8}{:>10}{:>18}{:>8}{:>10}{:>9}{:>8}{:>9}\n", simulated.name,
                            simulated.worlds.size(), "seed", "memguard", "best fixed", "times", "evicted", "killed",
                            "frozen", "lost");
  double logs = 0;
  int number = 0;
  int lost = 0;
  for (const SimulatedWorld& world : simulated.worlds) {
    text += world_row(world);
    lost += survived(world.result.guarded) ? 0 : 1;
    if (!compared(world)) continue;
    logs += std::log(ratio(world));
    ++number;
  }
  text += terminal_text("\n{} builds lost\n", lost);
  if (number > 0)
    text += terminal_text("{:.3f} times the best -j that survives, on average\n", std::exp(logs / number));
  return text;
}

}  // namespace

void Simulated::add(const simulate::Build& build, std::uint64_t seed) {
  worlds.push_back({seed, build.tasks.size(), build.largest, build.machine, simulate::compare(build, settings)});
}

TerminalText to_table(const Simulated& simulated) {
  return simulated.worlds.size() == 1 ? table_of_one(simulated) : table_of_many(simulated);
}

}  // namespace memguard::cli

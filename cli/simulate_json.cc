// What simulate tells programs (docs/SIMULATE.md).
#include <nlohmann/json.hpp>

#include "cli/simulate_text.h"

namespace memguard::cli {
namespace {

using nlohmann::ordered_json;

ordered_json json_of(const simulate::Outcome& outcome) {
  return {{"seconds", seconds(outcome.makespan)},
          {"ended", outcome.ended},
          {"lost", outcome.lost},
          {"hung", outcome.hung},
          {"evicted", outcome.evicted},
          {"oom_kills", outcome.killed},
          {"most_restarts_of_one", outcome.most_restarts_of_one},
          {"held", outcome.held},
          {"freezes", outcome.freezes},
          {"oldest_held_seconds", seconds(outcome.oldest_held)},
          {"peak_bytes", outcome.most_used.count},
          {"reclaimed_bytes", outcome.reclaimed.count},
          {"cpu_seconds", seconds(outcome.cpu)},
          {"wasted_cpu_seconds", seconds(outcome.wasted)},
          {"idle_core_seconds", seconds(outcome.idle)}};
}

ordered_json json_of(const SimulatedWorld& world) {
  ordered_json fixed = ordered_json::array();
  for (const auto& one : world.result.fixed) {
    fixed.push_back({{"jobs", one.jobs}, {"survived", one.survived()}, {"seconds", seconds(one.outcome.makespan)}});
  }
  const auto* best = world.result.best();
  ordered_json json{{"seed", world.seed},
                    {"jobs", world.jobs},
                    {"largest_bytes", world.largest.count},
                    {"limit_bytes", world.machine.limit.count},
                    {"cores", world.machine.cores},
                    {"memguard", json_of(world.result.guarded)},
                    {"fixed", std::move(fixed)},
                    {"best_fixed_jobs", nullptr},
                    {"times_best_fixed", nullptr},
                    {"bound_seconds", seconds(world.result.bound)}};
  if (best != nullptr) {
    json["best_fixed_jobs"] = best->jobs;
    json["times_best_fixed"] = seconds(world.result.guarded.makespan) / seconds(best->outcome.makespan);
  }
  return json;
}

}  // namespace

std::string to_json(const Simulated& simulated) {
  ordered_json json{{"version", 1}, {"name", simulated.name}, {"assumed", simulated.assumed}};
  auto& worlds = json["worlds"] = ordered_json::array();
  for (const SimulatedWorld& world : simulated.worlds) worlds.push_back(json_of(world));
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace memguard::cli

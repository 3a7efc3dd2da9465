#include "cli/simulate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/say.h"
#include "base/whole_file.h"
#include "cli/policy_setting.h"
#include "cli/replay.h"
#include "cli/simulate_text.h"
#include "config/nearest.h"
#include "simulate/build_file.h"

namespace memguard::cli {
namespace {

using simulate::Build;

void change_machine(Build& build, const SimulateOptions& options) {
  simulate::Machine& machine = build.machine;
  if (options.cores) machine.cores = machine.tokens = *options.cores;
  if (options.jobs) machine.tokens = *options.jobs;
  if (options.swap) machine.swap = *options.swap;
  if (options.swap_speed) machine.swap_per_second = *options.swap_speed;
  if (!options.restarts) machine.restarts = false;
  if (!options.memory) return;
  machine.limit = *options.memory;
  machine.later_limits.clear();
}

tl::unexpected<Error> unknown_workload(const std::string& name) {
  std::vector<std::string_view> names;
  for (const auto& study : simulate::study_names()) names.push_back(study.name);
  const auto near = config::nearest(name, names);
  return fail(fmt::format("unknown workload {}", name), 0,
              near ? fmt::format("Did you mean {}?", *near) : fmt::format("Known are {}.", fmt::join(names, ", ")));
}

TerminalText list_of_workloads() {
  TerminalText list;
  for (const auto& study : simulate::study_names()) list += terminal_text("{:16}{}\n", study.name, study.what);
  return list;
}

Result<Simulated> simulate_workload(const SimulateOptions& options) {
  Simulated all;
  all.name = options.workload;
  all.settings = options.settings;
  for (int i = 0; i < options.worlds; ++i) {
    const std::uint64_t seed = options.seed + static_cast<std::uint64_t>(i);
    auto build = simulate::study(options.workload, seed, options.knowledge);
    if (!build) return unknown_workload(options.workload);
    change_machine(*build, options);
    all.add(*build, seed);
  }
  return all;
}

Result<Simulated> simulate_file(const SimulateOptions& options) {
  const auto text = read_whole(options.build);
  if (!text) return tl::unexpected<Error>(text.error());
  auto file = simulate::read_build(*text);
  if (!file) return pass(std::move(file.error()), options.build);
  Build& build = file->build;
  build.machine.restarts = true;
  build.machine.reaction = std::chrono::milliseconds{100};
  build.machine.seed = options.seed;
  if (options.knowledge != simulate::Knowledge::nothing) simulate::tell(build, options.knowledge, options.seed);
  change_machine(build, options);
  if (build.machine.limit.count <= 0)
    return fail(options.build + ": it has no limit", 0, "Give one with --memory 8GiB.");
  Simulated all;
  all.name = options.build;
  all.settings = options.settings;
  all.assumed = std::move(file->assumed);
  all.add(build, options.seed);
  return all;
}

Status show(const Simulated& done, const std::string& json) {
  if (json == "-") return print_json(to_json(done));
  auto shown = print(to_table(done));
  return shown && !json.empty() ? write_whole(json, to_json(done)) : shown;
}

}  // namespace

Result<int> simulate(const SimulateOptions& options) {
  if (!options.replay.empty()) return replay(options.replay);
  if (options.workload == "list" || options.list_constants) {
    auto printed = print(options.list_constants ? list_of_constants() : list_of_workloads());
    return printed ? Result<int>(0) : pass(std::move(printed.error()));
  }
  const auto done = options.workload.empty() ? simulate_file(options) : simulate_workload(options);
  if (!done) return tl::unexpected<Error>(done.error());
  if (auto shown = show(*done, options.json); !shown) return pass(std::move(shown.error()));
  return 0;
}

}  // namespace memguard::cli

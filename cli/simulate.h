// `memguard simulate`: what the policy makes of a build, without a build.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/units.h"
#include "cli/subcommand.h"
#include "policy/settings.h"
#include "simulate/study.h"

namespace memguard::cli {

/// What was asked for. Exactly one of workload, build and replay is not empty.
struct SimulateOptions {
  /// The name of a workload of the study (simulate/study.h).
  std::string workload;
  /// A file: the report of a run, or a description.
  std::string build;
  /// A recording of a run.
  std::string replay;
  std::uint64_t seed = 1;
  int worlds = 1;
  std::optional<int> cores;
  std::optional<int> jobs;
  std::optional<Bytes> memory;
  std::optional<Bytes> swap;
  /// How fast swap takes memory and gives it back, in a second.
  std::optional<Bytes> swap_speed;
  /// False: nobody starts a job again, as below make without a shim.
  bool restarts = true;
  simulate::Knowledge knowledge = simulate::Knowledge::nothing;
  policy::Settings settings;
  /// Only the constants are asked for.
  bool list_constants = false;
  /// Where the result goes as JSON; "-" is stdout, instead of the table. Empty: nowhere.
  std::string json;
};

using SimulateLine = Subcommand<SimulateOptions>;
/// Reads the words after `simulate`.
[[nodiscard]] Result<SimulateLine> parse_simulate(const std::vector<std::string>& arguments);

/// Does it, with the result on stdout. The exit status: 0, or 1 when a replay decided otherwise. Errors name the file
/// and the place in it.
[[nodiscard]] Result<int> simulate(const SimulateOptions& options);

}  // namespace memguard::cli

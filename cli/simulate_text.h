// The result of `memguard simulate`, for people and for programs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/terminal_text.h"
#include "simulate/comparison.h"

namespace memguard::cli {

/// One world that was simulated.
struct SimulatedWorld {
  std::uint64_t seed = 0;
  std::size_t jobs = 0;
  Bytes largest;
  simulate::Machine machine;
  simulate::Comparison result;
};

struct Simulated {
  /// The workload, or the file.
  std::string name;
  std::vector<std::string> assumed;
  std::vector<SimulatedWorld> worlds;
  /// Of the policy, in each world.
  policy::Settings settings;

  /// Simulates one more.
  void add(const simulate::Build& build, std::uint64_t seed);
};

/// One world: memguard and every fixed -j, line by line; those that follow each other and are lost share one. Several:
/// a line each, and what they come to.
[[nodiscard]] TerminalText to_table(const Simulated& simulated);
/// docs/SIMULATE.md describes it.
[[nodiscard]] std::string to_json(const Simulated& simulated);

}  // namespace memguard::cli

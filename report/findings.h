// What a run says to whoever wants the next one to be better: what memory cost, what took most, what to change.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/critical_path.h"
#include "report/lanes.h"

namespace memguard::report {

/// What the simulator says this build had taken with more memory.
struct Estimate {
  /// The least limit from which on more would change little. Nothing: this run's own, more would not help.
  std::optional<Bytes> memory;
  Duration wall{};
};

/// Whose words to use.
enum class Tool : std::uint8_t { cargo, make };
/// By the command, else by what most of its jobs are.
[[nodiscard]] Tool tool_of(const RunReport& run);

struct Findings {
  /// How long any job waited for memory.
  Duration limited{};
  /// How long, besides, jobs waited only for a processor.
  Duration for_processor{};
  /// Some job waited because of what the user had said.
  bool as_told = false;
  /// Of the unit that needs most first, three at most, each unit once.
  std::vector<const JobReport*> largest;
  std::vector<Link> path;
  /// Processor time of jobs that memory ended and that were started again.
  Duration done_twice{};
  std::optional<Estimate> estimate;
};

/// `run` must outlive what is found.
[[nodiscard]] Findings find(const RunReport& run, const std::vector<Lane>& lanes,
                            const std::optional<Estimate>& estimate);

/// "Memory limited this build for 21 of 63 s; with 1.2 GiB: about 44 s.", or "Jobs waited in 38 of 45 s, but more
/// memory had hardly helped: they used 94 % of 1 processor."
[[nodiscard]] std::string cost_sentence(const RunReport& run, const Findings& found);

/// "The largest needs were 1.1 GiB for link app, 600 MiB for rustc regex 1.10.2 and 150 MiB for cc parse.o."; empty
/// where there is no job.
[[nodiscard]] std::string needs_sentence(const Findings& found);

/// "The end waited for rustc a (12 s), then link app (8 s, 3 s of them held): 58 of 63 s." The four longest parts
/// of the chain; empty where there is no job.
[[nodiscard]] std::string path_sentence(const RunReport& run, const Findings& found);

/// Whole sentences, the one that helps most first, one to three.
[[nodiscard]] std::vector<std::string> changes(const RunReport& run, const Findings& found);

}  // namespace memguard::report

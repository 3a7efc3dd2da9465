// A run as OpenMetrics text, for the textfile collector of Prometheus' node_exporter: docs/METRICS.md is the manual.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"
#include "report/run_report.h"
#include "report/totals.h"

namespace memguard::report {

/// What is counted of a run, while it lasts and when it is over.
struct RunMetrics : Totals {
  /// By which runs are told apart: the label `run` of each line.
  std::string name;
  /// The program that is run, without its folders; where; what the machine allows; memguard's version.
  std::string command;
  std::string folder;
  std::string tier;
  std::string version;

  std::chrono::sys_seconds started_at{};
  struct End {
    std::chrono::sys_seconds at{};
    int exit_status = 0;
  };
  /// Nothing while it runs.
  std::optional<End> ended{};
  Duration elapsed{};

  /// `Bytes::unlimited()` where there is none: that line is left out.
  Bytes limit{};
  /// Now, and at most so far.
  Bytes used{};
  Bytes peak{};

  /// Jobs now: those that run, are held at birth, are frozen.
  std::uint32_t running = 0;
  std::uint32_t held = 0;
  std::uint32_t frozen = 0;
  /// So far.
  std::uint64_t jobs = 0;
  std::uint64_t ever_held = 0;
  std::uint64_t ever_frozen = 0;
  std::uint64_t oom_kills = 0;
  std::array<std::uint32_t, kUnguardedReasons> unguarded{};
  Duration held_time{};
  Duration frozen_time{};
};

/// The text of the file, to its `# EOF`. It is good OpenMetrics 1.0, and good in the older text format of Prometheus,
/// which is what node_exporter reads. Labels are valid UTF-8 without control characters, each at most 200 bytes.
[[nodiscard]] std::string to_open_metrics(const RunMetrics& run);

/// A metric for people: "memguard_peak_bytes", "bytes", "The most memory so far."
struct MetricFacts {
  std::string_view name;
  std::string_view unit;
  std::string_view help;
};
/// All of them, in the order of the file.
[[nodiscard]] std::vector<MetricFacts> metric_facts();

/// The name of a run whose file this is: "nightly" of "/var/lib/node_exporter/nightly.prom". Two files of one folder so
/// never tell of the same run, which node_exporter would refuse.
[[nodiscard]] std::string run_name_of(std::string_view file);

}  // namespace memguard::report

// The memory of a report's jobs over their own time, from its timeline. Internal to the readers of builds.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "json/value.h"
#include "simulate/task.h"

namespace memguard::simulate {

/// Reads `timeline` of a report (docs/JSON.md): memory, and what jobs had of the tokens. The time of a job is the time
/// that it ran: what it had while it was held or frozen is no part of its curve.
class RecordedCurves {
 public:
  /// Of a report without a timeline it knows no job. What is wrong is noted by the value's document.
  explicit RecordedCurves(const json::Value& timeline);

  /// The curve of the job with that id, which came and went at these seconds and had `peak` at its largest sample,
  /// since a peak may lie between two. At most kMostPoints, of which each is the most of its part. Nothing for a job
  /// with fewer than three samples while it ran.
  [[nodiscard]] std::optional<std::vector<Point>> of(std::uint32_t job, double start, double end, Bytes peak) const;

  /// Whether that job found no free token in most samples while it ran: memory was short, or all were in use. False
  /// where memguard looked after no jobserver.
  [[nodiscard]] bool without_tokens(std::uint32_t job, double start, double end) const;

  static constexpr std::size_t kMostPoints = 16;

 private:
  struct Samples {
    std::size_t first = 0;
    std::vector<Bytes> memory;
  };
  /// From then on it ran, or did not.
  struct Turn {
    double at = 0;
    bool runs = false;
  };
  [[nodiscard]] const std::vector<Turn>& turns_of(std::uint32_t job) const;
  /// How many seconds a job that came at `start` had run at `at`.
  [[nodiscard]] static double ran_until(const std::vector<Turn>& turns, double start, double at);

  std::vector<double> at_;
  std::vector<std::int64_t> free_tokens_;
  std::map<std::uint32_t, Samples> samples_;
  std::map<std::uint32_t, std::vector<Turn>> turns_;
};

}  // namespace memguard::simulate

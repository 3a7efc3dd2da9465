// `--metrics`: what is counted of a run, from its shared area, and the process that writes it while the run lasts.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "config/config.h"
#include "report/metrics.h"
#include "supervisor/area/shared_area.h"

namespace memguard::supervisor {

/// What the shared area does not know.
struct MetricsFacts {
  std::string folder;
  std::vector<std::string> command;
  std::string tier;
  /// Where the metrics go.
  std::string file;
};

/// May be called while a supervisor lives: of a job that changes just then one number may be of before.
[[nodiscard]] report::RunMetrics metrics_of(SharedArea& area, const MetricsFacts& facts,
                                            std::optional<report::RunMetrics::End> ended);

/// Writes them for good, when the run is over; says on stderr what went wrong. Nothing without `--metrics`.
void write_last_metrics(const config::Config& config, SharedArea& area, const MetricsFacts& facts, int exit_status);

/// A process that writes the file now and every few seconds: a disk that hangs holds nobody else up.
class MetricsProcess {
 public:
  /// Forks it, unless there is no file or the file is none that can be replaced: a terminal or a pipe gets the last
  /// metrics alone. It has none of the descriptors `not_kept`. What it cannot write is told once, by the last metrics.
  /// `facts` are the run's.
  [[nodiscard]] Status start(SharedArea& area, const MetricsFacts& facts, const std::vector<int>& not_kept);
  /// The child is this process.
  [[nodiscard]] bool is(pid_t pid) const { return pid != 0 && pid == pid_; }
  /// It has ended and was reaped.
  void gone() { pid_ = 0; }
  /// One was started and has not been reaped.
  [[nodiscard]] bool runs() const { return pid_ > 0; }
  /// Our end of what ends it; nobody else may keep a copy.
  [[nodiscard]] int word() const { return word_.get(); }
  /// In a child of the front: our end of it.
  void forget() { word_.reset(); }
  /// It ends when what it writes just now is written.
  void end() { word_.reset(); }
  /// When that takes too long.
  void kill() const;

 private:
  pid_t pid_ = 0;
  UniqueFd word_;
};

}  // namespace memguard::supervisor

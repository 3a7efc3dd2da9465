// `memguard explain`: the decisions about one job.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/terminal_text.h"
#include "cli/kept_run.h"
#include "cli/subcommand.h"

namespace memguard::cli {

struct ExplainOptions {
  /// A crate, an output, a source, or the number of a job (report::find_jobs).
  std::string job;
  WhichRun run;
};

/// Reads the words after `explain`.
[[nodiscard]] Result<Subcommand<ExplainOptions>> parse_explain(const std::vector<std::string>& arguments);

/// What became of a job, in order: a line each, with the numbers of the decision.
[[nodiscard]] TerminalText explanation(const report::RunReport& run, const report::JobReport& job);

/// Prints those of the jobs that are called so. The exit status, which is 0. Fails for a name that no job has, with the
/// nearest that there is.
[[nodiscard]] Result<int> explain_job(const ExplainOptions& options, const config::Environment& surroundings);

}  // namespace memguard::cli

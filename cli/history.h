// `memguard history`: what jobs needed in earlier builds.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/terminal_text.h"
#include "cli/subcommand.h"
#include "config/environment.h"
#include "history/database.h"

namespace memguard::cli {

/// What was asked for: at most one of export_to, import_from and forget.
struct HistoryOptions {
  std::string name;
  std::string job_class;
  /// Only runs of the working directory.
  bool here = false;
  /// A file for JSON; "-" is stdout, stdin.
  std::string export_to;
  std::string import_from;
  bool forget = false;
  /// With forget and without any filter.
  bool all = false;

  /// Some units only.
  [[nodiscard]] bool filtered() const { return !name.empty() || !job_class.empty() || here; }
};

/// Reads the words after `history`.
[[nodiscard]] Result<Subcommand<HistoryOptions>> parse_history(const std::vector<std::string>& arguments);

/// Does it, with the result on stdout. The exit status, which is 0: having no history yet is no error. Errors name the
/// file, and of an import the place in it; nothing is changed then.
[[nodiscard]] Result<int> look_into_history(const HistoryOptions& options, const config::Environment& surroundings);

/// The units of the file, the largest first; none when there is no file yet.
[[nodiscard]] Result<std::vector<history::UnitRuns>> read_history(const history::Filter& filter,
                                                                  const config::Environment& surroundings);

/// What there is to say where nothing was found: without any history, and with filters that nothing matches.
[[nodiscard]] TerminalText no_history(bool filtered);

}  // namespace memguard::cli

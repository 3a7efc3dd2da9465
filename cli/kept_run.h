// The run that a command is about: a file, or one of those that were kept.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "config/environment.h"
#include "report/run_report.h"

namespace memguard::cli {

/// Which: a file where one is named, else a kept run, counted from the last, which is 1.
struct WhichRun {
  std::string file;
  int last = 1;
};

struct LoadedRun {
  report::RunReport run;
  /// Its JSON.
  std::string text;
  std::string path;
};

/// Errors name the file and the place in it, or say which runs there are.
[[nodiscard]] Result<LoadedRun> load_run(const WhichRun& which, const config::Environment& surroundings);

/// A number of `--list`, or a file: what `--compare` takes.
[[nodiscard]] WhichRun run_of_word(const std::string& word);

/// The files of the kept runs, the newest first. Fails where there is no place for them.
[[nodiscard]] Result<std::vector<std::string>> runs_kept(const config::Environment& surroundings);

}  // namespace memguard::cli

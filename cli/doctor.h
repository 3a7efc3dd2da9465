// `memguard doctor`: what this machine allows, and how to get the rest.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/terminal_text.h"
#include "cgroup/home.h"
#include "config/config.h"

namespace memguard::cli {

/// One part of what a run does: whether it works here, and how, or why not.
struct Finding {
  bool works = false;
  std::string text;
};

struct Diagnosis {
  cgroup::Tier tier{};
  /// What a build would get; nothing where it would get none.
  std::optional<Bytes> limit;
  std::string limit_text;
  /// The first two were tried with a real process.
  Finding gate;
  Finding freezing;
  Finding shim;
  Finding pressure;
  std::string kernel;
  /// What is not there, each with the command or setting that brings it; of one that concerns several parts the same
  /// may be there again.
  std::vector<cgroup::Missing> missing;
  std::vector<std::string> notes;
  /// Refused where a run would be, before its command starts: require-tier wants more, the limit cannot be, the report
  /// cannot be written.
  Status verdict;
};

/// Looks at what this machine allows a run with these settings, and tries it (supervisor/trial/trial.h). Leaves
/// everything as it was.
[[nodiscard]] Diagnosis doctor(const config::Config& config);

/// In lines whose texts begin in that column, and as JSON (docs/JSON.md).
constexpr int kDoctorText = 10;
/// What `memguard doctor` prints.
[[nodiscard]] TerminalText diagnosis_text(const Diagnosis& diagnosis);
/// What `memguard doctor --json` prints.
[[nodiscard]] std::string to_json(const Diagnosis& diagnosis);

}  // namespace memguard::cli

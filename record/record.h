// A recording: what the policy was shown and what it decided, step by step, as lines of JSON (docs/SIMULATE.md).
//
// A policy is a pure function, so a recording is a whole bug report: whoever has the file sees the same decisions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "policy/decision.h"
#include "policy/observation.h"
#include "policy/settings.h"

namespace memguard::record {

/// The version of the lines that this program writes and reads.
constexpr int kVersion = 2;

/// A new governor begins here: the first of the build, or that of a supervisor that follows a dead one.
struct Began {
  policy::Settings settings;
  bool restarted = false;
};
/// Governor::learn was called.
struct Learned {
  policy::ClassId job_class{};
  std::optional<policy::Prediction> predicted;
  Bytes peak;
  bool completed = true;
};
/// Governor::step was called.
struct Stepped {
  policy::Observation seen;
  policy::Decision decision;
};
using Line = std::variant<Began, Learned, Stepped>;

/// One line with its newline. Integers and doubles are written so that reading gives the very same value.
[[nodiscard]] std::string to_text(const Began& began);
/// A line of the recording.
[[nodiscard]] std::string to_text(const Learned& learned);
/// A line of the recording.
[[nodiscard]] std::string to_text(const policy::Observation& seen, const policy::Decision& decision);
/// A decision as it stands in its line. Two decisions are the same when their texts are.
[[nodiscard]] std::string to_text(const policy::Decision& decision);

/// Reads a line, with or without newline. Errors begin with the place in the line: "/see/jobs/3: a string where an
/// integer is expected".
[[nodiscard]] Result<Line> parse_line(std::string_view text);

}  // namespace memguard::record

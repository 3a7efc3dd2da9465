// Internal to the readers of builds.
#pragma once

#include "json/value.h"
#include "simulate/read_build.h"

namespace memguard::simulate {

/// More than any build takes: what a file says beyond is a mistake.
inline constexpr double kMostSeconds = 1e7;

/// The report of `memguard run --json` (docs/JSON.md).
[[nodiscard]] BuildFile build_of_report(const json::Value& root);
/// A description (docs/SIMULATE.md).
[[nodiscard]] BuildFile build_of_description(const json::Value& root);

/// Classes by name; rustc and link are those of the workloads.
class ClassNames {
 public:
  /// A name that is new gets the next number.
  [[nodiscard]] ClassId id(const std::string& name);

 private:
  std::vector<std::string> names_{"rustc", "link"};
};

}  // namespace memguard::simulate

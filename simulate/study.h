// The builds that the policy was designed with: those of a study of what to admit, freeze, thaw and evict.
//
// A seed is a world. Two worlds of one name differ in every job, but not in kind.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "simulate/workloads.h"

namespace memguard::simulate {

/// What the policy is told about each job before it starts.
enum class Knowledge : std::uint8_t {
  nothing,      ///< a first build
  predictions,  ///< a first build with a model: log-normal around the truth, sigma 0.5 for links and 0.8 for others
  recorded,     ///< a second build: what each job needed in the first, within 5 %, and how it went, within 10 % of the
                ///< time
};

/// A name, and what it stands for in a line.
struct StudyName {
  std::string_view name;
  std::string_view what;
};
/// The workloads that `memguard simulate --workload` knows.
[[nodiscard]] const std::vector<StudyName>& study_names();

/// The build of that name; nothing when there is none. Its machine has shims that restart.
[[nodiscard]] std::optional<Build> study(std::string_view name, std::uint64_t seed, Knowledge knowledge);

/// Tells the policy about each job of any build.
void tell(Build& build, Knowledge knowledge, std::uint64_t seed);

}  // namespace memguard::simulate

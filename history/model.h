// What a unit that was never seen is expected to need, from what it reads: peak = constant + objects * a + sources * b.
//
// One model a group of like jobs. It begins as the shipped one and learns from what this machine measured.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"
#include "job/need_model.h"
#include "job/unit.h"

namespace memguard::history {

using Model = job::NeedModel;

/// One job that a model may learn from.
struct Sample {
  job::Inputs inputs;
  Bytes peak;
};

/// The group of a job: "link ld.lld", "rustc codegen", "rustc metadata", "rustc lto"; "cc C" of C by
/// gcc and clang, "cc" of their other languages, "cc ghc" of other compilers. One of all versions and targets of a
/// program.
[[nodiscard]] std::string model_group(const job::Unit& unit, std::string_view program);

/// The model that memguard comes with; of an unknown linker that of the greediest one. docs/HISTORY.md tells where the
/// numbers come from.
[[nodiscard]] Model shipped_model(std::string_view group);

/// The model that fits the samples best: least squares of relative errors, in which the belief in each shipped
/// coefficient counts like some samples, so that a few jobs of one size do not turn it over.
[[nodiscard]] Model learn_model(const Model& shipped, const std::vector<Sample>& samples);

}  // namespace memguard::history

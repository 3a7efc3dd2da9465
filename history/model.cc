#include "history/model.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "job/clang.h"
#include "job/profile.h"
#include "job/programs.h"

namespace memguard::history {
namespace {

constexpr std::size_t kCoefficients = 3;
using Vector = std::array<double, kCoefficients>;

constexpr std::string_view kOfC = "cc C";

// How many samples the belief in each shipped coefficient is worth.
constexpr double kBelief = 4;
// No coefficient is believed to be further from the shipped one.
constexpr double kFurthest = 8;

struct Equations {
  std::array<Vector, kCoefficients> left{};
  Vector right{};

  // Adds weight * (row . x - target)^2 to what is minimised.
  void add(const Vector& row, double target, double weight) {
    for (std::size_t i = 0; i < kCoefficients; ++i) {
      for (std::size_t k = 0; k < kCoefficients; ++k) left[i][k] += weight * row[i] * row[k];
      right[i] += weight * row[i] * target;
    }
  }
};

// Gauss-Jordan. The belief on the diagonal keeps every pivot away from zero.
Vector solve(Equations equations) {
  auto& [left, right] = equations;
  for (std::size_t pivot = 0; pivot < kCoefficients; ++pivot) {
    for (std::size_t row = 0; row < kCoefficients; ++row) {
      if (row == pivot) continue;
      const double factor = left[row][pivot] / left[pivot][pivot];
      for (std::size_t k = 0; k < kCoefficients; ++k) left[row][k] -= factor * left[pivot][k];
      right[row] -= factor * right[pivot];
    }
  }
  Vector solution{};
  for (std::size_t i = 0; i < kCoefficients; ++i) solution[i] = right[i] / left[i][i];
  return solution;
}

// A compile of C takes a tenth of one of C++, by gcc and by clang alike.
bool compiles_c(std::string_view source, std::string_view compiler) {
  return compiler == "cc1" || (job::is_clang_driver(compiler) && (source.ends_with(".c") || source.ends_with(".i")));
}

// Of one linker and one compiler all spellings are one group.
std::string group_of_program(const job::Unit& unit, std::string_view program) {
  const auto known = job::known_program(program);
  const std::string_view name = known ? known->name : program;
  if (compiles_c(unit.name, name)) return std::string(kOfC);
  const bool of_cpp = name.starts_with("cc1") || name == "lto1" || job::is_clang_driver(name);
  return of_cpp ? unit.job_class : fmt::format("{} {}", unit.job_class, name);
}

}  // namespace

std::string model_group(const job::Unit& unit, std::string_view program) {
  const job::Kind kind = job::kind_of(unit.job_class);
  if (kind == job::Kind::link || kind == job::Kind::cc) return group_of_program(unit, program);
  if (kind != job::Kind::rustc) return unit.job_class;
  if (job::has_option(unit.profile, "emit=metadata")) return "rustc metadata";
  const bool ends_program = unit.kind != "lib" && unit.kind != "rlib";
  return ends_program && job::has_lto(unit.profile, true) ? "rustc lto" : "rustc codegen";
}

Model learn_model(const Model& shipped, const std::vector<Sample>& samples) {
  // In units of the shipped coefficients, so that the belief in each is 1.
  Equations equations;
  for (const Sample& sample : samples) {
    const Bytes before = shipped.expect(sample.inputs);
    if (sample.peak <= Bytes{} || before <= Bytes{}) continue;
    // Twice as much and half as much count alike.
    const double scale = std::sqrt(before.real() * sample.peak.real());
    equations.add({shipped.constant.real() / scale, shipped.per_object * sample.inputs.objects.real() / scale,
                   shipped.per_source * sample.inputs.sources.real() / scale},
                  sample.peak.real() / scale, 1);
  }
  for (std::size_t i = 0; i < kCoefficients; ++i) {
    Vector itself{};
    itself[i] = 1;
    equations.add(itself, 1, kBelief);
  }
  Vector factors = solve(equations);
  for (double& factor : factors) factor = std::isfinite(factor) ? std::clamp(factor, 1 / kFurthest, kFurthest) : 1;
  return {factors[0] * shipped.constant, factors[1] * shipped.per_object, factors[2] * shipped.per_source};
}

Model shipped_model(std::string_view group) {
  struct Shipped {
    std::string_view group;
    Model model;
  };
  using namespace units;
  // Measured: docs/HISTORY.md.
  static constexpr std::array<Shipped, 4> kShipped{{{"rustc codegen", {25_MiB, 0.5, 120}},
                                                    {"rustc metadata", {15_MiB, 0.5, 100}},
                                                    {"rustc lto", {100_MiB, 12, 80}},
                                                    {kOfC, {30_MiB, 0, 100}}}};
  const auto* const found = std::ranges::find(kShipped, group, &Shipped::group);
  if (found != kShipped.end()) return found->model;
  const auto space = std::min(group.find(' '), group.size());
  return job::need_model(job::kind_of(group.substr(0, space)), group.substr(std::min(space + 1, group.size())));
}

}  // namespace memguard::history

#include "history/remembered.h"

#include <algorithm>
#include <functional>
#include <initializer_list>

#include "job/programs.h"

namespace memguard::history {
namespace {

// FNV-1a. Two units that fall together would be expected to need the same, which costs time at most.
std::uint64_t hash_of(std::initializer_list<std::string_view> words) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  const auto mix = [&hash](unsigned char byte) { hash = (hash ^ byte) * 0x100000001b3U; };
  for (const std::string_view word : words) {
    for (const char c : word) mix(static_cast<unsigned char>(c));
    mix(0xff);
  }
  return hash;
}

std::uint64_t exact(const job::Unit& u) {
  return hash_of({u.job_class, u.name, u.version, u.kind, u.profile, u.target, u.compiler});
}
// From near to far: another version of the crate or compiler, another profile, and for a link another kind too.
std::uint64_t but_for_version(const job::Unit& u) { return hash_of({u.job_class, u.name, u.kind, u.profile, "v"}); }
std::uint64_t but_for_profile(const job::Unit& u) { return hash_of({u.job_class, u.name, u.kind, "p"}); }

// What a link needs follows what it reads. Beyond that factor something else has changed too.
constexpr double kMostScaling = 2;

}  // namespace

void Remembered::add(const job::Unit& unit, Bytes expected, const job::Inputs& inputs,
                     const std::optional<Course>& course) {
  units_[exact(unit)] = {expected, inputs.objects, course};
  // Without its course: kin may do the same work in another order.
  const Known kin{expected, inputs.objects};
  kin_[but_for_version(unit)] = kin;
  kin_[but_for_profile(unit)] = kin;
  if (job::kind_of(unit.job_class) != job::Kind::other) return;
  Bytes& most = programs_[unit.name];
  most = std::max(most, expected);
}

std::vector<std::string> Remembered::programs_that_need(Bytes least) const {
  std::vector<std::string> names;
  for (const auto& [name, need] : programs_) {
    if (need >= least) names.push_back(name);
  }
  std::ranges::sort(names, std::greater{}, [this](const std::string& name) { return programs_.at(name); });
  return names;
}

Remembered::Found Remembered::find(const job::Unit& unit) const {
  using Basis = Expectation::Basis;
  if (const auto same = units_.find(exact(unit)); same != units_.end()) return {&same->second, Basis::same_unit};
  for (const Hash near : {but_for_version(unit), but_for_profile(unit)}) {
    if (const auto kin = kin_.find(near); kin != kin_.end()) return {&kin->second, Basis::kin_unit};
  }
  return {};
}

std::optional<Expectation> Remembered::expect(const job::Unit& unit, std::string_view program,
                                              const job::Inputs& inputs) const {
  const Found found = find(unit);
  if (found.known == nullptr && inputs == job::Inputs{}) return std::nullopt;
  if (found.known == nullptr)
    return Expectation{model_of(model_group(unit, program)).expect(inputs), Expectation::Basis::model};
  const bool is_link = job::kind_of(unit.job_class) == job::Kind::link;
  const bool scales = is_link && found.known->objects > Bytes{} && inputs.objects > Bytes{};
  const double factor = scales ? inputs.objects.real() / found.known->objects.real() : 1;
  return Expectation{std::clamp(factor, 1 / kMostScaling, kMostScaling) * found.known->expected, found.basis,
                     found.known->course};
}

std::optional<Expectation> Remembered::expect_known(const job::Unit& unit) const {
  const Found found = find(unit);
  if (found.known == nullptr) return std::nullopt;
  return Expectation{found.known->expected, found.basis, found.known->course};
}

Model Remembered::model_of(const std::string& group) const {
  const auto learned = models_.find(group);
  return learned != models_.end() ? learned->second : shipped_model(group);
}

}  // namespace memguard::history

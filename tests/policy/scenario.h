// Hand-made observations: a build that a test tells step by step.
#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "policy/governor.h"

namespace memguard::policy::testing {

using namespace std::chrono_literals;
using namespace units;

inline constexpr JobState kRunning = JobState::running;
inline constexpr JobState kFrozen = JobState::frozen;

/// A job as a test writes it.
struct Given {
  std::uint32_t id = 0;
  std::uint32_t family = 0;
  JobState state = JobState::waiting;
  Bytes memory{};
  Duration cpu{};
  std::uint16_t job_class = 0;
  std::optional<Bytes> predicted{};
  std::optional<ClassId> will_start{};
  bool restartable = false;
  int evictions = 0;
  int oom_kills = 0;
  std::optional<Bytes> evicted_at{};
  std::optional<Bytes> killed_at{};
  Bytes swapped{};
  Bytes unswappable{};
  Bytes starter_memory{};
  std::optional<Group> group{};
  /// Who gave `predicted`.
  PredictedBy predicted_by = PredictedBy::model;
  std::optional<Course> course{};
  /// The job that started it.
  std::optional<std::uint32_t> above{};
  bool by_size = false;
  bool of_build_script = false;
  Wish wish = Wish::none;
};

/// A job whose family a shim would start again; its family has the same number.
inline Given shimmed(std::uint32_t id, JobState state = JobState::waiting, Bytes memory = {}, Duration cpu = {}) {
  Given job{id, id, state, memory, cpu};
  job.restartable = true;
  return job;
}

/// Settings under which a job without prediction needs exactly `peak`, at worst too, and any number may start at once:
/// scenes then have round numbers.
inline Settings certain(Bytes peak) {
  Settings settings;
  settings.margin = settings.margin_if_lost = 0;
  settings.unknown_peak = peak;
  settings.unknown_spread = 0;
  settings.believer_residual = 0;
  settings.alpha_start = settings.alpha_least = 1;
  settings.start_gap = {};
  return settings;
}

/// Time that a test moves, and a governor that sees what the test says.
class Scenario {
 public:
  explicit Scenario(Bytes limit, Settings settings = {}) : governor(std::move(settings)) { seen.limit = limit; }

  /// One step with these jobs; used is their sum and `overhead`.
  Decision step(const std::vector<Given>& jobs, Duration after = 100ms) {
    seen.at += after;
    seen.jobs.clear();
    seen.used = overhead;
    for (const Given& job : jobs) {
      seen.jobs.push_back({.id = JobId{job.id},
                           .family = FamilyId{job.family},
                           .job_class = ClassId{job.job_class},
                           .above = job.above ? std::optional(JobId{*job.above}) : std::nullopt,
                           .state = job.state,
                           .memory = job.memory,
                           .peak = job.memory + job.swapped,
                           .cpu = job.cpu,
                           .predicted = std::nullopt,
                           .course = job.course,
                           .will_start = job.will_start,
                           .restartable = job.restartable,
                           .evictions = job.evictions,
                           .oom_kills = job.oom_kills,
                           .evicted_at = job.evicted_at,
                           .killed_at = job.killed_at,
                           .starter_memory = job.starter_memory,
                           .swapped = job.swapped,
                           .unswappable = job.unswappable,
                           .group = job.group,
                           .by_size = job.by_size,
                           .of_build_script = job.of_build_script,
                           .wish = job.wish});
      if (job.predicted) seen.jobs.back().predicted = Prediction{*job.predicted, job.predicted_by};
      seen.used += job.memory + job.starter_memory;
    }
    Decision decision = governor.step(seen);
    seen.ended.clear();
    return decision;
  }

  void ended(std::uint32_t id, Bytes peak) { seen.ended.push_back({JobId{id}, peak, true}); }

  Governor governor;
  Observation seen;
  Bytes overhead{};
};

/// "admit 1, hold 2, freeze 3, thaw 3, high 600 MiB": what was decided, in order. memory.high only with `with_high`.
inline std::string told(const Decision& decision, bool with_high = false) {
  struct Words {
    std::string operator()(const Admit& a) const { return "admit " + std::to_string(static_cast<unsigned>(a.job)); }
    std::string operator()(const Hold& a) const { return "hold " + std::to_string(static_cast<unsigned>(a.job)); }
    std::string operator()(const Freeze& a) const {
      return "freeze " + std::to_string(static_cast<unsigned>(a.family));
    }
    std::string operator()(const Thaw& a) const { return "thaw " + std::to_string(static_cast<unsigned>(a.family)); }
    std::string operator()(const Evict& a) const { return "evict " + std::to_string(static_cast<unsigned>(a.family)); }
    std::string operator()(const Reclaim& a) const {
      return "reclaim " + std::to_string(static_cast<unsigned>(a.family));
    }
    std::string operator()(const SetHigh& a) const { return "high " + to_text(a.high); }
    std::string operator()(const Spare& a) const { return "spare " + std::to_string(a.tokens); }
  };
  std::string text;
  for (const Action& action : decision.actions) {
    if (!with_high && std::holds_alternative<SetHigh>(action)) continue;
    text += (text.empty() ? "" : ", ") + std::visit(Words{}, action);
  }
  return text;
}

/// The jobs of the first action of this kind, Freeze or Thaw.
template <class Kind>
std::vector<std::uint32_t> jobs_of(const Decision& decision) {
  for (const Action& action : decision.actions) {
    const auto* found = std::get_if<Kind>(&action);
    if (found == nullptr) continue;
    std::vector<std::uint32_t> jobs;
    jobs.reserve(found->jobs.size());
    for (const JobId job : found->jobs) jobs.push_back(static_cast<std::uint32_t>(job));
    return jobs;
  }
  return {};
}

/// The reason of the first action of this kind.
template <class Kind>
Reason why(const Decision& decision) {
  for (const Action& action : decision.actions) {
    if (const auto* found = std::get_if<Kind>(&action)) return found->why;
  }
  ADD_FAILURE() << "no such action in: " << told(decision, true);
  return {};
}

}  // namespace memguard::policy::testing

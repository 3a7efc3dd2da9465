#include "supervisor/stop/explain.h"

#include <variant>

#include <fmt/format.h>

#include "base/printable.h"
#include "base/say.h"
#include "report/names.h"

namespace memguard::supervisor {
namespace {

constexpr std::size_t kLongestName = 256;

}  // namespace

std::string job_label(const JobRecord& job, const config::Config& config) {
  return printable(report::label_of({.job_class = config.classes.at(job.job_class).name,
                                     .program = job.program.view(),
                                     .crate = job.crate.view(),
                                     .version = job.version.view(),
                                     .output = job.output.view(),
                                     .unit = job.name.view(),
                                     .pid = job.process.pid}),
                   kLongestName);
}

std::string Explainer::job_text(policy::JobId id, LiveJobs& jobs) const {
  const LiveJob* job = jobs.find(id);
  return job == nullptr ? "a job that ended" : job_label(*job->record, config_);
}

std::string Explainer::jobs_text(const std::vector<policy::JobId>& ids, LiveJobs& jobs) const {
  std::string text;
  for (const auto id : ids) text += (text.empty() ? "" : " with ") + job_text(id, jobs);
  return text;
}

std::string Explainer::family_text(policy::FamilyId id, LiveJobs& jobs) const {
  std::string text;
  for (const LiveJob& job : jobs.all()) {
    if (job.family() != id) continue;
    if (!text.empty()) text += " with ";
    text += job_label(*job.record, config_);
  }
  return text;
}

void Explainer::explain_found(const LiveJob& job, Instant now) const {
  if (!config_.explain.value) return;
  say_at_once(fmt::format("{:.2f} s: found {}: it has grown to {}", seconds(now), job_label(*job.record, config_),
                          to_text(job.record->peak)));
}

void Explainer::explain_hold(const LiveJob& job, HoldOutcome outcome, Instant now) const {
  if (!config_.explain.value || outcome == HoldOutcome::held) return;
  const auto why = [outcome] {
    switch (outcome) {
      case HoldOutcome::exec_failed:
        return "its exec failed, the caller goes on";
      case HoldOutcome::gone:
        return "it ended meanwhile";
      case HoldOutcome::outside:
        return "it sits outside the build's cgroup, it runs";
      default:
        return "it cannot be stopped, it runs";
    }
  };
  say_at_once(fmt::format("{:.2f} s: not held {}: {}", seconds(now), job_label(*job.record, config_), why()));
}

void Explainer::explain_restart(const JobRecord& job, bool again, Instant now) const {
  if (!config_.explain.value) return;
  const std::string_view what = again ? "restart" : "lost";
  const std::string_view why = job.evicted ? "it was evicted" : "it was killed for memory";
  say_at_once(fmt::format("{:.2f} s: {} {}: {}", seconds(now), what, job_label(job, config_), why));
}

void Explainer::explain_end(const LiveJob& job, Instant now) const {
  const bool declared = job.predicted && job.predicted->by == policy::PredictedBy::user;
  if (!config_.explain.value || !declared || !peak_is_known(*job.record, now)) return;
  const Bytes peak = job.record->peak;
  const Bytes said = job.predicted->peak;
  if (job.record->outcome != report::Outcome::done || (peak <= 2.0 * said && said <= 2.0 * peak)) return;
  say_at_once(fmt::format("{:.2f} s: {} took {}; {} were declared", seconds(now), job_label(*job.record, config_),
                          to_text(peak), to_text(said)));
}

void Explainer::explain_reclaimed(const Reclaimer::Outcome& outcome, LiveJobs& jobs, Instant now) const {
  if (!config_.explain.value) return;
  say_at_once(fmt::format("{:.2f} s: reclaimed {} of {} in {}", seconds(now), to_text(outcome.written),
                          family_text(outcome.family, jobs), to_text(outcome.took)));
}

void Explainer::explain(const policy::Action& action, LiveJobs& jobs, Instant now) const {
  if (!config_.explain.value) return;
  struct Words {
    const Explainer& self;
    LiveJobs& jobs;
    std::string operator()(const policy::Admit& a) const { return "start " + self.job_text(a.job, jobs); }
    std::string operator()(const policy::Hold& a) const { return "hold " + self.job_text(a.job, jobs); }
    std::string operator()(const policy::Freeze& a) const { return "freeze " + self.jobs_text(a.jobs, jobs); }
    std::string operator()(const policy::Thaw& a) const { return "thaw " + self.jobs_text(a.jobs, jobs); }
    std::string operator()(const policy::Evict& a) const { return "evict " + self.family_text(a.family, jobs); }
    std::string operator()(const policy::Reclaim& a) const {
      return fmt::format("reclaim {} of {}", to_text(a.amount), self.family_text(a.family, jobs));
    }
    std::string operator()(const policy::SetHigh& a) const { return "memory.high " + to_text(a.high); }
    std::string operator()(const policy::Spare& a) const { return fmt::format("{} tokens free", a.tokens); }
  };
  const std::string what = std::visit(Words{*this, jobs}, action);
  const std::string why = std::visit([](const auto& a) { return policy::to_text(a.why); }, action);
  say_at_once(fmt::format("{:.2f} s: {}: {}", seconds(now), what, why));
}

}  // namespace memguard::supervisor

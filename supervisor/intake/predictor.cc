#include "supervisor/intake/predictor.h"

#include "job/programs.h"
#include "supervisor/intake/job_rules.h"
#include "supervisor/intake/process_look.h"

namespace memguard::supervisor {
namespace {

policy::Prediction prediction_of(const history::Expectation& expected) {
  // A unit that ran with another version or profile is as uncertain as a model.
  const bool same = expected.basis == history::Expectation::Basis::same_unit;
  return {expected.peak, same ? policy::PredictedBy::history : policy::PredictedBy::model};
}

// Of a program that nobody knows it is known that it has become worth managing; most of those end before they have four
// times as much. Taken for 256 MiB, assemblers of 30 MiB waited one for the other in a build of 370 MiB.
Bytes first_guess(Bytes limit) { return 4.0 * worth_managing(limit); }

}  // namespace

Predictor::Predictor(const config::Config& config, const history::Remembered& remembered, Bytes limit)
    : config_(config), remembered_(remembered), limit_(limit) {}

std::optional<policy::Prediction> Predictor::predict(const JobFacts& job) const {
  if (const auto declared = declared_of(job, config_, limit_).memory)
    return policy::Prediction{*declared, policy::PredictedBy::user};
  const job::Unit unit = job.unit(config_.classes.at(job.job_class).name);
  const auto expected = remembered_.expect(unit, job.program.view(), job.inputs());
  // A program does not always do the same.
  if (job.job_class == config::kOther)
    return policy::Prediction{expected ? expected->peak : first_guess(limit_), policy::PredictedBy::model};
  return expected ? std::optional(prediction_of(*expected)) : std::nullopt;
}

std::optional<policy::Prediction> Predictor::predict_link_of(const JobFacts& rustc) const {
  if (!rustc.will_link) return std::nullopt;
  if (const auto declared = declared_of(rustc, config_, limit_).link_memory)
    return policy::Prediction{*declared, policy::PredictedBy::user};
  const auto expected = remembered_.expect_known(job::link_of(rustc.unit(to_text(job::Kind::rustc))));
  return expected ? std::optional(prediction_of(*expected)) : std::nullopt;
}

std::optional<Course> Predictor::course_of(const JobFacts& job) const {
  if (job.job_class == config::kOther) return std::nullopt;
  const auto expected =
      remembered_.expect(job.unit(config_.classes.at(job.job_class).name), job.program.view(), job.inputs());
  return expected ? expected->course : std::nullopt;
}

void Predictor::tell(LiveJob& job) const {
  job.predicted = predict(*job.record);
  job.link_predicted = predict_link_of(*job.record);
  job.course = course_of(*job.record);
  job.group = declared_of(*job.record, config_, limit_).group;
}

}  // namespace memguard::supervisor

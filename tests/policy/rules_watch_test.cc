// What the watch over random builds must report.
#include "rules_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace memguard::policy::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

JobSeen job(std::uint32_t id, JobState state) {
  JobSeen seen;
  seen.id = JobId{id};
  seen.family = FamilyId{id};
  seen.state = state;
  return seen;
}

Action admit(std::uint32_t id, Cause cause) {
  Admit one;
  one.job = JobId{id};
  one.why.cause = cause;
  return one;
}

/// A third job is admitted beside one that runs and one that is frozen.
std::vector<std::string> broken_by_admission(Cause cause) {
  RulesWatch watch{Settings{}};
  Freeze freeze;
  freeze.family = FamilyId{1};
  freeze.jobs = {JobId{1}};
  Observation seen;
  seen.jobs = {job(0, JobState::waiting), job(1, JobState::waiting)};
  watch.after_step(seen, {{admit(0, Cause::nothing_runs), admit(1, Cause::fits), freeze}, Duration{1}});
  seen.jobs = {job(0, JobState::running), job(1, JobState::frozen), job(2, JobState::waiting)};
  watch.after_step(seen, {{admit(2, cause)}, Duration{1}});
  return watch.broken();
}

TEST(RulesWatch, ReportsAnAdmissionBesideAFrozenFamilyWhateverMadeItFit) {
  for (const Cause cause : {Cause::fits, Cause::peaks_apart})
    EXPECT_THAT(broken_by_admission(cause), ElementsAre(StartsWith("nothing new beside a frozen family")));
  for (const Cause cause : {Cause::nothing_runs, Cause::oldest_family, Cause::stalled})
    EXPECT_THAT(broken_by_admission(cause), IsEmpty());
}

}  // namespace
}  // namespace memguard::policy::testing

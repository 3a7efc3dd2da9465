// What --explain says, and that nothing is said without it.
#include "supervisor/stop/explain.h"

#include <gmock/gmock.h>

#include "stopped_links.h"

namespace memguard::supervisor {
namespace {

using namespace std::chrono_literals;
using namespace units;
using policy::Cause;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class Explained : public StoppedLinks {
 protected:
  Explained() { config_.explain.value = true; }

  // The line without its time, all at 1.5 s.
  template <class Tell>
  static std::string said(const Tell& tell) {
    const std::string start = "memguard: 1.50 s: ";
    testing::internal::CaptureStderr();
    tell();
    const std::string line = testing::internal::GetCapturedStderr();
    return line.starts_with(start) ? line.substr(start.size()) : line;
  }
  // What is done, without the reason.
  std::string done(const policy::Action& action) {
    const std::string line = said([&] { explainer_.explain(action, jobs_, kNow); });
    return line.substr(0, line.find(": fits"));
  }
  std::string not_held(HoldOutcome outcome) {
    return said([&] { explainer_.explain_hold(app_, outcome, kNow); });
  }
  // A link for which 100 MiB were declared, seen to its end.
  std::string ended(Bytes peak, policy::PredictedBy by = policy::PredictedBy::user) {
    app_.predicted = policy::Prediction{100_MiB, by};
    app_.record->peak = peak;
    app_.record->measured_at = kNow;
    app_.record->outcome = report::Outcome::done;
    return said([&] { explainer_.explain_end(app_, kNow); });
  }

  static constexpr Instant kNow{1500ms};
  static constexpr policy::Reason kFits{};
  Explainer explainer_{config_};
  LiveJob& app_ = add(JobPhase::running, 0s, "app");
  LiveJob& lib_ = add(JobPhase::running, 0s, "lib");
};

TEST_F(Explained, AnActionComesWithItsTimeAndTheNumbersBehindIt) {
  const policy::Reason why{.cause = Cause::no_room,
                           .limit = 700_MiB,
                           .used = 570_MiB,
                           .kept_for_text = 20_MiB,
                           .reserved = 600_MiB,
                           .need = 120_MiB,
                           .running = 2,
                           .frozen = 1,
                           .held = 3};
  testing::internal::CaptureStderr();
  explainer_.explain(policy::Hold{app_.id, {}, why}, jobs_, kNow);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "memguard: 1.50 s: hold link app: no room: 550 MiB used and 20.0 MiB kept for programs, 600 MiB reserved "
            "and 120 MiB needed, of 700 MiB; 2 run, 1 frozen, 3 held\n");
}

TEST_F(Explained, EachActionNamesWhatIsDoneToWhom) {
  EXPECT_EQ(done(policy::Admit{app_.id, {}, kFits}), "start link app");
  EXPECT_EQ(done(policy::Freeze{app_.family(), {app_.id, lib_.id}, kFits}), "freeze link app with link lib");
  EXPECT_EQ(done(policy::Thaw{lib_.family(), {lib_.id}, kFits}), "thaw link lib");
  EXPECT_EQ(done(policy::Reclaim{app_.family(), 64_MiB, kFits}), "reclaim 64.0 MiB of link app");
  EXPECT_EQ(done(policy::SetHigh{Bytes::unlimited(), kFits}), "memory.high unlimited");
  EXPECT_EQ(done(policy::Spare{3, kFits}), "3 tokens free");
}

TEST_F(Explained, AFamilyIsAllOfItsJobs) {
  lib_.record->family = static_cast<std::uint32_t>(app_.family());
  EXPECT_EQ(done(policy::Evict{app_.family(), kFits}), "evict link app with link lib");
}

TEST_F(Explained, AJobThatEndedMeanwhileIsNoName) {
  const policy::JobId id = lib_.id;
  jobs_.remove(id, report::Outcome::done, kNow);
  EXPECT_EQ(done(policy::Thaw{app_.family(), {app_.id, id}, kFits}), "thaw link app with a job that ended");
}

TEST_F(Explained, ANameFromOutsideDrivesNoTerminal) {
  add(JobPhase::running, 0s, "a\x1b[2Jb\nmemguard: ok");
  const std::string line = done(policy::Admit{jobs_.all().back().id, {}, kFits});
  EXPECT_EQ(line, "start link a\\x1b[2Jb\\x0amemguard: ok");
}

TEST_F(Explained, AHoldThatFailedSaysWhy) {
  EXPECT_EQ(not_held(HoldOutcome::exec_failed), "not held link app: its exec failed, the caller goes on\n");
  EXPECT_EQ(not_held(HoldOutcome::gone), "not held link app: it ended meanwhile\n");
  EXPECT_EQ(not_held(HoldOutcome::outside), "not held link app: it sits outside the build's cgroup, it runs\n");
  EXPECT_EQ(not_held(HoldOutcome::runs), "not held link app: it cannot be stopped, it runs\n");
  EXPECT_EQ(not_held(HoldOutcome::held), "");
}

TEST_F(Explained, ARestartAndALossTellWhatMemoryDid) {
  const auto told = [&](bool again) { return said([&] { explainer_.explain_restart(*app_.record, again, kNow); }); };
  EXPECT_EQ(told(false), "lost link app: it was killed for memory\n");
  app_.record->evicted = true;
  EXPECT_EQ(told(true), "restart link app: it was evicted\n");
}

TEST_F(Explained, AReclaimTellsWhatWasWritten) {
  const Reclaimer::Outcome outcome{app_.family(), 64_MiB, 250ms};
  EXPECT_EQ(said([&] { explainer_.explain_reclaimed(outcome, jobs_, kNow); }),
            "reclaimed 64.0 MiB of link app in 250 ms\n");
}

TEST_F(Explained, AJobThatIsFoundTellsHowLargeItIs) {
  app_.record->peak = 80_MiB;
  EXPECT_EQ(said([&] { explainer_.explain_found(app_, kNow); }), "found link app: it has grown to 80.0 MiB\n");
}

TEST_F(Explained, WhatWasDeclaredIsSetRightBeyondAFactorOfTwo) {
  EXPECT_EQ(ended(201_MiB), "link app took 201 MiB; 100 MiB were declared\n");
  EXPECT_EQ(ended(49_MiB), "link app took 49.0 MiB; 100 MiB were declared\n");
  EXPECT_EQ(ended(200_MiB), "");
  EXPECT_EQ(ended(50_MiB), "");
}

TEST_F(Explained, WhatNobodyDeclaredOrNobodySawIsNotSetRight) {
  EXPECT_EQ(ended(900_MiB, policy::PredictedBy::history), "");
  EXPECT_NE(ended(900_MiB), "");
  app_.record->outcome = report::Outcome::killed;
  EXPECT_EQ(said([&] { explainer_.explain_end(app_, kNow); }), "");
  app_.record->outcome = report::Outcome::done;
  EXPECT_EQ(said([&] { explainer_.explain_end(app_, kNow + 60s); }), "") << "its peak is not known";
  app_.predicted.reset();
  EXPECT_EQ(said([&] { explainer_.explain_end(app_, kNow); }), "");
}

TEST_F(Explained, NothingIsSaidUnasked) {
  config_.explain.value = false;
  EXPECT_EQ(done(policy::Admit{app_.id, {}, kFits}), "");
  EXPECT_EQ(not_held(HoldOutcome::runs), "");
  EXPECT_EQ(ended(900_MiB), "");
  EXPECT_EQ(said([&] {
              explainer_.explain_found(app_, kNow);
              explainer_.explain_restart(*app_.record, true, kNow);
              explainer_.explain_reclaimed({app_.family(), 1_MiB, 1ms}, jobs_, kNow);
            }),
            "");
}

}  // namespace
}  // namespace memguard::supervisor

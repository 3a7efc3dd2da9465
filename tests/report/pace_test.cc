// How fast each job of a run got on.
#include "report/pace.h"

#include <gtest/gtest.h>

namespace memguard::report {
namespace {

using namespace std::chrono_literals;

class Paced : public testing::Test {
 protected:
  Paced() {
    run_.wall = 60s;
    run_.processors = 2;
    run_.jobs.reserve(300);
  }
  JobReport& job(Duration start, Duration end, Duration cpu) {
    JobReport& made = run_.jobs.emplace_back();
    made.id = static_cast<std::uint32_t>(run_.jobs.size() - 1);
    made.start = start;
    made.end = end;
    made.cpu = cpu;
    made.outcome = Outcome::done;
    return made;
  }
  void expect(std::size_t job, Duration alone, double processors) {
    const Pace pace = paces_of(run_, lanes_of(run_)).at(job);
    EXPECT_NEAR(seconds(pace.alone), seconds(alone), 0.1) << job;
    EXPECT_NEAR(pace.processors, processors, 0.02) << job;
  }

  RunReport run_;
};

TEST_F(Paced, AJobThatUsesItsProcessorTakesItsTime) {
  job(0s, 60s, 60s);
  expect(0, 60s, 1);
}

TEST_F(Paced, WaitsForADiskAreItsOwn) {
  job(0s, 60s, 48s);
  expect(0, 60s, 0.8);
}

TEST_F(Paced, WaitsForAProcessorAreNot) {
  for (int i = 0; i < 4; ++i) job(0s, 60s, 30s);
  expect(0, 30s, 1);
}

TEST_F(Paced, ManyOnFewProcessorsDoNotSleep) {
  for (int i = 0; i < 240; ++i) job(0s, 60s, 500ms);
  expect(0, 500ms, 1);
}

TEST_F(Paced, TimesWhenAJobWasHeldOrFrozenDoNotCount) {
  auto& waited = job(0s, 60s, 20s);
  waited.held = 25s;
  waited.frozen = 10s;
  expect(0, 25s, 0.8);
}

TEST_F(Paced, SeveralThreadsWantAsManyProcessors) {
  job(0s, 40s, 80s);
  expect(0, 40s, 2);
}

TEST_F(Paced, ARustcThatWaitsForItsLinkerDoesNotWork) {
  run_.processors = 4;
  const auto rustc = job(0s, 60s, 40s).id;
  job(10s, 60s, 10s).above = rustc;
  run_.jobs.back().held = 40s;
  expect(0, 10s, 4);
  expect(1, 10s, 1);
}

TEST_F(Paced, AJobThatSleepsTakesNobodysProcessor) {
  job(0s, 60s, 60s);
  job(0s, 60s, 500ms);
  job(0s, 60s, 500ms);
  expect(0, 60s, 1);
  expect(1, 60s, 0.01);
}

TEST_F(Paced, PartsOfAProcessorAreShared) {
  run_.processors = 0.5;
  job(0s, 60s, 30s);
  expect(0, 30s, 1);
}

TEST_F(Paced, WhatIsNotKnownIsNothing) {
  job(0s, 60s, 0s);
  expect(0, 0s, 0);
  run_.processors = 0;
  EXPECT_TRUE(paces_of(run_, lanes_of(run_)).empty());
}

}  // namespace
}  // namespace memguard::report

// Stalls that the kernel reports, as a reason to stop and to wait.
#include "scenario.h"

namespace memguard::policy::testing {
namespace {

/// A build of three families with `memory` each, in which everything stands still for `share` of the time.
class Squeezed : public ::testing::Test {
 protected:
  std::string run(Bytes memory, double share, Duration time, double high_rate = 0) {
    std::string all;
    for (Duration t = 0ms; t < time; t += 100ms) {
      full_ += std::chrono::duration_cast<Duration>(share * 100ms);
      events_ += high_rate / 10;
      cpu_ += 90ms;
      scene_.seen.pressure = Pressure{full_, full_};
      scene_.seen.high_events = static_cast<std::uint64_t>(events_);
      const Decision decision = scene_.step(
          {{1, 1, kRunning, memory, cpu_}, {2, 2, state_[0], memory, cpu_}, {3, 3, state_[1], memory, cpu_}});
      for (const Action& action : decision.actions) note(action);
      all += told(decision) + (told(decision).empty() ? "" : ";");
    }
    return all;
  }

  void note(const Action& action) {
    if (const auto* f = std::get_if<Freeze>(&action)) state_[static_cast<unsigned>(f->family) - 2] = JobState::frozen;
    if (const auto* t = std::get_if<Thaw>(&action)) state_[static_cast<unsigned>(t->family) - 2] = kRunning;
  }

  /// Nobody grows any more: only pressure can be a reason.
  static Settings settled() {
    Settings settings;
    settings.unknown_peak = 100_MiB;
    settings.unknown_spread = 0;
    settings.spreads_above = settings.spreads_at_worst = 0;
    return settings;
  }

  Scenario scene_{1_GiB, settled()};
  std::array<JobState, 2> state_{kRunning, kRunning};
  Duration full_{};
  Duration cpu_{};
  double events_ = 0;
};

TEST_F(Squeezed, NewestFamilyIsStoppedFirstThenTheNextButNeverTheOldest) {
  EXPECT_EQ(run(310_MiB, 0.6, 1s), "freeze 3;");
  EXPECT_EQ(run(310_MiB, 0.6, 3s), "freeze 2;");
  EXPECT_EQ(run(310_MiB, 0.6, 3s), "");
}

TEST_F(Squeezed, PressureAloneDoesNotStopABuildWithRoom) { EXPECT_EQ(run(200_MiB, 0.9, 5s), ""); }

TEST_F(Squeezed, LittlePressureDoesNotStopAFullBuild) { EXPECT_EQ(run(310_MiB, 0.1, 5s), ""); }

TEST_F(Squeezed, WhatPressureStoppedRunsAgainWhenItIsGone) {
  EXPECT_EQ(run(310_MiB, 0.6, 700ms), "freeze 3;");
  EXPECT_EQ(run(310_MiB, 0.0, 2s), "thaw 3;");
}

TEST_F(Squeezed, HitsOfMemoryHighAreNoPressureWhileItIsCacheThatHitsIt) { EXPECT_EQ(run(310_MiB, 0.0, 5s, 10000), ""); }

TEST_F(Squeezed, HitsOfMemoryHighStopTheNewestWhenUnreclaimableMemoryIsAtIt) {
  EXPECT_EQ(run(335_MiB, 0.0, 700ms, 1000), "freeze 3;");
}

TEST_F(Squeezed, CountersThatStartAgainAreNoPressure) {
  full_ = 1h;
  run(310_MiB, 0.0, 300ms);
  full_ = 0s;
  EXPECT_EQ(run(310_MiB, 0.1, 2s), "");
}

}  // namespace
}  // namespace memguard::policy::testing

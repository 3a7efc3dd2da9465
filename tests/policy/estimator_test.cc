#include "policy/estimator.h"

#include <cmath>

#include <gtest/gtest.h>

namespace memguard::policy::testing {
namespace {

using namespace units;

constexpr ClassId kClass{3};
const Settings kSettings;

double mib(Bytes size) { return size.real() / (1 << 20); }

TEST(Estimator, UnknownClassIsTakenForMoreThanTheGuessAndTheWorstForMuchMore) {
  const Estimator estimator;
  const Bytes expected = estimator.peak(kClass, {}, Case::expected, kSettings);
  EXPECT_GT(expected, kSettings.unknown_peak);
  EXPECT_LT(expected, 2.0 * kSettings.unknown_peak);
  EXPECT_GT(estimator.peak(kClass, {}, Case::at_worst, kSettings), 2.5 * kSettings.unknown_peak);
}

TEST(Estimator, GuessForOneClassIsItsOwn) {
  Settings settings;
  settings.unknown_peak_of_class[kClass] = 1_GiB;
  EXPECT_GT(Estimator().peak(kClass, {}, Case::expected, settings), 1_GiB);
  EXPECT_LT(Estimator().peak(ClassId{4}, {}, Case::expected, settings), 1_GiB);
}

TEST(Estimator, JobsOfOneSizeAreKnownAfterAFewEnds) {
  Estimator estimator;
  for (int i = 0; i < 20; ++i) estimator.learn(kClass, {}, 100_MiB);
  EXPECT_NEAR(mib(estimator.peak(kClass, {}, Case::expected, kSettings)), 110, 10);
  EXPECT_LT(mib(estimator.peak(kClass, {}, Case::at_worst, kSettings)), 135);
}

TEST(Estimator, SpreadOfTheClassShowsInTheWorst) {
  Estimator estimator;
  for (int i = 0; i < 50; ++i) estimator.learn(kClass, {}, i % 2 == 0 ? 50_MiB : 200_MiB);
  EXPECT_GT(mib(estimator.peak(kClass, {}, Case::at_worst, kSettings)), 250);
}

TEST(Estimator, ClassesDoNotTeachEachOther) {
  Estimator estimator;
  const Bytes before = estimator.peak(kClass, {}, Case::expected, kSettings);
  for (int i = 0; i < 20; ++i) estimator.learn(ClassId{9}, {}, 4_GiB);
  EXPECT_EQ(estimator.peak(kClass, {}, Case::expected, kSettings), before);
}

TEST(Estimator, KilledJobRaisesButNeverLowersItsClass) {
  Estimator estimator;
  for (int i = 0; i < 5; ++i) estimator.learn(kClass, {}, 100_MiB);
  const Bytes before = estimator.peak(kClass, {}, Case::expected, kSettings);
  estimator.learn_at_least(kClass, 10_MiB, kSettings);
  EXPECT_EQ(estimator.peak(kClass, {}, Case::expected, kSettings), before);
  estimator.learn_at_least(kClass, 400_MiB, kSettings);
  EXPECT_GT(estimator.peak(kClass, {}, Case::expected, kSettings), before);
}

TEST(Estimator, RunningJobCountsUntilItIsForgotten) {
  Estimator estimator;
  const Bytes before = estimator.peak(kClass, {}, Case::expected, kSettings);
  estimator.see_running(kClass, 10_MiB, kSettings);
  EXPECT_EQ(estimator.peak(kClass, {}, Case::expected, kSettings), before);
  estimator.see_running(kClass, 2_GiB, kSettings);
  EXPECT_GT(estimator.peak(kClass, {}, Case::expected, kSettings), before);
  estimator.forget_running();
  EXPECT_EQ(estimator.peak(kClass, {}, Case::expected, kSettings), before);
}

TEST(Estimator, OfThoseThatEndedAboveWhatAJobHasTheSmallOnesSayNothing) {
  Estimator estimator;
  for (int i = 0; i < 30; ++i) estimator.learn(kClass, {}, 10_MiB);
  EXPECT_EQ(estimator.larger_than(kClass, 20_MiB, kSettings).jobs, 0);
  for (int i = 0; i < 3; ++i) estimator.learn(kClass, {}, 60_MiB);
  const auto larger = estimator.larger_than(kClass, 20_MiB, kSettings);
  EXPECT_EQ(larger.jobs, 3);
  EXPECT_NEAR(mib(larger.expected.peak(Case::careful, kSettings)), 65, 5);
  EXPECT_EQ(estimator.larger_than(kClass, 5_MiB, kSettings).jobs, 33);
  EXPECT_EQ(estimator.larger_than(ClassId{9}, {}, kSettings).jobs, 0);
}

TEST(Estimator, AlsoTheSmallestAndTheLargestHaveTheirPlaceBySize) {
  Estimator estimator;
  for (const Bytes peak : {Bytes{}, 4_KiB, Estimator::kLargestJob, Bytes{INT64_MAX}}) estimator.learn(kClass, {}, peak);
  EXPECT_EQ(estimator.larger_than(kClass, 1_MiB, kSettings).jobs, 2);
}

TEST(Estimator, TheGuessAtWorstFadesAsJobsEnd) {
  Estimator estimator;
  const Bytes first = estimator.guess_at_worst(kClass, {}, kSettings);
  EXPECT_EQ(first, estimator.peak(kClass, {}, Case::at_worst, kSettings));
  for (int i = 0; i < 30; ++i) estimator.learn(kClass, {}, 10_MiB);
  EXPECT_GT(estimator.guess_at_worst(kClass, {}, kSettings), 0.5 * first);
  for (int i = 0; i < 5000; ++i) estimator.learn(kClass, {}, 10_MiB);
  EXPECT_LT(estimator.guess_at_worst(kClass, {}, kSettings), 20_MiB);
}

TEST(Estimator, PredictionIsBelievedAtFirst) {
  EXPECT_NEAR(mib(Estimator().peak(kClass, Prediction{100_MiB}, Case::expected, kSettings)), 116, 1);
}

TEST(Estimator, PredictionsThatAreTenTimesTooHighAreCorrected) {
  Estimator estimator;
  for (int i = 1; i <= 30; ++i) estimator.learn(kClass, Prediction{(100.0 + i * 40) * 1_MiB}, (10.0 + i * 4) * 1_MiB);
  EXPECT_NEAR(mib(estimator.peak(kClass, Prediction{600_MiB}, Case::expected, kSettings)), 66, 12);
}

TEST(Estimator, PredictionsWithoutRelationToThePeaksLoseTheirWeight) {
  Estimator estimator;
  for (int i = 0; i < 60; ++i) estimator.learn(kClass, Prediction{i % 2 == 0 ? 10_MiB : 1_GiB}, 100_MiB);
  EXPECT_LT(mib(estimator.peak(kClass, Prediction{1_GiB}, Case::expected, kSettings)), 200);
  EXPECT_GT(mib(estimator.peak(kClass, Prediction{10_MiB}, Case::expected, kSettings)), 60);
}

// As recorded: what was small files of C says little of a generated parser of 9 MiB.
TEST(Estimator, BeyondWhatWasTriedAnErrorDoesNotGrow) {
  Estimator estimator;
  const auto expected = [&](Bytes prediction) {
    return estimator.peak(kClass, Prediction{prediction}, Case::expected, kSettings);
  };
  for (int i = 0; i < 40; ++i)
    estimator.learn(kClass, Prediction{(30.0 + i / 4.0) * 1_MiB}, std::exp2(i / 8.0) * 5_MiB);
  const Bytes largest = expected(40_MiB);
  EXPECT_GT(largest, 1.5 * expected(35_MiB));
  EXPECT_LE(expected(1_GiB), 1024 / 40 * 1.1 * largest);
  EXPECT_GE(expected(1_GiB), 1024 / 40 * 0.9 * largest);
}

TEST(Estimator, EachSourceIsCorrectedByItsOwnErrors) {
  Estimator estimator;
  for (int i = 0; i < 30; ++i) estimator.learn(kClass, Prediction{1_GiB, PredictedBy::user}, 100_MiB);
  for (int i = 0; i < 30; ++i) estimator.learn(kClass, Prediction{100_MiB, PredictedBy::history}, 100_MiB);
  const auto of = [&](PredictedBy source) {
    return mib(estimator.peak(kClass, Prediction{1_GiB, source}, Case::expected, kSettings));
  };
  EXPECT_LT(of(PredictedBy::user), 200);
  EXPECT_GT(of(PredictedBy::history), 900);
  EXPECT_GT(of(PredictedBy::model), 900);
}

// As recorded: a small library took 15 MiB for 23.5. The regression through that one made 294 MiB of 248.
TEST(Estimator, WhatRanBeforeIsExpectedToNeedThatWhateverOthersNeeded) {
  Estimator estimator;
  const Prediction large{248_MiB, PredictedBy::history};
  const Bytes before = estimator.peak(kClass, large, Case::expected, kSettings);
  EXPECT_LT(before, 1.05 * large.peak);
  estimator.learn(kClass, Prediction{Bytes::of(23.5 * (1 << 20)), PredictedBy::history}, 15_MiB);
  for (const Bytes peak : {95_MiB, 124_MiB, 127_MiB})
    estimator.learn(kClass, Prediction{peak, PredictedBy::history}, peak);
  const Bytes since = estimator.peak(kClass, large, Case::expected, kSettings);
  EXPECT_LT(since, 1.08 * large.peak);
  // It may be wrong itself.
  EXPECT_GT(since, before);
}

}  // namespace
}  // namespace memguard::policy::testing

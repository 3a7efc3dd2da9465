// What one step of the policy costs, by the number of jobs: with memory for all, and with too little, half of the jobs
// running, a quarter frozen and a quarter waiting. docs/BENCHMARKS.md has the figures.
#include <benchmark/benchmark.h>

#include <cstdint>

#include "policy/governor.h"

namespace {

using namespace memguard;
using namespace memguard::policy;
using namespace std::chrono_literals;

constexpr double kMiB = 1 << 20;

JobSeen job(std::uint32_t id, JobState state) {
  JobSeen seen;
  seen.id = JobId{id};
  seen.family = FamilyId{id};
  seen.state = state;
  seen.restartable = true;
  if (state != JobState::waiting) seen.memory = seen.peak = Bytes::of((100 + id % 97) * kMiB);
  seen.predicted = Prediction{Bytes::of((200 + id % 89) * kMiB), PredictedBy::history};
  return seen;
}

JobState one_in_four_waits(std::uint32_t id) {
  constexpr JobState kStates[] = {JobState::running, JobState::running, JobState::frozen, JobState::waiting};
  return kStates[id % 4];
}

/// As many jobs as the argument says, all of them there from the first step to the last; `spare` of what they use is
/// left.
void steps(benchmark::State& state, JobState (*state_of)(std::uint32_t), double spare) {
  Observation seen;
  for (std::uint32_t id = 1; id <= state.range(0); ++id) seen.jobs.push_back(job(id, state_of(id)));
  for (const JobSeen& each : seen.jobs) seen.used += each.memory;
  seen.limit = (1 + spare) * seen.used;
  Governor governor{Settings{}};
  for (auto _ : state) {
    seen.at += 100ms;
    for (JobSeen& each : seen.jobs) {
      if (each.state == JobState::running) each.cpu += 50ms;
    }
    benchmark::DoNotOptimize(governor.step(seen));
  }
  state.SetComplexityN(state.range(0));
}

void step_with_plenty(benchmark::State& state) {
  steps(
      state, [](std::uint32_t) { return JobState::running; }, 4);
}

void step_when_short(benchmark::State& state) { steps(state, one_in_four_waits, 0.05); }

BENCHMARK(step_with_plenty)->RangeMultiplier(10)->Range(10, 10'000)->Unit(benchmark::kMicrosecond)->Complexity();
BENCHMARK(step_when_short)->RangeMultiplier(10)->Range(10, 10'000)->Unit(benchmark::kMicrosecond)->Complexity();

}  // namespace

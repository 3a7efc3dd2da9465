// What the timeline of a run costs at each decision, by the number of jobs that live: with states that stay, and with
// all of them changing. docs/BENCHMARKS.md has the figures.
#include <benchmark/benchmark.h>

#include <cstdint>

#include "supervisor/tell/timeline_recorder.h"

namespace {

using namespace memguard;
using namespace memguard::supervisor;
using namespace std::chrono_literals;

/// As many jobs as the argument says; a decision every 50 ms, as when memory is short.
void steps(benchmark::State& state, bool all_change) {
  SharedArea& area = **SharedArea::create();
  LiveJobs jobs(area);
  ExecFacts facts{};
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    LiveJob& job = *jobs.add(facts, jobs.new_family(), Instant{});
    job.record->phase = JobPhase::running;
    job.memory = Bytes{(100 + i % 97) << 20};
  }
  TimelineRecorder recorder(area.timeline, jobs);
  policy::Observation seen;
  seen.limit = Bytes{std::int64_t{1} << 34U};
  for (auto _ : state) {
    seen.at += 50ms;
    // Ever more, so that each sample is kept.
    seen.used = Bytes{seen.at.time_since_epoch().count()};
    if (all_change) {
      for (LiveJob& job : jobs.all())
        job.record->phase = job.record->phase == JobPhase::running ? JobPhase::frozen : JobPhase::running;
    }
    recorder.stepped(seen, {}, seen.at);
  }
}

void states_stay(benchmark::State& state) { steps(state, false); }
void states_change(benchmark::State& state) { steps(state, true); }

}  // namespace

BENCHMARK(states_stay)->Arg(4)->Arg(16)->Arg(100)->Arg(1000);
BENCHMARK(states_change)->Arg(4)->Arg(16)->Arg(100)->Arg(1000);

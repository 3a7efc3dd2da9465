#include "supervisor/account/tell_timeline.h"

#include <algorithm>
#include <unordered_map>

#include "record/words.h"

namespace memguard::supervisor {
namespace {

static_assert(static_cast<int>(NotedState::evicted) == static_cast<int>(report::State::evicted));
static_assert(ChangeRecord::kNoJob == report::Change::kNoJob);

report::Sample told(const SampleRecord& sample) {
  return {.at = sample.at,
          .used = Bytes{sample.used},
          .limit = Bytes{sample.limit},
          .high = Bytes{sample.high},
          .some = sample.some,
          .full = sample.full,
          .tokens = sample.tokens};
}

report::Change told(const ChangeRecord& change) {
  const bool decided = change.cause <= static_cast<std::uint8_t>(policy::kLastCause);
  return {.at = change.at,
          .job = change.job,
          .state = static_cast<report::State>(std::min(change.state, NotedState::evicted)),
          .cause = decided ? std::string(record::word(policy::Cause{change.cause})) : std::string(),
          .limit = Bytes{change.limit},
          .used = Bytes{change.used},
          .kept_for_text = Bytes{change.kept_for_text},
          .reserved = Bytes{change.reserved},
          .need = Bytes{change.need},
          .running = change.running,
          .frozen = change.frozen,
          .held = change.held,
          .for_job = change.for_job};
}

// Samples in which it was too small to be seen, between two in which it was not, are zeros.
void add(report::JobMemory& of, std::size_t sample, Bytes memory) {
  if (of.memory.empty()) of.first = sample;
  of.memory.resize(sample - of.first);
  of.memory.push_back(memory);
}

std::vector<report::JobMemory> memory_by_job(const SampleStore& store, const std::vector<SampleRecord>& samples) {
  std::vector<report::JobMemory> all;
  std::unordered_map<std::uint32_t, std::size_t> index;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    for (const SampledJob& one : store.jobs_of(samples[i])) {
      const auto [found, is_new] = index.try_emplace(one.job, all.size());
      if (is_new) all.push_back({.job = one.job, .first = i, .memory = {}});
      report::JobMemory& of = all[found->second];
      if (of.first + of.memory.size() <= i) add(of, i, Bytes{std::int64_t{one.kib} << 10U});
    }
  }
  return all;
}

}  // namespace

report::Timeline tell_timeline(const TimelineRecord& record) {
  report::Timeline timeline;
  timeline.step = record.samples.step();
  const auto samples = record.samples.samples();
  for (const SampleRecord& sample : samples) timeline.samples.push_back(told(sample));
  timeline.memory = memory_by_job(record.samples, samples);
  for (const ChangeRecord& change : record.changes.changes()) timeline.changes.push_back(told(change));
  timeline.left_out = record.changes.left_out();
  return timeline;
}

}  // namespace memguard::supervisor

// How a build went over time, in the bounded form that shared memory holds: a supervisor that dies loses none of it.
//
// Samples tell of memory, changes of the states of jobs. Nothing here is ever written to a file during a build, so no
// full disk and no home that hangs can hold it up.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "base/units.h"

namespace memguard::supervisor {

/// The memory of the build at one moment.
struct SampleRecord {
  /// On the build's clock.
  Duration at;
  /// In bytes: what reclaim without swap cannot take, and what it may be. Plain numbers here and below, because `Bytes`
  /// begins as zero: making the stores would write all of them, and make their pages resident.
  std::int64_t used;
  std::int64_t limit;
  /// memory.high; `Bytes::unlimited()` where there is none.
  std::int64_t high;
  /// Stall time so far (memory.pressure, `total=`).
  Duration some;
  Duration full;
  /// Free tokens of all jobservers.
  std::int32_t tokens;
  /// Its jobs, in the store's own list.
  std::uint32_t first;
  std::uint32_t count;
};
static_assert(std::is_trivially_default_constructible_v<SampleRecord>);

/// Of a sample: a job's memory.
struct SampledJob {
  std::uint32_t job;
  std::uint32_t kib;
};

/// Samples at even distances. When they fill their place the distance doubles, and of two samples that come to share
/// an interval the one with more memory stays: each that is kept was really seen, the peak among them.
///
/// Whoever writes may be killed at any moment: samples are thinned into a second place, which then becomes the first.
class SampleStore {
 public:
  static constexpr std::size_t kSamples = 2048;
  static constexpr std::size_t kSampledJobs = std::size_t{1} << 17U;
  /// Of one sample; further ones are left out of it.
  static constexpr std::size_t kJobsOfOne = kSampledJobs / 8;
  static constexpr Duration kFirstStep = std::chrono::milliseconds(50);

  /// Whether `note` would keep a sample of then with so much used: worth collecting its jobs.
  [[nodiscard]] bool wants(Duration at, std::int64_t used) const;
  /// Takes it in; `first` and `count` of `sample` are the store's.
  void note(SampleRecord sample, std::span<const SampledJob> jobs);

  /// Those there are, in order of time. A sample that a killed writer left half written is passed over.
  [[nodiscard]] std::vector<SampleRecord> samples() const;
  /// The jobs of one of these samples.
  [[nodiscard]] std::span<const SampledJob> jobs_of(const SampleRecord& sample) const;
  /// The present distance.
  [[nodiscard]] Duration step() const;

 private:
  struct Place {
    std::atomic<std::uint32_t> samples;
    std::uint32_t jobs;
    std::array<SampleRecord, kSamples> sample;
    std::array<SampledJob, kSampledJobs> job;

    /// There is room for one more sample with so many jobs.
    [[nodiscard]] bool takes(std::size_t more_jobs) const;
    /// Null when there is none.
    [[nodiscard]] const SampleRecord* last() const;
    /// Only where there is one.
    void take_last_out();
    /// Only where it `takes` them.
    void append(const SampleRecord& added, std::span<const SampledJob> jobs_of_it);
  };
  [[nodiscard]] bool same_interval(Duration a, Duration b) const { return a / step() == b / step(); }
  void put(Place& place, const SampleRecord& sample, std::span<const SampledJob> jobs) const;
  void thin();

  std::array<Place, 2> places_;
  std::atomic<std::uint32_t> active_;
  /// The step is the first one times two to the power of this.
  std::atomic<std::uint32_t> doubled_;
};

/// What a job does, as a report tells it (report::State), by number.
enum class NotedState : std::uint8_t { arrived, runs, held, frozen, evicted };

/// A job's state changed, with the numbers of the decision that did it.
struct ChangeRecord {
  static constexpr std::uint8_t kNoCause = 255;
  static constexpr std::uint32_t kNoJob = UINT32_MAX;
  Duration at;
  std::uint32_t job;
  /// The job that has what this one waits for.
  std::uint32_t for_job;
  /// In bytes.
  std::int64_t limit;
  std::int64_t used;
  std::int64_t kept_for_text;
  std::int64_t reserved;
  std::int64_t need;
  std::uint16_t running;
  std::uint16_t frozen;
  std::uint16_t held;
  NotedState state;
  /// policy::Cause.
  std::uint8_t cause;
};
static_assert(std::is_trivially_default_constructible_v<ChangeRecord>);

/// The last changes; earlier ones are counted.
class ChangeStore {
 public:
  static constexpr std::size_t kChanges = std::size_t{1} << 16U;

  /// The oldest makes room.
  void note(const ChangeRecord& change);
  /// In order of time.
  [[nodiscard]] std::vector<ChangeRecord> changes() const;
  /// How many were noted and are no longer there.
  [[nodiscard]] std::uint64_t left_out() const;

 private:
  std::atomic<std::uint64_t> noted_;
  std::array<ChangeRecord, kChanges> change_;
};

struct TimelineRecord {
  SampleStore samples;
  ChangeStore changes;
  /// memory.high as last written; 0: not yet, or there is none.
  std::atomic<std::int64_t> high;
};

}  // namespace memguard::supervisor

// Looks at jobs more often than decisions need it, so that the peaks of short ones are known, and those at the end.
#pragma once

#include <functional>
#include <memory>

#include "supervisor/live/live_jobs.h"
#include "supervisor/loop/event_loop.h"

namespace memguard::supervisor {

/// A sample takes half a millisecond, and twenty times that on an emulated processor: there, where builds grow as
/// slowly, samples are fewer, so that looking takes no more than a fiftieth of one processor.
constexpr int kMostCpuShare = 50;

/// The peak of a job that has ended cannot be read any more: nobody but its parent is told, and that with the pages of
/// its files. What it took since the last look is lost, so a link of 50 ms must not wait for the next sample.
class CloseLook {
 public:
  using Clock = std::function<Instant()>;

  /// `loop` and `jobs` must outlive it.
  CloseLook(EventLoop& loop, LiveJobs& jobs, Clock clock) : loop_(loop), jobs_(jobs), clock_(std::move(clock)) {}

  /// Errors: no timer.
  [[nodiscard]] Status watch();
  /// A job has begun to run, or goes on.
  void job_runs();

 private:
  void look();

  EventLoop& loop_;
  LiveJobs& jobs_;
  Clock clock_;
  std::unique_ptr<EventLoop::Source> timer_;
  /// Whether the timer will fire.
  bool armed_ = false;
};

}  // namespace memguard::supervisor

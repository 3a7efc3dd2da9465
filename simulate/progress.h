// Time of a simulated build: what runs, how fast, and until when nothing else happens.
#pragma once

#include "simulate/state.h"
#include "simulate/swap.h"

namespace memguard::simulate {

class Progress {
 public:
  /// All must outlive it.
  Progress(State& state, Swap& swap) : state_(state), swap_(swap) {}

  /// To the next event, at the latest to `next`, at which somebody decides or sees something.
  void go_on(Instant next);

 private:
  [[nodiscard]] bool waits_for_others(const Task& task, double progress) const;
  [[nodiscard]] bool can_work(const Live& job);
  [[nodiscard]] Pace pace();
  /// The progress up to which nothing changes about a job.
  [[nodiscard]] double stop_of(const Live& job) const;
  [[nodiscard]] Instant next_of_the_world(Instant next) const;
  [[nodiscard]] Duration until_event(const Pace& pace, Instant next) const;
  void advance(Live& job, const Pace& pace, double time);
  void note(const Pace& pace, Duration time);
  void note_oldest(Duration time);

  State& state_;
  Swap& swap_;
  /// The first family that is not over, and for how long it has been held.
  std::size_t oldest_ = 0;
  Duration oldest_held_{};
  Duration standstill_{};
};

}  // namespace memguard::simulate

// What a simulated build came to.
#pragma once

#include "base/units.h"

namespace memguard::simulate {

/// What became of a build.
struct Outcome {
  Duration makespan{};
  int ended = 0;
  /// Families that the kernel killed at the limit, whether they came back or not.
  int killed = 0;
  int evicted = 0;
  /// Tasks that were killed and never came back: not restartable, or killed with nothing beside them.
  int lost = 0;
  bool hung = false;
  int held = 0;
  int freezes = 0;
  int most_freezes_of_one = 0;
  int most_restarts_of_one = 0;
  int trip_wire_moves = 0;
  int steps = 0;
  Bytes most_used;
  /// Memory of frozen jobs that was written to swap.
  Bytes reclaimed;
  /// CPU time used, and what of it went into jobs that were killed.
  Duration cpu{};
  Duration wasted{};
  /// Processors that did nothing, times how long they did.
  Duration idle{};
  /// The longest time in one piece in which nothing computed, and no memory went to swap or came from it.
  Duration longest_standstill{};
  /// The longest that the oldest unfinished family was held in one piece.
  Duration oldest_held{};
};

}  // namespace memguard::simulate

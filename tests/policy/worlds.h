// Random worlds for the properties: smaller, larger and meaner than any build.
#pragma once

#include <cstdint>

#include "simulate/workloads.h"

namespace memguard::policy::testing {

/// What may be in a world.
struct Meanness {
  /// Tasks besides links: from 1 to this.
  int most_tasks = 30;
  /// Share of the families that nobody would start again.
  double not_restartable = 0;
  /// The families of that kind all fit in the limit together, so the kernel never has to take one of them.
  bool those_fit_together = false;
  /// The machine has swap: from less than any job needs to four times the limit, from slower than a disk to zram.
  bool swap = false;
  /// Share of the tasks that start several others, as a rustdoc or a test runner does.
  double start_many = 0;
  /// So many clients of a build server, each of which holds memory and waits until everything else has ended. Nothing
  /// in such a world holds a lock.
  int clients = 0;
  /// Predictions come from history, from the user and from the model; otherwise from the model alone.
  bool many_sources = false;
};

/// A world of any shape: 1 to 256 processors, limits from 1.02 times the largest family, jobs that grow at once, ramp,
/// spike, saw or triple late, in families, with and without predictions that are right, wrong by 5 or lies, that hold a
/// lock, sleep, wait for each other, and need up to a tenth more when they are started again. Shims restart them.
[[nodiscard]] simulate::Build mean_world(std::uint64_t seed, const Meanness& meanness);

}  // namespace memguard::policy::testing

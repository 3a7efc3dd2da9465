// The pieces that builds are made of.
#pragma once

#include <vector>

#include "simulate/task.h"

namespace memguard::simulate {

/// Grows to its peak by `ready` of its life and stays there.
[[nodiscard]] std::vector<Point> ramp(Bytes peak, double ready);
/// Stays at a third, and triples at three quarters of its life.
[[nodiscard]] std::vector<Point> triples_late(Bytes peak);
/// Is at its peak only for a moment in the middle.
[[nodiscard]] std::vector<Point> spike(Bytes peak);
/// Grows to its peak and gives most of it back, `teeth` times.
[[nodiscard]] std::vector<Point> saw(Bytes peak, int teeth);

/// At least 20 ms of CPU time.
[[nodiscard]] Task task(ClassId job_class, double cpu, std::vector<Point> curve);
/// The positions of the first `count` tasks.
[[nodiscard]] std::vector<std::size_t> all_before(std::size_t count);
/// As cargo does: the more tasks wait for one, directly or not, the earlier it starts.
void prioritise_like_cargo(std::vector<Task>& tasks);

}  // namespace memguard::simulate

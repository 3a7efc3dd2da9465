#include "simulate/shapes.h"

#include <algorithm>

#include "simulate/amounts.h"
#include "simulate/curve.h"

namespace memguard::simulate {

std::vector<Point> ramp(Bytes peak, double ready) { return {{0, 0.05 * peak}, {ready, peak}, {1, peak}}; }
std::vector<Point> triples_late(Bytes peak) {
  return {{0, 0.05 * peak}, {0.3, 0.33 * peak}, {0.75, 0.33 * peak}, {0.85, peak}, {1, peak}};
}
std::vector<Point> spike(Bytes peak) {
  return {{0, 0.05 * peak}, {0.2, 0.4 * peak}, {0.5, 0.4 * peak}, {0.6, peak}, {0.7, 0.4 * peak}, {1, 0.4 * peak}};
}
std::vector<Point> saw(Bytes peak, int teeth) {
  std::vector<Point> curve{{0, 0.2 * peak}};
  for (int i = 0; i < teeth; ++i) {
    curve.push_back({(i + 0.5) / teeth, peak});
    curve.push_back({(i + 1.0) / teeth, 0.4 * peak});
  }
  return curve;
}

Task task(ClassId job_class, double cpu, std::vector<Point> curve) {
  Task made;
  made.job_class = job_class;
  made.alone = std::max(time(cpu), Duration(std::chrono::milliseconds(20)));
  made.curve = std::move(curve);
  return made;
}

std::vector<std::size_t> all_before(std::size_t count) {
  std::vector<std::size_t> all(count);
  for (std::size_t i = 0; i < count; ++i) all[i] = i;
  return all;
}

void prioritise_like_cargo(std::vector<Task>& tasks) {
  const auto dependents = dependents_of(tasks);
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    std::vector<bool> waits(tasks.size());
    std::vector<std::size_t> found{i};
    for (std::size_t next = 0; next < found.size(); ++next) {
      for (const std::size_t dependent : dependents[found[next]]) {
        if (!waits[dependent]) found.push_back(dependent);
        waits[dependent] = true;
      }
    }
    tasks[i].priority = static_cast<int>(found.size()) - 1;
  }
}

}  // namespace memguard::simulate

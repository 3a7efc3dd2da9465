#include "supervisor/memory/movable_limit.h"

#include <algorithm>

namespace memguard::supervisor {
namespace {

// What may come between the reading and the write.
constexpr Bytes kLeastSpare{std::int64_t{16} << 20U};
constexpr double kSpareShare = 0.02;

}  // namespace

Status MovableLimit::move(Bytes wanted) {
  const auto surroundings = look_around();
  if (!surroundings) return pass(surroundings.error());
  if (auto allowed = check_limit(wanted, *surroundings); !allowed) return allowed;
  if (home_.can().memory && wanted > area_.memory_max.load()) {
    // Raising it waits for nothing (mm/memcontrol.c, memory_max_write).
    if (auto set = home_.build->set_memory_max(wanted); !set) return pass(std::move(set.error()), "raise the limit");
    area_.memory_max = wanted;
  }
  area_.wall = wanted;
  ++area_.limit_moves;
  area_.highest_limit = std::max(area_.highest_limit.load(), wanted);
  return {};
}

void MovableLimit::look(Bytes used) {
  const Bytes wall = limit();
  if (!home_.can().memory || wall >= area_.memory_max.load()) return;
  if (used + std::max(kLeastSpare, kSpareShare * wall) > wall) return;
  area_.memory_max = wall;
  worker_.post([&home = home_, wall]() -> Worker::Completion {
    (void)home.build->set_memory_max(wall);
    return {};
  });
}

report::RunningLimit running_limit(const SharedArea& area, const RunLimit& chosen) {
  report::RunningLimit now{area.wall, Bytes::unlimited(), chosen.origin};
  if (const Bytes hidden = area.hidden.limit; hidden > Bytes{}) now.hidden = hidden;
  if (now.limit != chosen.wall) now.origin.setter = report::LimitSetter::user;
  return now;
}

}  // namespace memguard::supervisor

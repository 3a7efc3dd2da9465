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
  if (home_.can().memory && wanted > Bytes{area_.memory_max_bytes}) {
    // Raising it waits for nothing (mm/memcontrol.c, memory_max_write).
    if (auto set = home_.build->set_memory_max(wanted); !set) return pass(std::move(set.error()), "raise the limit");
    area_.memory_max_bytes = wanted.count;
  }
  area_.wall_bytes = wanted.count;
  ++area_.limit_moves;
  area_.limit_bytes = std::max(area_.limit_bytes.load(), wanted.count);
  return {};
}

void MovableLimit::look(Bytes used) {
  const Bytes wall = limit();
  if (!home_.can().memory || wall >= Bytes{area_.memory_max_bytes}) return;
  if (used + std::max(kLeastSpare, kSpareShare * wall) > wall) return;
  area_.memory_max_bytes = wall.count;
  worker_.post([&home = home_, wall]() -> Worker::Completion {
    (void)home.build->set_memory_max(wall);
    return {};
  });
}

report::RunningLimit running_limit(const SharedArea& area, const RunLimit& chosen) {
  report::RunningLimit now{Bytes{area.wall_bytes}, Bytes::unlimited(), chosen.origin};
  if (area.hidden.limit > 0) now.hidden = Bytes{area.hidden.limit};
  if (now.limit != chosen.wall) now.origin.setter = report::LimitSetter::user;
  return now;
}

}  // namespace memguard::supervisor

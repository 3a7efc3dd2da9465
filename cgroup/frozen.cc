// Frozen: whoever freezes a group owes it a thaw, on every path.
#include <utility>

#include "cgroup/group.h"

namespace memguard::cgroup {

Result<Frozen> Frozen::freeze(const Group& group) {
  if (auto frozen = group.set_frozen(true); !frozen) return pass(std::move(frozen.error()));
  return Frozen(group);
}

Frozen::Frozen(Frozen&& other) noexcept : group_(std::exchange(other.group_, nullptr)) {}

Frozen& Frozen::operator=(Frozen&& other) noexcept {
  // What this one held is thawed when `old` ends, also on self-assignment.
  const Frozen old(std::move(*this));
  group_ = std::exchange(other.group_, nullptr);
  return *this;
}

Frozen::~Frozen() { static_cast<void>(thaw()); }

Status Frozen::thaw() {
  if (group_ == nullptr) return {};
  return std::exchange(group_, nullptr)->set_frozen(false);
}

}  // namespace memguard::cgroup

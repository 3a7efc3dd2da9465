// The swap of a world: memory of stopped jobs goes out when it is ordered to, and comes back when they run again.
#pragma once

#include <optional>
#include <vector>

#include "simulate/live.h"

namespace memguard::simulate {

/// One device. All that is on its way, in either direction, shares its speed. A job waits until all that it has in swap
/// is back: worse than real, where it waits only for the pages it touches.
class Swap {
 public:
  /// Empty. Both directions share the speed.
  Swap(Bytes size, Bytes per_second) : size_(size.real()), per_second_(per_second.real()) {}

  /// Begins to write so much of the frozen jobs of a family out. One order at a time: a later one is forgotten.
  void order(FamilyId family, Bytes amount);
  /// An order is being carried out.
  [[nodiscard]] bool busy() const { return order_.has_value(); }
  /// What fits besides.
  [[nodiscard]] double room(const std::vector<Live>& live) const;

  /// Bytes a second by which the memory of all jobs together grows from swap; negative when more goes out.
  [[nodiscard]] double growth(const std::vector<Live>& live, Instant now) const;
  /// Seconds until something that is on its way is there; nothing when nothing is.
  [[nodiscard]] std::optional<double> until_event(const std::vector<Live>& live, Instant now) const;
  /// What the kernel does at the limit before it kills: it writes out what is frozen, then what sleeps, then of what
  /// computes the youngest, while everybody waits. False when swap has no room.
  bool make_room(std::vector<Live>& live, double amount, Instant now);
  /// Until then everybody waits for the kernel, which makes room; also who reads its memory back. (It was not so at
  /// first, and two jobs stood still for ever: each page that one read back pushed out another of its own.)
  [[nodiscard]] Instant room_at() const { return room_at_; }
  /// Time passes from `now` on, in which `idle` nobody computes. True when an order came to its end.
  bool advance(std::vector<Live>& live, Instant now, double seconds, bool idle);

  /// How long all that ran has waited for memory: `full` of PSI.
  [[nodiscard]] Duration full() const { return full_; }
  /// Written out so far, by order or by the kernel.
  [[nodiscard]] Bytes written() const { return Bytes::of(written_); }

 private:
  struct Order {
    FamilyId family{};
    double left = 0;
  };
  /// Waits for its memory, and for nothing else.
  [[nodiscard]] bool comes_back(const Live& job, Instant now) const;
  [[nodiscard]] std::ptrdiff_t coming(const std::vector<Live>& live, Instant now) const;
  [[nodiscard]] double speed_of_one(const std::vector<Live>& live, Instant now) const;
  [[nodiscard]] double order_left(const std::vector<Live>& live) const;
  double write_out(Live& job, double amount);

  double size_;
  double per_second_;
  double written_ = 0;
  std::optional<Order> order_;
  Instant room_at_{};
  Duration full_{};
};

}  // namespace memguard::simulate

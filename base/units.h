// Units as types: sizes in bytes, and the instants of a build.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <limits>
#include <string>

namespace memguard {

/// An amount of memory; negative only as a difference. Kernel files that say "max" are `Bytes::unlimited()`.
struct Bytes {
  std::int64_t count = 0;

  /// The most that 63 bits hold: no limit.
  [[nodiscard]] static constexpr Bytes unlimited() { return {std::numeric_limits<std::int64_t>::max()}; }
  /// There is no limit.
  [[nodiscard]] constexpr bool is_unlimited() const { return *this == unlimited(); }
  /// For the arithmetic of forecasts and regressions.
  [[nodiscard]] constexpr double real() const { return static_cast<double>(count); }
  /// Rounds towards zero. More than 63 bits hold is the most they hold, either way; what is no number is nothing.
  [[nodiscard]] static constexpr Bytes of(double bytes) {
    constexpr double kBeyond = 0x1p63;
    if (bytes >= kBeyond) return unlimited();
    if (bytes > -kBeyond) return {static_cast<std::int64_t>(bytes)};
    return {bytes <= -kBeyond ? -unlimited().count : 0};
  }

  /// Unlimited is more than anything.
  constexpr auto operator<=>(const Bytes&) const = default;
  /// The caller sees to it that 63 bits hold the sum.
  constexpr Bytes& operator+=(Bytes other) {
    count += other.count;
    return *this;
  }
  /// May become negative.
  constexpr Bytes& operator-=(Bytes other) {
    count -= other.count;
    return *this;
  }
  /// As +=.
  friend constexpr Bytes operator+(Bytes a, Bytes b) { return {a.count + b.count}; }
  /// As -=.
  friend constexpr Bytes operator-(Bytes a, Bytes b) { return {a.count - b.count}; }
  /// Rounded and bounded as `of`.
  friend constexpr Bytes operator*(double factor, Bytes a) { return of(factor * a.real()); }
};

namespace units {
/// Bytes.
constexpr Bytes operator""_B(unsigned long long n) { return {static_cast<std::int64_t>(n)}; }
/// 2^10 bytes each.
constexpr Bytes operator""_KiB(unsigned long long n) { return {static_cast<std::int64_t>(n << 10U)}; }
/// 2^20 bytes each.
constexpr Bytes operator""_MiB(unsigned long long n) { return {static_cast<std::int64_t>(n << 20U)}; }
/// 2^30 bytes each.
constexpr Bytes operator""_GiB(unsigned long long n) { return {static_cast<std::int64_t>(n << 30U)}; }
}  // namespace units

/// The most that a text from outside may tell of. No machine has a pebibyte, and sums of thousands do not overflow.
constexpr Bytes kMostBytes{std::int64_t{1} << 50U};

/// For people: "7.4 GiB", "312 MiB", "16 KiB", "unlimited". Exact sizes go into JSON, not here.
[[nodiscard]] std::string to_text(Bytes size);
/// "7.4 of 8.0 GiB", "312 MiB of 8.0 GiB"; "312 MiB" where there is no limit.
[[nodiscard]] std::string part_text(Bytes part, Bytes limit);

/// How long something took.
using Duration = std::chrono::nanoseconds;

/// The clock of a build: CLOCK_MONOTONIC since memguard started, less the time the whole build was stopped (Ctrl-Z).
/// It has no now(): instants are given by whoever owns the loop, and policy and its tests only ever receive them.
struct BuildClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BuildClock>;
  static constexpr bool is_steady = true;
};
using Instant = BuildClock::time_point;

/// Seconds as a real number, for rates, reports and messages.
[[nodiscard]] constexpr double seconds(Duration d) { return std::chrono::duration<double>(d).count(); }
/// Since the build began.
[[nodiscard]] constexpr double seconds(Instant t) { return seconds(t.time_since_epoch()); }

/// For people: "350 ms", "4.2 s", "41 s", "12 min".
[[nodiscard]] std::string to_text(Duration d);

}  // namespace memguard

// Builds for the world: what users' builds look like, and random ones that look like nothing.
#pragma once

#include <random>
#include <vector>

#include "simulate/task.h"

namespace memguard::simulate {

constexpr ClassId kRustc{0};
constexpr ClassId kLink{1};
constexpr ClassId kCc{2};

/// A build and the machine it runs on.
struct Build {
  std::vector<Task> tasks;
  Machine machine;
  /// The memory of the largest family alone: below this no build can end.
  Bytes largest;
};

/// A random number generator with a name for what is drawn.
class Dice {
 public:
  /// The same seed draws the same.
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  /// Uniform, `high` left out.
  [[nodiscard]] double between(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(engine_);
  }
  /// Uniform, both included.
  [[nodiscard]] int whole(int low, int high) { return std::uniform_int_distribution<int>(low, high)(engine_); }
  /// True with this probability.
  [[nodiscard]] bool chance(double p) { return between(0, 1) < p; }
  /// exp of a normal number around ln(median).
  [[nodiscard]] double log_normal(double median, double sigma) {
    return std::lognormal_distribution<double>(std::log(median), sigma)(engine_);
  }

 private:
  std::mt19937_64 engine_;
};

/// What the acceptance test builds: 4 to 8 libraries of 200 to 300 MB that grow within 2.5 s, then four programs whose
/// small rustc each link 300 to 400 MB. The limit is 1.6 times the largest job, without swap.
[[nodiscard]] Build libraries_then_links(std::uint64_t seed, bool told_of_links);
/// Any number of jobs of any shape: ramps, plateaus, spikes, late growth, links in families, locks, sleepers; 2 to 32
/// processors, limits from just the largest family to plenty.
/// `count` tasks besides links; the same seed with a smaller count begins with the same tasks.
[[nodiscard]] Build anything(std::uint64_t seed, int count);
/// Jobs of one size in a limit that fits a few.
[[nodiscard]] Build uniform(std::uint64_t seed);
/// 500 jobs whose peaks are log-normal with this sigma, limit a third of what all processors would use.
[[nodiscard]] Build mixed(std::uint64_t seed, int cores, double sigma);
/// Compiles, then links of 440 MB that ramp over 8 s.
[[nodiscard]] Build links(std::uint64_t seed, Bytes limit);
/// A configure step with up to 30 tiny compiles, then 8 to 40 real ones of 40 to 300 MiB, in 1.3 to 6 times the
/// largest. Nobody starts one again: make and ninja. The class's guess is the one that compilers of C and C++ have.
[[nodiscard]] Build configure_then_compile(std::uint64_t seed);
/// 150 jobs that triple at three quarters of their life.
[[nodiscard]] Build late(std::uint64_t seed);

}  // namespace memguard::simulate

#include "policy/growth.h"

#include <algorithm>

namespace memguard::policy {
namespace {

/// Faster than any memory: keeps forecasts of hostile samples within what Bytes can hold.
constexpr double kFastest = 1e12;

Bytes forecast(double per_second, Duration ahead) {
  return Bytes::of(std::clamp(per_second, 0.0, kFastest) * std::max(0.0, seconds(ahead)));
}

}  // namespace

void Growth::note(Instant at, Bytes memory, const Settings& settings) {
  grain_ = settings.grain();
  const bool backwards = count_ > 0 && at <= samples_[count_ - 1].at;
  const bool too_soon = count_ > 1 && at - samples_[count_ - 2].at < grain_;
  if (backwards) {
    samples_[count_ - 1].memory = memory;
    return;
  }
  if (too_soon) --count_;
  drop_older_than(at - settings.growth_window);
  if (count_ == samples_.size()) drop_older_than(samples_[1].at);
  samples_[count_++] = {at, memory};
}

// One sample at or before the start stays: the window reaches back to it.
void Growth::drop_older_than(Instant start) {
  std::size_t drop = 0;
  while (drop + 1 < count_ && samples_[drop + 1].at <= start) ++drop;
  std::move(samples_.begin() + static_cast<std::ptrdiff_t>(drop),
            samples_.begin() + static_cast<std::ptrdiff_t>(count_), samples_.begin());
  count_ -= drop;
}

void Growth::stop() {
  if (count_ == 0) return;
  before_stop_ = per_second();
  count_ = 0;
}

Bytes Growth::in(Duration ahead) const { return forecast(per_second(), ahead); }

Bytes Growth::steadily_in(Duration ahead) const { return forecast(mean_per_second(), ahead); }

double Growth::per_second_since(const Sample& then) const {
  const Sample& now = samples_[count_ - 1];
  return (now.memory - then.memory).real() / std::max(seconds(now.at - then.at), 1e-3);
}

double Growth::mean_per_second() const {
  const bool known = count_ > 1 && samples_[count_ - 1].at - samples_[0].at >= grain_;
  return known ? per_second_since(samples_[0]) : before_stop_;
}

double Growth::per_second() const {
  const double mean = mean_per_second();
  if (count_ < 2 || samples_[count_ - 1].at - samples_[0].at < grain_) return mean;
  std::size_t previous = count_ - 2;
  while (previous > 0 && samples_[count_ - 1].at - samples_[previous].at < grain_) --previous;
  return std::max({0.0, mean, (mean + per_second_since(samples_[previous])) / 2});
}

}  // namespace memguard::policy

#include "policy/pressure_watch.h"

namespace memguard::policy {

void PressureWatch::note(Instant at, const Observation& seen, const Settings& settings) {
  const Sample now{at, seen.pressure ? std::optional(seen.pressure->full) : std::nullopt, seen.high_events};
  if (!samples_.empty()) {
    const Sample& last = samples_.back();
    const bool fell = now.at < last.at || now.full < last.full || now.high_events < last.high_events;
    if (fell) samples_.clear();
  }
  const std::size_t count = samples_.size();
  if (count > 1 && now.at - samples_[count - 2].at < settings.grain()) samples_.pop_back();
  samples_.push_back(now);
  std::size_t old = 0;
  while (old + 1 < samples_.size() && samples_[old + 1].at <= now.at - settings.pressure_window) ++old;
  samples_.erase(samples_.begin(), samples_.begin() + static_cast<std::ptrdiff_t>(old));
}

std::optional<Duration> PressureWatch::known(const Settings& settings) const {
  if (samples_.empty()) return std::nullopt;
  const Duration span = samples_.back().at - samples_.front().at;
  if (span <= Duration::zero() || span < settings.pressure_window / 2) return std::nullopt;
  return span;
}

double PressureWatch::full_share(const Settings& settings) const {
  const auto span = known(settings);
  if (!span || !samples_.front().full || !samples_.back().full) return 0;
  return seconds(*samples_.back().full - *samples_.front().full) / seconds(*span);
}

double PressureWatch::high_rate(const Settings& settings) const {
  const auto span = known(settings);
  if (!span) return 0;
  return static_cast<double>(samples_.back().high_events - samples_.front().high_events) / seconds(*span);
}

}  // namespace memguard::policy

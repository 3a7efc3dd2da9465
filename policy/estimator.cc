#include "policy/estimator.h"

#include <algorithm>
#include <cmath>

namespace memguard::policy {
namespace {

constexpr Bytes kPage{4096};

double log_of(Bytes size) { return std::log(std::clamp(size, kPage, Estimator::kLargestJob).real()); }

std::size_t size_of(double y) {
  constexpr double kToAnOctave = 4;
  return static_cast<std::size_t>((y - log_of(kPage)) / std::log(2) * kToAnOctave);
}

/// Sum of (a - mean a)(b - mean b), never negative for a square.
double centred(double products, double sum_a, double sum_b, double n) { return products - sum_a * sum_b / n; }

double spreads(Case which, const Settings& settings) {
  switch (which) {
    case Case::expected:
      return settings.spreads_above;
    case Case::careful:
      return settings.spreads_careful;
    case Case::at_worst:
      return settings.spreads_at_worst;
  }
  return settings.spreads_at_worst;
}

double residual(PredictedBy source, const Settings& settings) {
  return source == PredictedBy::history ? settings.believer_residual_history : settings.believer_residual;
}

template <class Map>
const typename Map::mapped_type& found_or_nothing(const Map& map, const typename Map::key_type& key) {
  static const typename Map::mapped_type kNothing{};
  const auto found = map.find(key);
  return found == map.end() ? kNothing : found->second;
}

}  // namespace

void Estimator::Peaks::add(double y) {
  n += 1;
  sum += y;
  squares += y * y;
}

Estimator::Peaks& Estimator::Peaks::operator+=(const Peaks& others) {
  n += others.n;
  sum += others.sum;
  squares += others.squares;
  return *this;
}

void Estimator::learn(ClassId job_class, const std::optional<Prediction>& predicted, Bytes peak) {
  const double y = log_of(peak);
  ClassStatistics& of_class = classes_[job_class];
  note_end(of_class, y);
  if (!predicted) return;
  Regression& of = regressions_[{job_class, predicted->by}];
  const double x = log_of(predicted->peak);
  of.x.add(x);
  of.y.add(y);
  of.xy += x * y;
  of.most = of.x.n > 1 ? std::max(of.most, x) : x;
}

void Estimator::learn_at_least(ClassId job_class, Bytes peak, const Settings& settings) {
  ClassStatistics& of = classes_[job_class];
  const double y = log_of(peak);
  if (y <= mean_of(of, job_class, settings).y) return;
  note_end(of, y);
}

void Estimator::note_end(ClassStatistics& of, double y) {
  of.ended.add(y);
  of.ended_by_size.at(std::min(size_of(y), kSizes - 1)).add(y);
  of.mean.reset();
}

Estimator::Larger Estimator::larger_than(ClassId job_class, Bytes reached, const Settings& settings) const {
  const ClassStatistics& of = found_or_nothing(classes_, job_class);
  const double y = log_of(reached);
  Peaks above;
  for (std::size_t i = size_of(y); i < kSizes; ++i) {
    const Peaks& some = of.ended_by_size.at(i);
    if (some.sum > some.n * y) above += some;
  }
  if (above.n == 0) return {};
  const double scatter = std::max(0.0, centred(above.squares, above.sum, above.sum, above.n));
  const double variance = (scatter + settings.believer_residual_history) / (above.n + 1);
  return {above.n, {above.sum / above.n, std::sqrt(variance)}};
}

void Estimator::forget_running() {
  for (auto& [job_class, of] : classes_) of.running = {};
}

void Estimator::see_running(ClassId job_class, Bytes peak, const Settings& settings) {
  ClassStatistics& of = classes_[job_class];
  const auto& mean = mean_of(of, job_class, settings);
  // Most of thousands are below, and logarithms are what a step takes most of its time for.
  if (peak < mean.less) return;
  const double y = log_of(peak);
  if (y > mean.y) of.running.add(y);
}

Estimator::Expected Estimator::expect(ClassId job_class, const std::optional<Prediction>& predicted,
                                      const Settings& settings) const {
  if (!predicted) return from_class(found_or_nothing(classes_, job_class), guess(job_class, settings), settings);
  const Regression& of = found_or_nothing(regressions_, {job_class, predicted->by});
  const double x = log_of(predicted->peak);
  const double own = residual(predicted->by, settings);
  return predicted->by == PredictedBy::history ? from_history(of, x, own, settings)
                                               : from_prediction(of, x, own, settings);
}

Bytes Estimator::Expected::peak(Case which, const Settings& settings) const {
  static const double kLeast = log_of(kPage);
  static const double kMost = log_of(kLargestJob);
  return Bytes::of(std::exp(std::clamp(mean + spreads(which, settings) * spread, kLeast, kMost)));
}

Bytes Estimator::guess_at_worst(ClassId job_class, const std::optional<Prediction>& predicted,
                                const Settings& settings) const {
  const double at_first = log_of(Estimator().peak(job_class, predicted, Case::at_worst, settings));
  const double since = log_of(peak(job_class, predicted, Case::at_worst, settings));
  const double ended = found_or_nothing(classes_, job_class).ended.n;
  return Bytes::of(std::exp((settings.guess_fades * at_first + ended * since) / (settings.guess_fades + ended)));
}

double Estimator::guess(ClassId job_class, const Settings& settings) {
  const auto own = settings.unknown_peak_of_class.find(job_class);
  return log_of(own == settings.unknown_peak_of_class.end() ? settings.unknown_peak : own->second);
}

const Estimator::ClassStatistics::Mean& Estimator::mean_of(ClassStatistics& of, ClassId job_class,
                                                           const Settings& settings) {
  if (!of.mean) {
    const double y = (of.ended.sum + guess(job_class, settings)) / (of.ended.n + 1);
    of.mean = {y, 0.99 * Bytes::of(std::exp(y))};
  }
  return *of.mean;
}

Estimator::Expected Estimator::from_class(const ClassStatistics& of, double guess, const Settings& settings) {
  const double n = of.ended.n + of.running.n;
  const double sum = of.ended.sum + of.running.sum;
  const double squares = of.ended.squares + of.running.squares;
  const double mean = (sum + guess) / (n + 1);
  const double scatter = n > 0 ? std::max(0.0, centred(squares, sum, sum, n)) : 0;
  const double variance = (scatter + settings.unknown_spread * settings.unknown_spread) / (n + 1);
  return {mean, std::sqrt(variance)};
}

// Each was measured by itself: where one of them was wrong that says how far others may be, but not to which side.
// (Seen: one of 24 MiB that took 15, and by the regression those of 250 MiB were expected to need 294.)
Estimator::Expected Estimator::from_history(const Regression& of, double x, double residual, const Settings& settings) {
  const double errors = std::max(0.0, of.y.squares - 2 * of.xy + of.x.squares);
  return {x, std::sqrt((errors + settings.believers * residual) / (of.x.n + settings.believers))};
}

// A few pseudo-jobs believe the prediction: with no ends the slope is 1 and the offset 0, and each real job outweighs
// them a little more. Beyond the largest prediction that was tried one twice as large is expected to take twice as
// much, and no more. (Seen: small C files that took 5 to 130 MiB, expected 30 to 40; one of 9 MiB was then to take 22
// GiB.)
Estimator::Expected Estimator::from_prediction(const Regression& of, double x, double residual,
                                               const Settings& settings) {
  const double n = of.x.n;
  if (n == 0) return {x, std::sqrt(residual)};
  const double cxx = std::max(0.0, centred(of.x.squares, of.x.sum, of.x.sum, n));
  const double cxy = centred(of.xy, of.x.sum, of.y.sum, n);
  const double cyy = centred(of.y.squares, of.y.sum, of.y.sum, n);
  const double belief = settings.believers * settings.believer_residual;
  const double slope = std::max(0.0, (cxy + belief) / (cxx + belief));
  const double mean_x = of.x.sum / n;
  const double offset = (n * (of.y.sum / n - slope * mean_x) + (1 - slope) * mean_x) / (n + 1);
  const double scatter = std::max(0.0, cyy - 2 * slope * cxy + slope * slope * cxx);
  const double variance = (scatter + settings.believers * residual) / (n + settings.believers);
  const double tried = std::min(x, of.most);
  return {offset + slope * tried + std::min(slope, 1.0) * (x - tried), std::sqrt(variance)};
}

}  // namespace memguard::policy

#include "simulate/recorded_curves.h"

#include <algorithm>

#include "simulate/build_parts.h"

namespace memguard::simulate {
namespace {

using json::Value;

// Fewer say nothing about how it grew.
constexpr std::size_t kFewest = 3;

std::uint32_t job_of(const Value& id) { return static_cast<std::uint32_t>(id.integer(0, UINT32_MAX)); }

// The most of each of so many equal parts of its time: where a curve is thinned no peak may go.
std::vector<Point> thinned(const std::vector<Point>& all) {
  std::vector<Point> kept;
  std::size_t part = RecordedCurves::kMostPoints;
  for (const Point& point : all) {
    const auto own = std::min(static_cast<std::size_t>(point.progress * RecordedCurves::kMostPoints),
                              RecordedCurves::kMostPoints - 1);
    if (own != part) {
      kept.push_back(point);
    } else if (point.memory > kept.back().memory) {
      kept.back() = point;
    }
    part = own;
  }
  return kept;
}

}  // namespace

RecordedCurves::RecordedCurves(const Value& timeline) {
  if (timeline.missing() || timeline.is_null()) return;
  const Value at = timeline.need("at");
  for (std::size_t i = 0; i < at.size(); ++i) at_.push_back(at.at(i).number(0, kMostSeconds));
  const Value tokens = timeline.find("free_tokens");
  for (std::size_t i = 0; !tokens.missing() && i < tokens.size(); ++i)
    free_tokens_.push_back(tokens.at(i).integer(-1, INT32_MAX));
  const Value memory = timeline.need("memory");
  for (std::size_t i = 0; i < memory.size(); ++i) {
    const Value one = memory.at(i);
    Samples& samples = samples_[job_of(one.need("job"))];
    samples.first = static_cast<std::size_t>(one.need("first").integer(0, UINT32_MAX));
    const Value bytes = one.need("bytes");
    for (std::size_t j = 0; j < bytes.size(); ++j) samples.memory.push_back(bytes.at(j).bytes());
  }
  const Value changes = timeline.need("changes");
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const Value change = changes.at(i);
    turns_[job_of(change.at(1))].push_back({change.at(0).number(0, kMostSeconds), change.at(2).text() == "runs"});
  }
}

const std::vector<RecordedCurves::Turn>& RecordedCurves::turns_of(std::uint32_t job) const {
  static const std::vector<Turn> none;
  const auto found = turns_.find(job);
  return found == turns_.end() ? none : found->second;
}

double RecordedCurves::ran_until(const std::vector<Turn>& turns, double start, double at) {
  double ran = 0;
  double since = start;
  // A job whose first change is not known, because it is long ago, ran.
  bool runs = turns.empty() || turns.front().at > start;
  for (const Turn& turn : turns) {
    if (turn.at >= at) break;
    if (runs) ran += std::max(0.0, turn.at - since);
    since = std::max(start, turn.at);
    runs = turn.runs;
  }
  return runs ? ran + std::max(0.0, at - since) : ran;
}

std::optional<std::vector<Point>> RecordedCurves::of(std::uint32_t job, double start, double end, Bytes peak) const {
  const auto found = samples_.find(job);
  if (found == samples_.end()) return std::nullopt;
  const std::vector<Turn>& of_job = turns_of(job);
  const double whole = ran_until(of_job, start, end);
  if (whole <= 0) return std::nullopt;
  std::vector<Point> curve{{0, Bytes{}}};
  const Samples& samples = found->second;
  for (std::size_t i = 0; i < samples.memory.size() && samples.first + i < at_.size(); ++i) {
    const double ran = ran_until(of_job, start, at_[samples.first + i]);
    if (ran > 0 && ran <= whole) curve.push_back({ran / whole, std::min(samples.memory[i], peak)});
  }
  if (curve.size() <= kFewest) return std::nullopt;
  std::ranges::max_element(curve, {}, &Point::memory)->memory = peak;
  return thinned(curve);
}

bool RecordedCurves::without_tokens(std::uint32_t job, double start, double end) const {
  const std::vector<Turn>& turns = turns_of(job);
  int without = 0;
  int with = 0;
  double before = 0;
  const std::size_t known_until = std::min(at_.size(), free_tokens_.size());
  auto i = static_cast<std::size_t>(std::ranges::lower_bound(at_, start) - at_.begin());
  for (; i < known_until && at_[i] <= end; ++i) {
    const double ran = ran_until(turns, start, at_[i]);
    if (ran > before) ++(free_tokens_[i] == 0 ? without : with);
    before = ran;
  }
  return without > with;
}

}  // namespace memguard::simulate

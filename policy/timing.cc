#include "policy/timing.h"

#include <algorithm>
#include <optional>

namespace memguard::policy {
namespace {

constexpr int kParts = static_cast<int>(std::tuple_size_v<Shape>);
/// A job may live longer than it did. Until it has ended it is taken to be about to.
constexpr double kNearlyOver = 0.999;

double life_so_far(const Job& job) {
  return std::min(std::max(seconds(job.cpu_so_far), 0.0) / seconds(job.course->cpu), kNearlyOver);
}

Bytes at_part(const Job& job, int part) {
  return (job.course->shape.at(static_cast<std::size_t>(part)) / 255.0) * job.peak;
}

Bytes most_of_parts(const Job& job, int first, int last) {
  Bytes most;
  for (int part = std::max(first, 0); part <= std::min(last, kParts - 1); ++part)
    most = std::max(most, at_part(job, part));
  return most;
}

// Waiting for a processor takes everybody as long; who has several threads takes less than their time. A file may say
// anything.
Duration life(const Course& course) {
  constexpr Duration kShortest = std::chrono::milliseconds(1);
  constexpr Duration kLongest = std::chrono::hours(24 * 365);
  return std::clamp(std::min(course.cpu, course.wall), kShortest, kLongest);
}

bool has_course(const Job& job) { return job.course != nullptr && job.swapped == Bytes{}; }

bool counts(const Job& job) { return job.state != JobState::waiting && !job.waits(); }

/// How many there are beside whom it is to live; nothing when one of them is unknown, or they are too many.
std::optional<int> known_others(const View& view, int most) {
  int count = 0;
  for (const Job& job : view.jobs) {
    if (counts(job) && (!has_course(job) || ++count > most)) return std::nullopt;
  }
  return count;
}

Duration times(Duration time, double factor) {
  return std::chrono::duration_cast<Duration>(factor * std::chrono::duration<double>(time));
}

// What all others have at most while `job` lives through one part of its life.
Bytes beside(const View& view, const Job& job, int part, double slack) {
  const Duration from = times(life(*job.course), (1 - slack) * part / kParts);
  const Duration to = times(life(*job.course), (1 + slack) * (part + 1) / kParts);
  Bytes sum = view.overhead;
  for (const Job& other : view.jobs) {
    if (other.state == JobState::waiting) continue;
    sum += other.waits() ? other.memory : most_between(other, from, to, slack);
  }
  return sum;
}

bool fit(const View& view, const Job& job, double slack) {
  for (int part = 0; part < kParts; ++part) {
    if (beside(view, job, part, slack) + at_part(job, part) > view.budget) return false;
  }
  return true;
}

}  // namespace

Bytes most_between(const Job& job, Duration from, Duration to, double slack) {
  const double all = seconds(life(*job.course));
  const double first = life_so_far(job) + seconds(from) / all - slack;
  const double last = life_so_far(job) + seconds(to) / all + slack;
  if (first >= 1) return {};
  const Bytes most = most_of_parts(job, static_cast<int>(std::max(first, 0.0) * kParts),
                                   static_cast<int>(std::min(last * kParts, 1.0 * kParts)));
  const bool now = from <= Duration::zero();
  return now ? std::max(most, job.memory) : most;
}

Together together(const View& view, const Job& job, const Settings& settings) {
  const auto others = known_others(view, settings.courses_most);
  if (!has_course(job) || !others) return Together::open;
  if (fit(view, job, settings.course_slack)) return Together::fit;
  // Of many some are early and some late, and to stop one for a moment is cheaper than not to start it.
  return *others <= settings.few_in_full ? Together::clash : Together::open;
}

}  // namespace memguard::policy

#include "simulate/swap.h"

#include <algorithm>
#include <functional>
#include <tuple>

#include "simulate/amounts.h"

namespace memguard::simulate {
namespace {

/// Less than this is nothing: sums of doubles do not come out even.
constexpr double kNothing = 1;
/// So much more than it must the kernel writes out at a time.
constexpr double kAtOnce = 1 << 20U;

bool goes_out(const Live& job, FamilyId family) {
  return job.family == family && job.state == JobState::frozen && job.memory > kNothing;
}

}  // namespace

void Swap::order(FamilyId family, Bytes amount) {
  if (!order_) order_ = Order{family, amount.real()};
}

double Swap::room(const std::vector<Live>& live) const {
  double room = size_;
  for (const Live& job : live) room -= job.swapped;
  return std::max(room, 0.0);
}

bool Swap::comes_back(const Live& job, Instant now) const { return now >= room_at_ && job.works && job.swapped > 0; }

std::ptrdiff_t Swap::coming(const std::vector<Live>& live, Instant now) const {
  return std::ranges::count_if(live, [&](const Live& job) { return comes_back(job, now); });
}

double Swap::speed_of_one(const std::vector<Live>& live, Instant now) const {
  return per_second_ / static_cast<double>(coming(live, now) + (order_ ? 1 : 0));
}

double Swap::order_left(const std::vector<Live>& live) const {
  double there = 0;
  for (const Live& job : live) there += goes_out(job, order_->family) ? job.memory : 0;
  return std::min({order_->left, there, room(live)});
}

double Swap::growth(const std::vector<Live>& live, Instant now) const {
  const auto in = coming(live, now);
  if (in == 0 && !order_) return 0;
  return speed_of_one(live, now) * static_cast<double>(in - (order_ ? 1 : 0));
}

std::optional<double> Swap::until_event(const std::vector<Live>& live, Instant now) const {
  std::optional<double> least;
  if (order_) least = order_left(live);
  for (const Live& job : live) {
    if (comes_back(job, now)) least = std::min(least.value_or(job.swapped), job.swapped);
  }
  if (least) *least /= speed_of_one(live, now);
  return least;
}

bool Swap::advance(std::vector<Live>& live, Instant now, double seconds, bool idle) {
  const bool any_comes = coming(live, now) > 0;
  if (idle && any_comes) full_ += rounded(seconds);
  if (!order_ && !any_comes) return false;
  const double each = speed_of_one(live, now) * seconds;
  for (Live& job : live) {
    if (!comes_back(job, now)) continue;
    const double back = job.swapped - each > kNothing ? each : job.swapped;
    job.swapped -= back;
    job.memory += back;
    // What decompresses, or waits for the disk: a job that reads its memory back is not stuck.
    job.cpu += seconds;
  }
  if (!order_) return false;
  const double out = std::min(each, order_left(live));
  order_->left -= out;
  for (double more = out; Live & job : live) {
    if (goes_out(job, order_->family)) more -= write_out(job, more);
  }
  if (order_left(live) > kNothing) return false;
  order_.reset();
  return true;
}

bool Swap::make_room(std::vector<Live>& live, double amount, Instant now) {
  const double much = amount + kAtOnce;
  if (room(live) < much) return false;
  std::vector<Live*> takes;
  takes.reserve(live.size());
  for (Live& job : live) takes.push_back(&job);
  std::ranges::sort(takes, std::greater{}, [](const Live* job) {
    return std::tuple(job->state == JobState::frozen, !job->works, job->family, job->id);
  });
  double left = much;
  for (Live* job : takes) left -= write_out(*job, left);
  const Duration takes_time = rounded((much - left) / per_second_);
  room_at_ = now + takes_time;
  full_ += takes_time;
  return true;
}

double Swap::write_out(Live& job, double amount) {
  const double part = std::min(job.memory, amount);
  job.memory -= part;
  job.swapped += part;
  written_ += part;
  return part;
}

}  // namespace memguard::simulate

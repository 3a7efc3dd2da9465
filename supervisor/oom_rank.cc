#include "supervisor/oom_rank.h"

#include <fcntl.h>

#include <fmt/format.h>

#include "base/io.h"

namespace memguard::supervisor {
namespace {

// 1000 would mean "kill me whatever I use"; the gap to it is left to the user.
constexpr int kHighest = 990;
// One step is this many thousandths of the limit in the kernel's eyes (mm/oom_kill.c oom_badness).
constexpr int kStep = 10;

void write_adj(const proc::Identity& process, int adj) {
  (void)write_at(AT_FDCWD, fmt::format("/proc/{}/oom_score_adj", process.pid), std::to_string(adj));
}

}  // namespace

// 40 % of the way up: a job is killed before a cargo that is larger by as much as 40 % of the limit.
int OomRank::first() const { return base_ + (kHighest - base_) * 2 / 5; }

void OomRank::rank(const LiveJob& job, std::list<LiveJob>& all) {
  if (next_ > kHighest || all.size() <= 1) {
    // The list is in order of arrival: the oldest starts from the bottom again.
    next_ = first();
    for (const LiveJob& other : all) {
      if (other.id == job.id) continue;
      write_adj(other.processes.front(), next_);
      next_ = std::min(next_ + kStep, kHighest);
    }
  }
  write_adj(job.processes.front(), std::min(next_, kHighest));
  next_ += kStep;
}

int own_oom_score_adj() {
  auto text = read_at(AT_FDCWD, "/proc/self/oom_score_adj");
  if (!text) return 0;
  while (!text->empty() && text->back() == '\n') text->pop_back();
  return to_number<int>(*text).value_or(0);
}

}  // namespace memguard::supervisor

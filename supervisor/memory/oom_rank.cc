#include "supervisor/memory/oom_rank.h"

#include <fcntl.h>

#include <algorithm>

#include <fmt/format.h>

#include "base/io.h"

namespace memguard::supervisor {
namespace {

// 1000 would mean "kill me whatever I use"; the gap to it is left to the user.
constexpr int kHighest = 990;
// One step is this many thousandths of the limit in the kernel's eyes (mm/oom_kill.c oom_badness).
constexpr int kStep = 5;

void write_adj(const proc::Identity& process, int adj) {
  (void)write_at(AT_FDCWD, fmt::format("/proc/{}/oom_score_adj", process.pid), std::to_string(adj));
}

}  // namespace

// 40 % of the way up: a job is killed before a cargo that is larger by as much as 40 % of the limit. The same again
// between the kinds would leave no room for ages.
OomRank::OomRank(int base)
    : base_(base),
      lost_{base + (kHighest - base) * 2 / 5, base + (kHighest - base) * 65 / 100, 0},
      restartable_{base + (kHighest - base) * 7 / 10, kHighest, 0} {
  lost_.next = lost_.first;
  restartable_.next = restartable_.first;
}

OomRank::Band& OomRank::band_of(const LiveJob& job) { return job.record->shim.pid != 0 ? restartable_ : lost_; }

void OomRank::Band::give(const LiveJob& job) {
  write_adj(job.processes.front(), std::min(next, last));
  next += kStep;
}

void OomRank::rank(const LiveJob& job, std::list<LiveJob>& all) {
  Band& band = band_of(job);
  const auto other = [&](const LiveJob& one) { return one.id != job.id && &band_of(one) == &band; };
  if (band.next > band.last || std::ranges::none_of(all, other)) {
    // The list is in order of arrival: the oldest starts from the bottom again.
    band.next = band.first;
    for (const LiveJob& one : all) {
      if (other(one)) band.give(one);
    }
  }
  band.give(job);
}

void OomRank::spare(const LiveJob& job) const { write_adj(job.processes.front(), base_); }

int own_oom_score_adj() {
  auto text = read_at(AT_FDCWD, "/proc/self/oom_score_adj");
  if (!text) return 0;
  while (!text->empty() && text->back() == '\n') text->pop_back();
  return to_number<int>(*text).value_or(0);
}

}  // namespace memguard::supervisor

// Tells the kernel whom to kill first if the wall is hit after all: never cargo, and of the jobs the youngest.
#pragma once

#include "supervisor/live/live_jobs.h"

namespace memguard::supervisor {

/// Without it the kernel kills the largest process below the limit, which may be cargo itself. Raising oom_score_adj of
/// an own process needs no rights (fs/proc/base.c __set_oom_adj).
class OomRank {
 public:
  /// `base`: the adjustment the build inherits, which only privilege could go below (CI runners set 500).
  explicit OomRank(int base);

  /// Ranks a new job above, that is to be killed before, every one of its kind that lives. Those that can be started
  /// again are killed before those that cannot.
  void rank(const LiveJob& job, std::list<LiveJob>& all);
  /// It is no job after all: it is killed no sooner than the build tool.
  void spare(const LiveJob& job) const;

 private:
  /// Adjustments of one kind of job.
  struct Band {
    int first;
    int last;
    int next;
    /// Gives the job the next adjustment. Nothing happens where it may not be written.
    void give(const LiveJob& job);
  };
  [[nodiscard]] Band& band_of(const LiveJob& job);

  int base_;
  Band lost_;
  Band restartable_;
};

/// oom_score_adj of this process; 0 when it cannot be read.
[[nodiscard]] int own_oom_score_adj();

}  // namespace memguard::supervisor

#include "supervisor/live/end_watch.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

#include "supervisor/self/open_files.h"

namespace memguard::supervisor {

void watch_end(LiveJob& job, EventLoop& loop, std::function<void(policy::JobId)> ended) {
  UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, job.processes.front().pid, 0)));
  if (!may_keep(pidfd, FileUse::end)) return;
  // The pid may have been given to another meanwhile: what we hold must be the very process.
  if (!proc::alive(job.processes.front())) return;
  auto source = loop.on_readable(pidfd.get(), [id = job.id, ended = std::move(ended)] { ended(id); });
  if (!source) return;
  job.pidfd = std::move(pidfd);
  job.end_watch = std::move(*source);
}

std::vector<policy::JobId> unwatched_ends(const LiveJobs& jobs) {
  std::vector<policy::JobId> ended;
  for (const LiveJob& job : jobs.all()) {
    if (!job.end_watch && !proc::alive(job.processes.front())) ended.push_back(job.id);
  }
  return ended;
}

std::vector<policy::JobId> dead_jobs(const LiveJobs& jobs) {
  std::vector<policy::JobId> dead;
  for (const LiveJob& job : jobs.all()) {
    if (!proc::alive(job.processes.front())) dead.push_back(job.id);
  }
  return dead;
}

}  // namespace memguard::supervisor

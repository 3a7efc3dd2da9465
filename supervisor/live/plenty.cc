#include "supervisor/live/plenty.h"

#include "config/config.h"

namespace memguard::supervisor {

bool Plenty::look(const LiveJobs& jobs, Bytes room) {
  for (const LiveJob& job : jobs.all()) {
    if (job.record->job_class == config::kCc) took(job.record->peak);
  }
  return there_is(room, jobs.all().size());
}

}  // namespace memguard::supervisor

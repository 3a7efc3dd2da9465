// What a supervisor does that comes after one that died: it takes the jobs over as they are.
#pragma once

#include "record/record.h"
#include "supervisor/intake/predictor.h"
#include "supervisor/live/live_jobs.h"
#include "supervisor/stop/stopper.h"

namespace memguard::supervisor {

/// The living jobs of the shared table become ours, the dead ones are ended. What is stopped stays so: let go all at
/// once, the jobs of a small limit would hit the wall before anybody had looked. Execs that still wait are decided
/// anew. What stands differently from its record, because the one before us died in the middle, is let go.
///
/// May sleep; to be called before the loop runs. Gives the jobs that ended while nobody looked.
std::vector<JobRecord*> take_over(LiveJobs& jobs, SharedArea& area, Stopper& stopper, int listener, Instant now);

/// What the jobs that have ended said of their like, for a policy that begins anew: of the last 4,096, in order of
/// arrival.
[[nodiscard]] std::vector<record::Learned> learned_before(SharedArea& area, const Predictor& predictor);

}  // namespace memguard::supervisor

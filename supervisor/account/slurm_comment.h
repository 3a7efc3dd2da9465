// What a build in a Slurm job needed, into that job's comment: docs/places/slurm.md.
#pragma once

#include <map>
#include <string>

#include "base/result.h"
#include "report/run_report.h"

namespace memguard::supervisor {

/// "memguard: peak 415 MiB of 569 MiB, 13 jobs, 4 waited, 0 lost; least --mem=214M": one line of letters and numbers of
/// ours. The last is what the largest job needs alone, with what history::memory_for adds.
[[nodiscard]] std::string slurm_comment(const report::RunReport& run);

/// Sets the comment of the job whose variables these are (SLURM_JOB_ID) by scontrol(1), which a site may forbid. Waits
/// for it 10 s at most. Error: there is no such job; whoever has the setting for all machines of a farm passes it over.
[[nodiscard]] Status comment_slurm_job(const report::RunReport& run,
                                       const std::map<std::string, std::string>& variables);

}  // namespace memguard::supervisor

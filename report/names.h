// What a job is called.
#pragma once

#include <string>
#include <vector>

#include "report/run_report.h"

namespace memguard::report {

/// "regex 1.10.2", "app" of a link, "parse.c" of a compiler, "python3 (pid 4711)"; what came from outside is as it
/// came.
[[nodiscard]] std::string name_of(const JobReport& job);

/// The same after its class: "link app".
[[nodiscard]] std::string label_of(const JobReport& job);

/// What names it in every build of a project, for comparing runs.
[[nodiscard]] std::string unit_of(const JobReport& job);

/// Those that are called so, in order of arrival: by crate, output, source, or the name or label that a report shows,
/// in part or whole; by its number when the word is one and nothing is called so. A whole match comes before parts.
[[nodiscard]] std::vector<const JobReport*> find_jobs(const RunReport& run, const std::string& word);

}  // namespace memguard::report

// What a job is called.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/run_report.h"

namespace memguard::report {

/// What a job's name is made of; the words of JobReport. All but the class came from outside, and is as it came.
struct NameParts {
  std::string_view job_class;
  std::string_view program;
  std::string_view crate;
  std::string_view version;
  std::string_view output;
  std::string_view unit;
  int pid = 0;
};
/// The parts of this job's name. They are views of the job, and end with it.
[[nodiscard]] NameParts parts_of(const JobReport& job);

/// "regex 1.10.2", "app" of a link, "parse.o" of a compiler, "python3 (pid 4711)"; what came from outside is as it
/// came.
[[nodiscard]] std::string name_of(const NameParts& job);
/// The name of a job of a report.
[[nodiscard]] std::string name_of(const JobReport& job);

/// The same after its class, "link app", where that says anything: "as u2.o" is of class other.
[[nodiscard]] std::string label_of(const NameParts& job);
/// The label of a job of a report.
[[nodiscard]] std::string label_of(const JobReport& job);

/// What names it in every build of a project, for comparing runs.
[[nodiscard]] std::string unit_of(const JobReport& job);

/// Those that are called so, in order of arrival: by crate, output, source, or the name or label that a report shows,
/// in part or whole; by its number when the word is one and nothing is called so. A whole match comes before parts.
[[nodiscard]] std::vector<const JobReport*> find_jobs(const RunReport& run, const std::string& word);

}  // namespace memguard::report

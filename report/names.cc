#include "report/names.h"

#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "job/programs.h"

namespace memguard::report {
namespace {

std::string_view last_part(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool is_of(const NameParts& job, job::Kind kind) { return job.job_class == job::to_text(kind); }

// A rustc's output is its kind of crate, and all packages of Go have the same output.
bool tells_apart(const NameParts& job) {
  return !job.output.empty() && !is_of(job, job::Kind::rustc) && last_part(job.output) != "_pkg_.a";
}

std::optional<std::uint32_t> number_of(const std::string& word) {
  std::uint32_t value = 0;
  const char* const end = word.data() + word.size();
  const auto [read, error] = std::from_chars(word.data(), end, value);
  return error == std::errc{} && read == end ? std::optional(value) : std::nullopt;
}

bool is_called(const JobReport& job, const std::string& word) {
  return word == job.crate || word == job.output || word == last_part(job.output) || word == job.unit ||
         word == last_part(job.unit) || word == name_of(job) || word == label_of(job);
}

bool has_in_name(const JobReport& job, const std::string& word) {
  return label_of(job).find(word) != std::string::npos || job.unit.find(word) != std::string::npos ||
         job.output.find(word) != std::string::npos;
}

// A crate is compiled for its tests too, and by rustdoc.
std::string_view suffix_of(const NameParts& job) {
  if (!is_of(job, job::Kind::rustc)) return "";
  return job.program == "rustdoc" ? " (rustdoc)" : job.output == "test" ? " (test)" : "";
}

template <class Fits>
std::vector<const JobReport*> those(const RunReport& run, Fits fits) {
  std::vector<const JobReport*> found;
  for (const JobReport& job : run.jobs) {
    if (fits(job)) found.push_back(&job);
  }
  return found;
}

}  // namespace

NameParts parts_of(const JobReport& job) {
  return {.job_class = job.job_class,
          .program = job.program,
          .crate = job.crate,
          .version = job.version,
          .output = job.output,
          .unit = job.unit,
          .pid = job.pid};
}

std::string name_of(const NameParts& job) {
  // A test's output names its crate, and under nextest the single test.
  if (is_of(job, job::Kind::test) && !job.output.empty()) return std::string(job.output);
  if (!job.crate.empty())
    return fmt::format("{}{}{}{}", job.crate, job.version.empty() ? "" : " ", job.version, suffix_of(job));
  if (is_of(job, job::Kind::other) && !job.output.empty())
    return fmt::format("{} {}", job.program, last_part(job.output));
  if (tells_apart(job)) return std::string(last_part(job.output));
  const bool says_little = job.program.empty() || job.program == job.job_class || !job.output.empty();
  const std::string_view name = says_little ? job.unit : job.program;
  return fmt::format("{}{}(pid {})", name, name.empty() ? "" : " ", job.pid);
}

std::string name_of(const JobReport& job) { return name_of(parts_of(job)); }

std::string label_of(const NameParts& job) {
  return is_of(job, job::Kind::other) ? name_of(job) : fmt::format("{} {}", job.job_class, name_of(job));
}

std::string label_of(const JobReport& job) { return label_of(parts_of(job)); }

std::string unit_of(const JobReport& job) {
  const std::string_view name = job.unit.empty() ? job.crate : job.unit;
  return fmt::format("{} {}", job.job_class, name.empty() ? last_part(job.output) : name);
}

std::vector<const JobReport*> find_jobs(const RunReport& run, const std::string& word) {
  if (word.empty()) return {};
  auto found = those(run, [&](const JobReport& job) { return is_called(job, word); });
  if (!found.empty()) return found;
  if (const auto number = number_of(word)) found = those(run, [&](const JobReport& job) { return job.id == *number; });
  if (found.empty()) found = those(run, [&](const JobReport& job) { return has_in_name(job, word); });
  return found;
}

}  // namespace memguard::report

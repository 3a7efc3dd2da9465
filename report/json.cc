// The only file of report/ that knows nlohmann_json.
#include <cmath>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/whole_file.h"
#include "proc/lines.h"
#include "report/fields.h"
#include "report/json_text.h"
#include "report/run_report.h"
#include "report/timeline_json.h"
#include "report/words.h"

namespace memguard::report {
namespace {

// Keeps the keys in the order they are written here, which is that of docs/JSON.md.
using Json = nlohmann::ordered_json;

// To the microsecond: what is below it is noise, and makes long numbers.
double rounded(Duration d) { return std::round(seconds(d) * 1e6) / 1e6; }

Json json_of(Bytes size) { return size.count; }
Json json_of(Duration time) { return rounded(time); }
Json json_of(Outcome outcome) { return kOutcomes.at(static_cast<std::size_t>(outcome)); }
Json json_of(LimitSetter setter) { return kLimitSetters.at(static_cast<std::size_t>(setter)); }
Json json_of(Killer killer) { return kKillers.at(static_cast<std::size_t>(killer)); }
Json json_of(const std::vector<Victim>& victims);
Json json_of(const std::optional<OverLimit>& over);
Json json_of(const std::optional<Thrashing>& thrashing);

Json json_of(const std::array<std::uint32_t, kUnguardedReasons>& unguarded) {
  Json reasons = Json::object();
  for (std::size_t i = 0; i < kUnguardedReasons; ++i) reasons[std::string(kUnguarded.at(i))] = unguarded.at(i);
  return reasons;
}

// Numbers, strings and lists of strings.
template <class Plain>
Json json_of(const Plain& value) {
  return value;
}

/// Writes what report/fields.h visits.
struct Writer {
  template <class T>
  void need(const char* key, const T& value) {
    out[key] = json_of(value);
  }
  template <class T>
  void later(const char* key, const T& value) {
    need(key, value);
  }
  template <class T>
  void told(const char* key, const T& value) {
    need(key, value);
  }
  void limit(const char* key, Bytes limit) { out[key] = limit.is_unlimited() ? Json(nullptr) : json_of(limit); }
  void later_limit(const char* key, Bytes limit) { this->limit(key, limit); }
  void end(const char* key, const JobReport& job) {
    out[key] = job.outcome == Outcome::running ? Json(nullptr) : json_of(job.end);
  }
  void above(const char* key, std::uint32_t id) { out[key] = id == Change::kNoJob ? Json(nullptr) : Json(id); }

  Json out = Json::object();
};

Json json_of(const std::vector<Victim>& victims) {
  Json all = Json::array();
  for (const Victim& victim : victims) {
    Writer fields;
    victim_fields(victim, fields);
    all.push_back(std::move(fields.out));
  }
  return all;
}

Json json_of(const std::optional<OverLimit>& over) {
  if (!over) return nullptr;
  Writer fields;
  over_limit_fields(*over, fields);
  return std::move(fields.out);
}

Json json_of(const std::optional<Thrashing>& thrashing) {
  if (!thrashing) return nullptr;
  Writer fields;
  thrashing_fields(*thrashing, fields);
  return std::move(fields.out);
}

Json job_of(const JobReport& job) {
  Writer fields;
  job_fields(job, fields);
  return std::move(fields.out);
}

Json run_of(const RunReport& run) {
  Writer fields;
  fields.need("version", 1);
  run_fields(run, fields);
  fields.out["job"] = Json::array();
  return std::move(fields.out);
}

// File names and arguments are bytes, and need not be UTF-8: the default handler would throw.
std::string text_of(const Json& value) {
  return value.dump(2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
}

// Bytes of text: a job of a C build has 520. Where most have more, the text is moved while it grows.
constexpr std::size_t kLongJob = 700;

// One after the other: as one value 70,000 of them would take 150 MiB.
void append_jobs(std::string& text, const std::vector<JobReport>& jobs) {
  constexpr std::string_view kLine = "\n    ";
  text.reserve(text.size() + kLongJob * jobs.size());
  for (const JobReport& job : jobs) {
    if (&job != &jobs.front()) text += ",";
    const std::string one = text_of(job_of(job));
    for (const auto line : proc::split(one, "\n")) text.append(kLine).append(line);
  }
  if (!jobs.empty()) text += "\n  ";
}

}  // namespace

std::string json_text(std::string_view text) {
  return Json(text).dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
}

std::string to_json(const RunReport& run) {
  std::string text = text_of(run_of(run));
  // `job` comes last and is empty yet.
  text.erase(text.rfind("]\n}"));
  append_jobs(text, run.jobs);
  text += "]";
  // In one line: each number in a line of its own would be most of the file.
  if (!run.timeline.empty()) text += ",\n  \"timeline\": " + timeline_json(run.timeline);
  text += "\n}\n";
  return text;
}

std::string to_json(const InnerRun& run) {
  const Json report = {{"version", 1},
                       {"guarded_by", run.guarded_by},
                       {"tier", run.tier},
                       {"folder", run.folder},
                       {"command", run.command}};
  return text_of(report) + "\n";
}

Status write_json(const RunReport& run, const std::string& path) { return write_whole(path, to_json(run)); }

}  // namespace memguard::report

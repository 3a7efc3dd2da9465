// The only file of report/ that knows nlohmann_json.
#include <cmath>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/whole_file.h"
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

}  // namespace

std::string json_text(std::string_view text) {
  return Json(text).dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
}

std::string to_json(const RunReport& run) {
  Json report = run_of(run);
  for (const auto& job : run.jobs) report["job"].push_back(job_of(job));
  // File names and arguments are bytes, and need not be UTF-8: the default handler would throw.
  std::string text = report.dump(2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
  if (run.timeline.empty()) return text + "\n";
  // Each number in a line of its own would be most of the file.
  text.erase(text.rfind("\n}"));
  return text + ",\n  \"timeline\": " + timeline_json(run.timeline) + "\n}\n";
}

std::string to_json(const InnerRun& run) {
  const Json report = {{"version", 1},
                       {"guarded_by", run.guarded_by},
                       {"tier", run.tier},
                       {"folder", run.folder},
                       {"command", run.command}};
  return report.dump(2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + "\n";
}

Status write_json(const RunReport& run, const std::string& path) { return write_whole(path, to_json(run)); }

}  // namespace memguard::report

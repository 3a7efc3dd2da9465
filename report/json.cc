// The only file of report/ that knows nlohmann_json.
#include <cmath>

#include <nlohmann/json.hpp>

#include "base/whole_file.h"
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

Json limit_of(Bytes limit) { return limit.is_unlimited() ? Json(nullptr) : Json(limit.count); }

template <class Enum, class Words>
std::string_view word_for(Enum value, const Words& words) {
  return words.at(static_cast<std::size_t>(value));
}

Json job_of(const JobReport& job) {
  return {
      {"id", job.id},
      {"class", job.job_class},
      {"crate", job.crate},
      {"version", job.version},
      {"output", job.output},
      {"program", job.program},
      {"unit", job.unit},
      {"pid", job.pid},
      {"start", rounded(job.start)},
      {"end", job.outcome == Outcome::running ? Json(nullptr) : Json(rounded(job.end))},
      {"peak_bytes", job.peak.count},
      {"predicted_bytes", job.predicted.count},
      {"cpu_seconds", rounded(job.cpu)},
      {"held_seconds", rounded(job.held)},
      {"frozen_seconds", rounded(job.frozen)},
      {"restarts", job.restarts},
      {"outcome", word_for(job.outcome, kOutcomes)},
      {"killer", word_for(job.killer, kKillers)},
      {"family", job.family},
      {"above", job.above == Change::kNoJob ? Json(nullptr) : Json(job.above)},
  };
}

Json unguarded_of(const RunReport& run) {
  Json reasons = Json::object();
  for (std::size_t i = 0; i < kUnguardedReasons; ++i) reasons[std::string(kUnguarded.at(i))] = run.unguarded.at(i);
  return reasons;
}

Json over_limit_of(const std::optional<OverLimit>& over) {
  if (!over) return nullptr;
  return {{"bytes", over->by.count},
          {"who", over->who},
          {"had_bytes", over->had.count},
          {"predicted_bytes", over->predicted.count}};
}

Json victims_of(const RunReport& run) {
  Json victims = Json::array();
  for (const Victim& victim : run.victims)
    victims.push_back({{"program", victim.program}, {"bytes", victim.memory.count}});
  return victims;
}

Json run_of(const RunReport& run) {
  return {
      {"version", 1},
      {"ended_at", run.ended_at},
      {"folder", run.folder},
      {"command", run.command},
      {"tier", run.tier},
      {"exit_status", run.exit_status},
      {"wall_seconds", rounded(run.wall)},
      {"limit_bytes", limit_of(run.limit)},
      {"peak_bytes", run.peak.count},
      {"jobs", run.all_jobs()},
      {"held", run.held},
      {"held_seconds", rounded(run.held_time)},
      {"frozen", run.frozen},
      {"frozen_seconds", rounded(run.frozen_time)},
      {"evicted", run.evicted},
      {"restarted", run.restarted},
      {"oom_kills", run.oom_kills},
      {"lost", run.lost},
      {"oom_kills_no_job", run.oom_kills_no_job},
      {"oom_victims", victims_of(run)},
      {"oom_kills_machine", run.oom_kills_machine},
      {"over_limit", over_limit_of(run.over_limit)},
      {"unguarded", unguarded_of(run)},
      {"reclaimed_bytes", run.reclaimed.count},
      {"psi_full_seconds", rounded(run.pressure_full)},
      {"supervisor_cpu_seconds", rounded(run.supervisor_cpu)},
      {"supervisor_peak_bytes", run.supervisor_peak.count},
      {"processors", run.processors},
      {"job", Json::array()},
  };
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

// The reverse of to_json.
#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "json/value.h"
#include "report/run_report.h"
#include "report/timeline_json.h"
#include "report/words.h"

namespace memguard::report {
namespace {

using json::Value;

// What no build reaches: a pebibyte, four months, and so many of anything.
constexpr std::int64_t kMostBytes = std::int64_t{1} << 50U;
constexpr double kMostSeconds = 1e7;
constexpr double kMostProcessors = 1e6;
constexpr int kMost = 1'000'000'000;

Bytes bytes_of(const Value& value) { return {value.integer(0, kMostBytes)}; }

Duration time_of(const Value& value) {
  const double number = value.number(0, kMostSeconds);
  return Duration(number >= 0 && number <= kMostSeconds ? std::llround(number * 1e9) : 0);
}

std::uint32_t id_of(const Value& value) { return static_cast<std::uint32_t>(value.integer(0, UINT32_MAX)); }

int count_of(const Value& value) { return static_cast<int>(value.integer(0, kMost)); }

// Words may be added within a version: one that is not known is the first.
template <class Word, std::size_t kSize>
Word word_of(const Value& value, const std::array<std::string_view, kSize>& words) {
  const auto found = std::ranges::find(words, value.text());
  return static_cast<Word>(found == words.end() ? 0 : found - words.begin());
}

JobReport job_of(const Value& value) {
  JobReport job;
  job.id = id_of(value.need("id"));
  job.job_class = value.need("class").text();
  job.crate = value.need("crate").text();
  job.version = value.need("version").text();
  job.output = value.need("output").text();
  if (const Value program = value.find("program"); !program.missing()) job.program = program.text();
  if (const Value unit = value.find("unit"); !unit.missing()) job.unit = unit.text();
  job.pid = count_of(value.need("pid"));
  job.start = time_of(value.need("start"));
  const Value end = value.need("end");
  job.end = end.is_null() ? Duration{} : time_of(end);
  job.peak = bytes_of(value.need("peak_bytes"));
  job.predicted = bytes_of(value.need("predicted_bytes"));
  job.cpu = time_of(value.need("cpu_seconds"));
  job.held = time_of(value.need("held_seconds"));
  job.frozen = time_of(value.need("frozen_seconds"));
  job.restarts = count_of(value.need("restarts"));
  job.outcome = word_of<Outcome>(value.need("outcome"), kOutcomes);
  if (const Value killer = value.find("killer"); !killer.missing()) job.killer = word_of<Killer>(killer, kKillers);
  if (const Value family = value.find("family"); !family.missing()) job.family = id_of(family);
  if (const Value above = value.find("above"); !above.missing() && !above.is_null()) job.above = id_of(above);
  return job;
}

// What reports did not have at first.
void read_occasion(RunReport& run, const Value& value) {
  if (const Value at = value.find("ended_at"); !at.missing()) run.ended_at = at.text();
  if (const Value folder = value.find("folder"); !folder.missing()) run.folder = folder.text();
  const Value command = value.find("command");
  for (std::size_t i = 0; i < command.size(); ++i) run.command.push_back(command.at(i).text());
}

std::optional<OverLimit> over_limit_of(const Value& value) {
  if (value.missing() || value.is_null()) return std::nullopt;
  return OverLimit{bytes_of(value.need("bytes")), value.need("who").text(), bytes_of(value.need("had_bytes")),
                   bytes_of(value.need("predicted_bytes"))};
}

std::uint32_t counted(const Value& value) { return value.missing() ? 0 : static_cast<std::uint32_t>(count_of(value)); }

// Neither did they have these; a reason may be added within a version.
void read_warnings(RunReport& run, const Value& value) {
  run.oom_kills_no_job = counted(value.find("oom_kills_no_job"));
  run.oom_kills_machine = counted(value.find("oom_kills_machine"));
  const Value victims = value.find("oom_victims");
  for (std::size_t i = 0; !victims.missing() && i < victims.size(); ++i) {
    const Value victim = victims.at(i);
    run.victims.push_back({victim.need("program").text(), bytes_of(victim.need("bytes"))});
  }
  run.over_limit = over_limit_of(value.find("over_limit"));
  const Value unguarded = value.find("unguarded");
  if (unguarded.missing()) return;
  for (std::size_t i = 0; i < kUnguardedReasons; ++i) run.unguarded.at(i) = counted(unguarded.find(kUnguarded.at(i)));
}

RunReport run_of(const Value& value) {
  RunReport run;
  read_occasion(run, value);
  read_warnings(run, value);
  run.tier = value.need("tier").text();
  run.exit_status = count_of(value.need("exit_status"));
  run.wall = time_of(value.need("wall_seconds"));
  const Value limit = value.need("limit_bytes");
  run.limit = limit.is_null() ? Bytes::unlimited() : bytes_of(limit);
  run.peak = bytes_of(value.need("peak_bytes"));
  run.held = count_of(value.need("held"));
  run.held_time = time_of(value.need("held_seconds"));
  run.frozen = count_of(value.need("frozen"));
  run.frozen_time = time_of(value.need("frozen_seconds"));
  run.evicted = count_of(value.need("evicted"));
  run.restarted = count_of(value.need("restarted"));
  run.oom_kills = static_cast<std::uint64_t>(count_of(value.need("oom_kills")));
  run.lost = count_of(value.need("lost"));
  if (const Value reclaimed = value.find("reclaimed_bytes"); !reclaimed.missing()) run.reclaimed = bytes_of(reclaimed);
  run.pressure_full = time_of(value.need("psi_full_seconds"));
  run.supervisor_cpu = time_of(value.need("supervisor_cpu_seconds"));
  run.supervisor_peak = bytes_of(value.need("supervisor_peak_bytes"));
  if (const Value processors = value.find("processors"); !processors.missing())
    run.processors = processors.number(0, kMostProcessors);
  return run;
}

void check_version(const Value& root) {
  if (!root.is_object() || root.find("version").missing() || root.find("job").missing())
    return root.wrong("no report of a run", "Make one with: memguard run --json FILE -- COMMAND...");
  const Value version = root.find("version");
  if (const auto number = version.integer(); number != 1)
    version.wrong(fmt::format("version {} of the format, known is 1", number), "Use the memguard it is of.");
}

}  // namespace

Result<RunReport> read_json(std::string_view text) {
  const auto document = json::Document::parse(text);
  if (!document) return tl::unexpected<Error>(document.error());
  const Value& root = document->root();
  if (root.is_object() && !root.find("guarded_by").missing())
    return fail(fmt::format("a build inside another: memguard {} guarded it, whose report has its jobs",
                            count_of(root.find("guarded_by"))));
  check_version(root);
  if (auto sound = document->status(); !sound) return pass(std::move(sound.error()));
  RunReport run = run_of(root);
  const Value jobs = root.need("job");
  for (std::size_t i = 0; i < jobs.size() && document->status(); ++i) {
    run.jobs.push_back(job_of(jobs.at(i)));
    run.longest_held = std::max(run.longest_held, run.jobs.back().held);
  }
  if (const Value timeline = root.find("timeline"); !timeline.missing()) run.timeline = read_timeline(timeline);
  if (const Value all = root.find("jobs"); !all.missing())
    run.earlier_jobs = std::max(count_of(all) - static_cast<int>(run.jobs.size()), 0);
  if (auto sound = document->status(); !sound) return pass(std::move(sound.error()));
  return run;
}

}  // namespace memguard::report

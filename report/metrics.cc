#include "report/metrics.h"

#include <iterator>

#include <fmt/format.h>

#include "base/printable.h"
#include "report/words.h"

namespace memguard::report {
namespace {

// Paths may have 4,096 bytes; each line repeats the name.
constexpr std::size_t kLongestLabel = 200;

// OpenMetrics 1.0, "escaped-string". Control characters and what is no UTF-8 are gone before.
std::string label(std::string_view name, std::string_view text) {
  std::string escaped;
  for (const char c : printable(text, kLongestLabel)) {
    if (c == '\\' || c == '"') escaped += '\\';
    escaped += c;
  }
  return fmt::format("{}=\"{}\"", name, escaped);
}

// The lines of one metric: without the first label and the name, which all have.
struct Line {
  std::string labels;
  double value = 0;
};
using Lines = std::vector<Line>;

template <class Number>
Lines one(Number value) {
  return {{{}, static_cast<double>(value)}};
}
Lines one(Bytes bytes) { return one(bytes.count); }
Lines one(Duration time) { return one(seconds(time)); }
Lines one(std::chrono::sys_seconds time) { return one(time.time_since_epoch().count()); }

Lines info(const RunMetrics& run) {
  return {{fmt::format(",{},{},{},{}", label("command", run.command), label("folder", run.folder),
                       label("tier", run.tier), label("version", run.version)),
           1}};
}

Lines states(const RunMetrics& run) {
  return {{R"(,state="running")", static_cast<double>(run.running)},
          {R"(,state="held")", static_cast<double>(run.held)},
          {R"(,state="frozen")", static_cast<double>(run.frozen)}};
}

Lines unguarded(const RunMetrics& run) {
  Lines lines;
  for (std::size_t i = 0; i < kUnguardedReasons; ++i)
    lines.push_back({"," + label("reason", kUnguarded.at(i)), static_cast<double>(run.unguarded.at(i))});
  return lines;
}

struct Metric {
  MetricFacts facts;
  /// Empty: it is not there.
  Lines (*lines)(const RunMetrics&);
};

// Gauges, because each run begins anew; and a counter of OpenMetrics has no help in the older format: its name there
// lacks the _total of its lines.
constexpr std::array kMetrics{
    Metric{{"memguard_run_info", "", "What is run, where, and what the machine allows; always 1."}, info},
    Metric{{"memguard_run_active", "", "1 while the run lasts, 0 when it has ended."},
           [](const RunMetrics& run) { return one(run.ended ? 0 : 1); }},
    Metric{{"memguard_start_timestamp_seconds", "seconds", "When the run began, since 1970 in UTC."},
           [](const RunMetrics& run) { return one(run.started_at); }},
    Metric{{"memguard_end_timestamp_seconds", "seconds", "When the run ended; not there before."},
           [](const RunMetrics& run) { return run.ended ? one(run.ended->at) : Lines(); }},
    Metric{
        {"memguard_exit_status", "", "The exit status of the command, 128+N for signal N; not there before its end."},
        [](const RunMetrics& run) { return run.ended ? one(run.ended->exit_status) : Lines(); }},
    Metric{{"memguard_elapsed_seconds", "seconds",
            "How long the run has lasted, without the time it was stopped by Ctrl-Z."},
           [](const RunMetrics& run) { return one(run.elapsed); }},
    Metric{{"memguard_limit_bytes", "bytes", "What the build may use; not there without a limit."},
           [](const RunMetrics& run) { return run.limit.is_unlimited() ? Lines() : one(run.limit); }},
    Metric{{"memguard_used_bytes", "bytes", "Memory that the build uses now and reclaim cannot take; 0 after the end."},
           [](const RunMetrics& run) { return one(run.ended ? Bytes{} : run.used); }},
    Metric{{"memguard_peak_bytes", "bytes", "The most memory so far."},
           [](const RunMetrics& run) { return one(run.peak); }},
    Metric{{"memguard_reclaimed_bytes", "bytes", "Memory of frozen jobs that was written to swap."},
           [](const RunMetrics& run) { return one(run.reclaimed); }},
    Metric{{"memguard_jobs", "", "Jobs that live now, by state."}, states},
    Metric{{"memguard_jobs_seen", "", "Jobs so far."}, [](const RunMetrics& run) { return one(run.jobs); }},
    Metric{{"memguard_jobs_held", "", "Jobs that were held at birth so far."},
           [](const RunMetrics& run) { return one(run.ever_held); }},
    Metric{{"memguard_jobs_frozen", "", "Jobs that were frozen so far."},
           [](const RunMetrics& run) { return one(run.ever_frozen); }},
    Metric{{"memguard_jobs_evicted", "", "Jobs that were killed for their memory, to be started again."},
           [](const RunMetrics& run) { return one(run.evicted); }},
    Metric{{"memguard_jobs_restarted", "", "Jobs that were started again."},
           [](const RunMetrics& run) { return one(run.restarted); }},
    Metric{{"memguard_jobs_lost", "", "Jobs that memory ended for good."},
           [](const RunMetrics& run) { return one(run.lost); }},
    Metric{{"memguard_oom_kills", "", "Processes of the build that the kernel killed for memory."},
           [](const RunMetrics& run) { return one(run.oom_kills); }},
    Metric{{"memguard_held_seconds", "seconds", "Sum of the times that jobs were held at birth."},
           [](const RunMetrics& run) { return one(run.held_time); }},
    Metric{{"memguard_frozen_seconds", "seconds", "Sum of the times that jobs were frozen."},
           [](const RunMetrics& run) { return one(run.frozen_time); }},
    Metric{{"memguard_stalled_seconds", "seconds", "Time in which all of the build stood still for memory (PSI full)."},
           [](const RunMetrics& run) { return one(run.pressure_full); }},
    Metric{{"memguard_unguarded_execs", "", "What could not be guarded, by reason."}, unguarded},
};

}  // namespace

std::string to_open_metrics(const RunMetrics& run) {
  const std::string name = label("run", run.name);
  std::string text;
  auto out = std::back_inserter(text);
  for (const auto& [facts, lines_of] : kMetrics) {
    const Lines lines = lines_of(run);
    if (lines.empty()) continue;
    fmt::format_to(out, "# TYPE {} gauge\n", facts.name);
    if (!facts.unit.empty()) fmt::format_to(out, "# UNIT {} {}\n", facts.name, facts.unit);
    fmt::format_to(out, "# HELP {} {}\n", facts.name, facts.help);
    for (const Line& line : lines) fmt::format_to(out, "{}{{{}{}}} {}\n", facts.name, name, line.labels, line.value);
  }
  return text + "# EOF\n";
}

std::vector<MetricFacts> metric_facts() {
  std::vector<MetricFacts> all;
  all.reserve(kMetrics.size());
  for (const Metric& metric : kMetrics) all.push_back(metric.facts);
  return all;
}

std::string run_name_of(std::string_view file) {
  file.remove_prefix(file.rfind('/') + 1);
  constexpr std::string_view kEnding = ".prom";
  if (file.size() > kEnding.size() && file.ends_with(kEnding)) file.remove_suffix(kEnding.size());
  return std::string(file);
}

}  // namespace memguard::report

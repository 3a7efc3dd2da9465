// The reverse of to_json.
#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "json/value.h"
#include "report/fields.h"
#include "report/run_report.h"
#include "report/timeline_json.h"
#include "report/words.h"

namespace memguard::report {
namespace {

using json::Value;

// What no build reaches.
constexpr double kMostProcessors = 1e6;
constexpr int kMost = 1'000'000'000;

std::uint32_t id_of(const Value& value) { return static_cast<std::uint32_t>(value.integer(0, UINT32_MAX)); }

int count_of(const Value& value) { return static_cast<int>(value.integer(0, kMost)); }

void read(const Value& value, std::string& text) { text = value.text(); }
void read(const Value& value, int& count) { count = count_of(value); }
void read(const Value& value, std::uint64_t& count) { count = static_cast<std::uint64_t>(count_of(value)); }
void read(const Value& value, std::uint32_t& id) { id = id_of(value); }
void read(const Value& value, double& processors) { processors = value.number(0, kMostProcessors); }
void read(const Value& value, Bytes& size) { size = value.bytes(); }

void read(const Value& value, Duration& time) { time = value.time(); }

void read(const Value& value, std::vector<std::string>& texts) {
  for (std::size_t i = 0; i < value.size(); ++i) texts.push_back(value.at(i).text());
}

// Words may be added within a version: one that is not known is the first.
template <class Word, std::size_t kSize>
Word word_of(const Value& value, const std::array<std::string_view, kSize>& words) {
  const auto found = std::ranges::find(words, value.text());
  return static_cast<Word>(found == words.end() ? 0 : found - words.begin());
}

void read(const Value& value, Outcome& outcome) { outcome = word_of<Outcome>(value, kOutcomes); }
void read(const Value& value, LimitSetter& setter) { setter = word_of<LimitSetter>(value, kLimitSetters); }
void read(const Value& value, Killer& killer) { killer = word_of<Killer>(value, kKillers); }

// A reason may be added within a version.
void read(const Value& value, std::array<std::uint32_t, kUnguardedReasons>& unguarded) {
  for (std::size_t i = 0; i < kUnguardedReasons; ++i) {
    const Value reason = value.find(kUnguarded.at(i));
    if (!reason.missing()) unguarded.at(i) = static_cast<std::uint32_t>(count_of(reason));
  }
}

void read(const Value& value, std::vector<Victim>& victims);
void read(const Value& value, std::optional<OverLimit>& over);
void read(const Value& value, std::optional<Thrashing>& thrashing);

/// Reads what report/fields.h visits. What is wrong is noted in the values.
struct Reader {
  template <class T>
  void need(const char* key, T& member) const {
    read(from.need(key), member);
  }
  template <class T>
  void later(const char* key, T& member) const {
    if (const Value value = from.find(key); !value.missing()) read(value, member);
  }
  template <class T>
  void told(const char* /*key*/, const T& /*value*/) const {}
  void limit(const char* key, Bytes& limit) const {
    const Value value = from.need(key);
    limit = Bytes::unlimited();
    if (!value.is_null()) read(value, limit);
  }
  void later_limit(const char* key, Bytes& limit) const {
    if (!from.find(key).missing()) this->limit(key, limit);
  }
  void end(const char* key, JobReport& job) const {
    if (const Value value = from.need(key); !value.is_null()) read(value, job.end);
  }
  void above(const char* key, std::uint32_t& id) const {
    if (const Value value = from.find(key); !value.missing() && !value.is_null()) read(value, id);
  }

  const Value& from;
};

void read(const Value& value, std::vector<Victim>& victims) {
  for (std::size_t i = 0; i < value.size(); ++i) {
    const Value one = value.at(i);
    const Reader fields{one};
    victim_fields(victims.emplace_back(), fields);
  }
}

void read(const Value& value, std::optional<OverLimit>& over) {
  if (value.is_null()) return;
  const Reader fields{value};
  over_limit_fields(over.emplace(), fields);
}

void read(const Value& value, std::optional<Thrashing>& thrashing) {
  if (value.is_null()) return;
  const Reader fields{value};
  thrashing_fields(thrashing.emplace(), fields);
}

JobReport job_of(const Value& value) {
  JobReport job;
  const Reader fields{value};
  job_fields(job, fields);
  return job;
}

RunReport run_of(const Value& value) {
  RunReport run;
  const Reader fields{value};
  run_fields(run, fields);
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

// From lines to values.
#include <map>
#include <type_traits>

#include <fmt/format.h>

#include "base/io.h"
#include "json/value.h"
#include "record/record.h"
#include "record/settings_fields.h"
#include "record/words.h"

namespace memguard::record {
namespace {

using json::Value;

template <class Enum>
Enum id(const Value& value) {
  using Number = std::underlying_type_t<Enum>;
  return static_cast<Enum>(value.integer(0, std::numeric_limits<Number>::max()));
}
Bytes size(const Value& value) { return Bytes{value.integer()}; }
Duration duration(const Value& value) { return Duration{value.integer()}; }
int count(const Value& value) {
  return static_cast<int>(value.integer(std::numeric_limits<int>::min(), std::numeric_limits<int>::max()));
}
std::optional<Bytes> size_or_null(const Value& value) {
  return value.is_null() ? std::nullopt : std::optional(size(value));
}

void read(const Value& value, double& into) { into = value.number(); }
void read(const Value& value, int& into) { into = count(value); }
void read(const Value& value, Bytes& into) { into = size(value); }
void read(const Value& value, Duration& into) { into = duration(value); }
void read(const Value& value, std::map<policy::ClassId, Bytes>& into) {
  for (const std::string& key : value.keys()) {
    const Value item = value.find(key);
    const auto job_class = to_number<std::uint16_t>(key);
    if (!job_class) return item.wrong("the number of a class is expected as key");
    into[policy::ClassId{*job_class}] = size(item);
  }
}

policy::Settings settings(const Value& value) {
  policy::Settings settings;
  // Settings that came later are not in older recordings; this is what those were made with.
  settings.reserve_for_few = 0;
  settings.few_in_full = 0;
  settings.start_gap = Duration::zero();
  std::vector<std::string_view> known;
  const auto read_one = [&](const auto& field) {
    known.emplace_back(field.first);
    const Value given = came_later(field.first) ? value.find(field.first) : value.need(field.first);
    if (!given.missing()) read(given, settings.*field.second);
  };
  std::apply([&](const auto&... fields) { (read_one(fields), ...); }, kSettingsFields);
  value.expect_keys(known);
  return settings;
}

Began began(const Value& root) {
  root.expect_keys({"memguard_record", "restarted", "settings"});
  Began began;
  began.restarted = root.need("restarted").boolean();
  began.settings = settings(root.need("settings"));
  return began;
}

void expect_size(const Value& list, std::size_t least, std::size_t most) {
  const std::size_t size = list.size();
  if (size < least || size > most) list.wrong(fmt::format("{} values where {} to {} are expected", size, least, most));
}

std::optional<policy::Prediction> prediction_or_null(const Value& value) {
  if (value.is_null()) return std::nullopt;
  if (!value.is_array()) return policy::Prediction{size(value)};
  expect_size(value, 2, 2);
  const auto source = predicted_by_of(value.at(1).text());
  if (!source) value.at(1).wrong("no source of a prediction");
  return policy::Prediction{size(value.at(0)), source.value_or(policy::PredictedBy::model)};
}

std::optional<policy::Group> group_or_null(const Value& value) {
  if (value.is_null()) return std::nullopt;
  expect_size(value, 2, 2);
  return policy::Group{id<policy::GroupId>(value.at(0)), count(value.at(1))};
}

void read_child(const Value& value, policy::JobSeen& job) {
  if (!value.is_array()) {
    job.will_start = id<policy::ClassId>(value);
    return;
  }
  expect_size(value, 2, 2);
  job.will_start = id<policy::ClassId>(value.at(0));
  job.child_predicted = prediction_or_null(value.at(1));
}

// The shape, processor time and time.
std::optional<Course> course_or_null(const Value& value) {
  if (value.is_null()) return std::nullopt;
  expect_size(value, 3, 3);
  Course course;
  const Value shape = value.at(0);
  expect_size(shape, course.shape.size(), course.shape.size());
  for (std::size_t i = 0; i < course.shape.size(); ++i)
    course.shape.at(i) = static_cast<std::uint8_t>(shape.at(i).integer(0, 255));
  course.cpu = duration(value.at(1));
  course.wall = duration(value.at(2));
  return course;
}

Learned learned(const Value& root) {
  root.expect_keys({"learn"});
  const Value list = root.need("learn");
  expect_size(list, 3, 4);
  const bool completed = list.size() == 3 || list.at(3).boolean();
  return {id<policy::ClassId>(list.at(0)), prediction_or_null(list.at(1)), size(list.at(2)), completed};
}

policy::JobState job_state(const Value& value) {
  const auto state = state_of(value.text());
  if (!state) value.wrong("no state of a job");
  return state.value_or(policy::JobState::waiting);
}

policy::Wish wish(const Value& value) {
  const auto wish = wish_of(value.text());
  if (!wish) value.wrong("nothing that can be asked for a job");
  return wish.value_or(policy::Wish::none);
}

policy::JobSeen job(const Value& list) {
  constexpr std::size_t kAlways = 7;
  constexpr std::size_t kMost = 23;
  expect_size(list, kAlways, kMost);
  policy::JobSeen job;
  job.id = id<policy::JobId>(list.at(0));
  job.family = id<policy::FamilyId>(list.at(1));
  job.job_class = id<policy::ClassId>(list.at(2));
  job.state = job_state(list.at(3));
  job.memory = size(list.at(4));
  job.peak = size(list.at(5));
  job.cpu = duration(list.at(6));
  const std::size_t values = list.size();
  if (values > 7) job.predicted = prediction_or_null(list.at(7));
  if (values > 8 && !list.at(8).is_null()) read_child(list.at(8), job);
  if (values > 9) job.restartable = list.at(9).boolean();
  if (values > 10) job.evictions = count(list.at(10));
  if (values > 11) job.oom_kills = count(list.at(11));
  if (values > 12) job.evicted_at = size_or_null(list.at(12));
  if (values > 13) job.killed_at = size_or_null(list.at(13));
  if (values > 14) job.swapped = size(list.at(14));
  if (values > 15) job.unswappable = size(list.at(15));
  if (values > 16) job.group = group_or_null(list.at(16));
  if (values > 17) job.course = course_or_null(list.at(17));
  if (values > 18 && !list.at(18).is_null()) job.above = id<policy::JobId>(list.at(18));
  if (values > 19) job.by_size = list.at(19).boolean();
  if (values > 20) job.wish = wish(list.at(20));
  if (values > 21) job.starter_memory = size(list.at(21));
  if (values > 22) job.of_build_script = list.at(22).boolean();
  return job;
}

policy::Observation observation(const Value& value) {
  value.expect_keys({"at", "limit", "limit_moves", "used", "kept", "psi", "processors", "waited_for_processor",
                     "high_events", "swap", "tokens", "jobs", "ended"});
  policy::Observation seen;
  seen.at = Instant{duration(value.need("at"))};
  seen.limit = size(value.need("limit"));
  if (const Value moves = value.find("limit_moves"); !moves.missing()) seen.limit_moves = count(moves);
  seen.used = size(value.need("used"));
  if (const Value kept = value.find("kept"); !kept.missing()) seen.kept_for_text = size(kept);
  if (const Value psi = value.find("psi"); !psi.missing()) {
    expect_size(psi, 2, 2);
    seen.pressure = policy::Pressure{duration(psi.at(0)), duration(psi.at(1))};
  }
  if (const Value processors = value.find("processors"); !processors.missing()) seen.processors = processors.number();
  if (const Value waited = value.find("waited_for_processor"); !waited.missing()) {
    seen.waited_for_processor = duration(waited);
  }
  seen.high_events = value.need("high_events").unsigned_integer();
  if (const Value swap = value.find("swap"); !swap.missing()) {
    expect_size(swap, 2, 2);
    seen.swap_room = size(swap.at(0));
    seen.reclaiming = swap.at(1).boolean();
  }
  if (const Value tokens = value.find("tokens"); !tokens.missing()) {
    expect_size(tokens, 2, 2);
    seen.tokens = policy::Tokens{count(tokens.at(0)), count(tokens.at(1))};
  }
  const Value jobs = value.need("jobs");
  for (std::size_t i = 0; i < jobs.size(); ++i) seen.jobs.push_back(job(jobs.at(i)));
  const Value ended = value.need("ended");
  for (std::size_t i = 0; i < ended.size(); ++i) {
    const Value one = ended.at(i);
    expect_size(one, 3, 3);
    seen.ended.push_back({id<policy::JobId>(one.at(0)), size(one.at(1)), one.at(2).boolean()});
  }
  return seen;
}

policy::Reason reason(const Value& list) {
  expect_size(list, 8, 8);
  const Value text = list.at(0);
  const auto cause = cause_of(text.text());
  if (!cause) text.wrong("no cause of this memguard's policy");
  return {.cause = cause.value_or(policy::Cause::fits),
          .limit = size(list.at(1)),
          .used = size(list.at(2)),
          .kept_for_text = {},
          .reserved = size(list.at(3)),
          .need = size(list.at(4)),
          .running = count(list.at(5)),
          .frozen = count(list.at(6)),
          .held = count(list.at(7))};
}

std::vector<policy::JobId> job_ids(const Value& list) {
  std::vector<policy::JobId> jobs;
  for (std::size_t i = 0; i < list.size(); ++i) jobs.push_back(id<policy::JobId>(list.at(i)));
  return jobs;
}

policy::Action action(const Value& list) {
  const Value what = list.at(0);
  const std::string word = what.text();
  const bool with_two = word == "admit" || word == "hold" || word == "reclaim" || word == "freeze" || word == "thaw";
  const std::size_t values = with_two ? 4 : 3;
  expect_size(list, values, values);
  const policy::Reason why = reason(list.at(values - 1));
  if (word == "admit") return policy::Admit{id<policy::JobId>(list.at(1)), size(list.at(2)), why};
  if (word == "hold") return policy::Hold{id<policy::JobId>(list.at(1)), size(list.at(2)), why};
  if (word == "freeze") return policy::Freeze{id<policy::FamilyId>(list.at(1)), job_ids(list.at(2)), why};
  if (word == "thaw") return policy::Thaw{id<policy::FamilyId>(list.at(1)), job_ids(list.at(2)), why};
  if (word == "evict") return policy::Evict{id<policy::FamilyId>(list.at(1)), why};
  if (word == "reclaim") return policy::Reclaim{id<policy::FamilyId>(list.at(1)), size(list.at(2)), why};
  if (word == "spare") return policy::Spare{count(list.at(1)), why};
  if (word != "set_high") what.wrong("no action of this memguard's policy");
  return policy::SetHigh{size(list.at(1)), why};
}

policy::Decision decision(const Value& value) {
  value.expect_keys({"next", "actions"});
  policy::Decision decision;
  decision.next_sample = duration(value.need("next"));
  const Value actions = value.need("actions");
  for (std::size_t i = 0; i < actions.size(); ++i) decision.actions.push_back(action(actions.at(i)));
  return decision;
}

Stepped stepped(const Value& root) {
  root.expect_keys({"see", "decide"});
  Stepped step;
  step.seen = observation(root.need("see"));
  step.decision = decision(root.need("decide"));
  return step;
}

Line line(const Value& root) {
  if (const Value version = root.find("memguard_record"); !version.missing()) {
    if (version.integer() != kVersion) version.wrong(fmt::format("this memguard reads version {}", kVersion));
    return began(root);
  }
  if (!root.find("learn").missing()) return learned(root);
  return stepped(root);
}

}  // namespace

Result<Line> parse_line(std::string_view text) {
  const auto document = json::Document::parse(text);
  if (!document) return tl::unexpected<Error>(document.error());
  Line parsed = line(document->root());
  if (auto status = document->status(); !status) return pass(std::move(status.error()));
  return parsed;
}

}  // namespace memguard::record

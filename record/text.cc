// From values to lines. Written by hand, because a step of a large build has a hundred jobs and comes twenty times a
// second.
#include <array>
#include <iterator>
#include <map>
#include <type_traits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "record/record.h"
#include "record/settings_fields.h"
#include "record/words.h"

namespace memguard::record {
namespace {

using Out = std::back_insert_iterator<std::string>;

template <class Enum>
auto number(Enum value) {
  return static_cast<std::underlying_type_t<Enum>>(value);
}

// Shortest text that reads as the same double (fmt's default), and always a number of JSON.
void write(Out out, double value) { fmt::format_to(out, "{}", value); }
void write(Out out, int value) { fmt::format_to(out, "{}", value); }
void write(Out out, Bytes value) { fmt::format_to(out, "{}", value.count); }
void write(Out out, Duration value) { fmt::format_to(out, "{}", value.count()); }
void write(Out out, const std::map<policy::ClassId, Bytes>& values) {
  fmt::format_to(out, "{{");
  const char* comma = "";
  for (const auto& [job_class, size] : values) {
    fmt::format_to(out, "{}\"{}\":{}", comma, number(job_class), size.count);
    comma = ",";
  }
  fmt::format_to(out, "}}");
}

void write_settings(Out out, const policy::Settings& settings) {
  const char* comma = "";
  const auto write_one = [&](const auto& field) {
    fmt::format_to(out, "{}\"{}\":", comma, field.first);
    write(out, settings.*field.second);
    comma = ",";
  };
  std::apply([&](const auto&... fields) { (write_one(fields), ...); }, kSettingsFields);
}

std::string size_or_null(const std::optional<Bytes>& size) {
  return size ? fmt::format("{}", size->count) : std::string("null");
}

// The source of a prediction is left away where it is a model.
std::string prediction(const std::optional<policy::Prediction>& predicted) {
  if (!predicted) return "null";
  if (predicted->by == policy::PredictedBy::model) return fmt::format("{}", predicted->peak.count);
  return fmt::format("[{},\"{}\"]", predicted->peak.count, word(predicted->by));
}

// A class, or the class and what is predicted.
std::string child(const policy::JobSeen& job) {
  if (!job.will_start) return "null";
  if (!job.child_predicted) return fmt::format("{}", number(*job.will_start));
  return fmt::format("[{},{}]", number(*job.will_start), prediction(job.child_predicted));
}

std::string group(const std::optional<policy::Group>& of) {
  return of ? fmt::format("[{},{}]", number(of->id), of->most) : "null";
}

std::string course(const std::optional<Course>& of) {
  if (!of) return "null";
  return fmt::format("[[{}],{},{}]", fmt::join(of->shape, ","), of->cpu.count(), of->wall.count());
}

// A job is a list. What is as it is for most jobs stands at its end and is left away there.
void write(Out out, const policy::JobSeen& job) {
  fmt::format_to(out, "[{},{},{},\"{}\",{},{},{}", number(job.id), number(job.family), number(job.job_class),
                 word(job.state), job.memory.count, job.peak.count, job.cpu.count());
  const std::array<std::string, 16> rest{prediction(job.predicted),
                                         child(job),
                                         job.restartable ? "true" : "false",
                                         fmt::format("{}", job.evictions),
                                         fmt::format("{}", job.oom_kills),
                                         size_or_null(job.evicted_at),
                                         size_or_null(job.killed_at),
                                         fmt::format("{}", job.swapped.count),
                                         fmt::format("{}", job.unswappable.count),
                                         group(job.group),
                                         course(job.course),
                                         job.above ? fmt::format("{}", number(*job.above)) : "null",
                                         job.by_size ? "true" : "false",
                                         fmt::format("\"{}\"", word(job.wish)),
                                         fmt::format("{}", job.starter_memory.count),
                                         job.of_build_script ? "true" : "false"};
  static const std::array<std::string, 16> usual{"null", "null", "false", "0",    "0",     "null",     "null", "0",
                                                 "0",    "null", "null",  "null", "false", "\"none\"", "0",    "false"};
  std::size_t count = rest.size();
  while (count > 0 && rest[count - 1] == usual[count - 1]) --count;
  for (std::size_t i = 0; i < count; ++i) fmt::format_to(out, ",{}", rest[i]);
  fmt::format_to(out, "]");
}

void write(Out out, const policy::JobEnded& ended) {
  fmt::format_to(out, "[{},{},{}]", number(ended.id), ended.peak.count, ended.completed);
}

void write(Out out, const policy::Reason& why) {
  fmt::format_to(out, ",[\"{}\",{},{},{},{},{},{},{}]]", word(why.cause), why.limit.count, why.used.count,
                 why.reserved.count, why.need.count, why.running, why.frozen, why.held);
}

struct WriteAction {
  Out out;
  void operator()(const policy::Admit& a) { job("admit", a.job, a.predicted, a.why); }
  void operator()(const policy::Hold& a) { job("hold", a.job, a.predicted, a.why); }
  void operator()(const policy::Freeze& a) { chain("freeze", a.family, a.jobs, a.why); }
  void operator()(const policy::Thaw& a) { chain("thaw", a.family, a.jobs, a.why); }
  void operator()(const policy::Evict& a) {
    fmt::format_to(out, "[\"evict\",{}", number(a.family));
    write(out, a.why);
  }
  void operator()(const policy::Reclaim& a) {
    fmt::format_to(out, "[\"reclaim\",{},{}", number(a.family), a.amount.count);
    write(out, a.why);
  }
  void operator()(const policy::SetHigh& a) {
    fmt::format_to(out, "[\"set_high\",{}", a.high.count);
    write(out, a.why);
  }
  void operator()(const policy::Spare& a) {
    fmt::format_to(out, "[\"spare\",{}", a.tokens);
    write(out, a.why);
  }
  void job(std::string_view what, policy::JobId id, Bytes predicted, const policy::Reason& why) {
    fmt::format_to(out, "[\"{}\",{},{}", what, number(id), predicted.count);
    write(out, why);
  }
  void chain(std::string_view what, policy::FamilyId id, const std::vector<policy::JobId>& jobs,
             const policy::Reason& why) {
    std::vector<std::uint32_t> numbers;
    numbers.reserve(jobs.size());
    for (const policy::JobId one : jobs) numbers.push_back(number(one));
    fmt::format_to(out, "[\"{}\",{},[{}]", what, number(id), fmt::join(numbers, ","));
    write(out, why);
  }
};

void write(Out out, const policy::Action& action) { std::visit(WriteAction{out}, action); }

template <class List>
void write_list(Out out, const List& list) {
  fmt::format_to(out, "[");
  const char* comma = "";
  for (const auto& item : list) {
    fmt::format_to(out, "{}", comma);
    write(out, item);
    comma = ",";
  }
  fmt::format_to(out, "]");
}

void write(Out out, const policy::Decision& decision) {
  fmt::format_to(out, "{{\"next\":{},\"actions\":", decision.next_sample.count());
  write_list(out, decision.actions);
  fmt::format_to(out, "}}");
}

void write(Out out, const policy::Observation& seen) {
  fmt::format_to(out, "{{\"at\":{},\"limit\":{},\"used\":{}", seen.at.time_since_epoch().count(), seen.limit.count,
                 seen.used.count);
  if (seen.kept_for_text.count != 0) fmt::format_to(out, ",\"kept\":{}", seen.kept_for_text.count);
  if (seen.limit_moves != 0) fmt::format_to(out, ",\"limit_moves\":{}", seen.limit_moves);
  if (seen.pressure) {
    fmt::format_to(out, ",\"psi\":[{},{}]", seen.pressure->some.count(), seen.pressure->full.count());
  }
  if (seen.processors > 0) fmt::format_to(out, ",\"processors\":{}", seen.processors);
  if (seen.waited_for_processor) {
    fmt::format_to(out, ",\"waited_for_processor\":{}", seen.waited_for_processor->count());
  }
  fmt::format_to(out, ",\"high_events\":{}", seen.high_events);
  if (seen.swap_room.count != 0 || seen.reclaiming) {
    fmt::format_to(out, ",\"swap\":[{},{}]", seen.swap_room.count, seen.reclaiming);
  }
  if (seen.tokens) fmt::format_to(out, ",\"tokens\":[{},{}]", seen.tokens->free, seen.tokens->more);
  fmt::format_to(out, ",\"jobs\":");
  write_list(out, seen.jobs);
  fmt::format_to(out, ",\"ended\":");
  write_list(out, seen.ended);
  fmt::format_to(out, "}}");
}

}  // namespace

std::string to_text(const Began& began) {
  std::string line =
      fmt::format("{{\"memguard_record\":{},\"restarted\":{},\"settings\":{{", kVersion, began.restarted);
  write_settings(std::back_inserter(line), began.settings);
  return line + "}}\n";
}

std::string to_text(const Learned& learned) {
  return fmt::format("{{\"learn\":[{},{},{}{}]}}\n", number(learned.job_class), prediction(learned.predicted),
                     learned.peak.count, learned.completed ? "" : ",false");
}

std::string to_text(const policy::Observation& seen, const policy::Decision& decision) {
  std::string line = "{\"see\":";
  write(std::back_inserter(line), seen);
  line += ",\"decide\":";
  write(std::back_inserter(line), decision);
  return line + "}\n";
}

std::string to_text(const policy::Decision& decision) {
  std::string text;
  write(std::back_inserter(text), decision);
  return text;
}

}  // namespace memguard::record

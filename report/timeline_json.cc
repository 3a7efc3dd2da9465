#include "report/timeline_json.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "report/json_text.h"
#include "report/states.h"

namespace memguard::report {
namespace {

using json::Value;

// So many samples and changes are more than any memguard writes.
constexpr std::size_t kMostSamples = 200'000;
constexpr int kMostCount = 1'000'000'000;

// To the microsecond; text of our own, as dump() of numbers would have 17 digits.
std::string number(Duration time) { return fmt::format("{}", std::round(seconds(time) * 1e6) / 1e6); }
std::string number(Bytes size) { return size.is_unlimited() ? "null" : std::to_string(size.count); }

template <class Member>
std::string column(const Timeline& timeline, Member member) {
  return json_list(timeline.samples, [member](const Sample& sample) { return number(sample.*member); });
}

// Words of ours alone: nothing in them need be escaped.
std::string change_json(const Change& change) {
  std::string text = fmt::format(R"([{},{},"{}")", number(change.at), change.job, word_of(change.state));
  if (change.cause.empty()) return text + "]";
  text += fmt::format(R"(,"{}",{},{},{},{},{},{},{})", change.cause, number(change.limit), number(change.used),
                      number(change.reserved), number(change.need), change.running, change.frozen, change.held);
  if (change.for_job != Change::kNoJob || change.kept_for_text > Bytes{}) text += fmt::format(",{}", change.for_job);
  return text + (change.kept_for_text > Bytes{} ? fmt::format(",{}]", change.kept_for_text.count) : "]");
}

Bytes size_of(const Value& value) { return value.is_null() ? Bytes::unlimited() : value.bytes(Bytes{} - kMostBytes); }
std::uint32_t id_of(const Value& value) { return static_cast<std::uint32_t>(value.integer(0, UINT32_MAX)); }
int count_of(const Value& value) { return static_cast<int>(value.integer(0, kMostCount)); }

std::vector<Sample> read_samples(const Value& value) {
  const Value at = value.need("at");
  const Value used = value.need("used_bytes");
  const Value limit = value.need("limit_bytes");
  const Value high = value.need("high_bytes");
  const Value some = value.need("psi_some_seconds");
  const Value full = value.need("psi_full_seconds");
  const Value tokens = value.need("free_tokens");
  const std::size_t count = at.size();
  if (count > kMostSamples) at.wrong("more samples than a report has");
  for (const Value* list : {&used, &limit, &high, &some, &full, &tokens})
    if (list->size() != count) list->wrong("as many as in \"at\" are expected");
  std::vector<Sample> samples;
  for (std::size_t i = 0; i < std::min(count, kMostSamples); ++i) {
    samples.push_back({at.at(i).time(), size_of(used.at(i)), size_of(limit.at(i)), size_of(high.at(i)),
                       some.at(i).time(), full.at(i).time(), static_cast<int>(tokens.at(i).integer(-1, kMostCount))});
  }
  return samples;
}

// Beyond the last sample there is nothing.
JobMemory read_memory(const Value& value, std::size_t samples) {
  JobMemory of;
  of.job = id_of(value.need("job"));
  of.first = static_cast<std::size_t>(value.need("first").integer(0, static_cast<std::int64_t>(samples)));
  const Value memory = value.need("bytes");
  const std::size_t count = std::min(memory.size(), samples - std::min(of.first, samples));
  for (std::size_t i = 0; i < count; ++i) of.memory.push_back(size_of(memory.at(i)));
  return of;
}

State state_of(const Value& value) {
  const auto found = std::ranges::find(kStateWords, value.text());
  return found == kStateWords.end() ? State::runs : static_cast<State>(found - kStateWords.begin());
}

// A word of ours, or of a memguard to come: it is looked up, and shown where it is not known.
std::string cause_of(const Value& value) {
  constexpr std::size_t kLongest = 40;
  std::string word = value.text().substr(0, kLongest);
  std::erase_if(word, [](char c) { return (c < 'a' || c > 'z') && c != '_'; });
  return word;
}

Change read_change(const Value& value) {
  Change change;
  change.at = value.at(0).time();
  change.job = id_of(value.at(1));
  change.state = state_of(value.at(2));
  if (value.size() <= 3) return change;
  change.cause = cause_of(value.at(3));
  change.limit = size_of(value.at(4));
  change.used = size_of(value.at(5));
  change.reserved = size_of(value.at(6));
  change.need = size_of(value.at(7));
  change.running = count_of(value.at(8));
  change.frozen = count_of(value.at(9));
  change.held = count_of(value.at(10));
  if (value.size() > 11) change.for_job = id_of(value.at(11));
  if (value.size() > 12) change.kept_for_text = value.at(12).bytes();
  return change;
}

}  // namespace

std::string timeline_json(const Timeline& timeline) {
  const auto memory = json_list(timeline.memory, [](const JobMemory& of) {
    return fmt::format(R"({{"job":{},"first":{},"bytes":{}}})", of.job, of.first,
                       json_list(of.memory, [](Bytes size) { return number(size); }));
  });
  const auto tokens = json_list(timeline.samples, [](const Sample& sample) { return std::to_string(sample.tokens); });
  return fmt::format(R"({{"step_seconds":{},"at":{},"used_bytes":{},"limit_bytes":{},"high_bytes":{},)",
                     number(timeline.step), column(timeline, &Sample::at), column(timeline, &Sample::used),
                     column(timeline, &Sample::limit), column(timeline, &Sample::high)) +
         fmt::format(R"("psi_some_seconds":{},"psi_full_seconds":{},"free_tokens":{},"memory":{},)",
                     column(timeline, &Sample::some), column(timeline, &Sample::full), tokens, memory) +
         fmt::format(R"("changes":{},"changes_left_out":{}}})", json_list(timeline.changes, change_json),
                     timeline.left_out);
}

Timeline read_timeline(const Value& value) {
  Timeline timeline;
  timeline.step = value.need("step_seconds").time();
  timeline.samples = read_samples(value);
  const Value memory = value.need("memory");
  for (std::size_t i = 0; i < memory.size(); ++i)
    timeline.memory.push_back(read_memory(memory.at(i), timeline.samples.size()));
  const Value changes = value.need("changes");
  for (std::size_t i = 0; i < changes.size(); ++i) timeline.changes.push_back(read_change(changes.at(i)));
  if (const Value left_out = value.find("changes_left_out"); !left_out.missing())
    timeline.left_out = static_cast<std::uint64_t>(left_out.integer(0));
  return timeline;
}

}  // namespace memguard::report

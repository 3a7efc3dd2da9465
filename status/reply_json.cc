#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "json/value.h"
#include "status/reply.h"
#include "status/request.h"

namespace memguard::status {
namespace {

using Json = nlohmann::ordered_json;
using json::Value;

constexpr auto kMostId = std::numeric_limits<std::uint32_t>::max();
constexpr auto kMostCount = std::numeric_limits<std::int32_t>::max();

// A limit that does not exist is null.
Json size(Bytes bytes) { return bytes.is_unlimited() ? Json() : Json(bytes.count); }

// Milliseconds are enough for whoever looks, and keep the line short.
Json time(Duration duration) {
  return static_cast<double>(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count()) / 1000;
}

Json to_json(const JobStatus& job) {
  Json json{{"id", job.id},
            {"name", job.name},
            {"class", job.job_class},
            {"pid", job.pid},
            {"state", word(job.state)},
            {"memory_bytes", job.memory.count},
            {"expected_bytes", job.expected ? Json(job.expected->count) : Json()},
            {"in_state_seconds", time(job.in_state)},
            {"age_seconds", time(job.age)},
            {"restartable", job.restartable},
            {"restarts", job.restarts}};
  if (!job.why.empty()) json["why"] = job.why;
  if (job.waits_for) json["waits_for"] = *job.waits_for;
  if (job.by_user) json["by_user"] = true;
  return json;
}

Json to_json(const RunStatus& run) {
  Json json{{"pid", run.pid},
            {"command", run.command},
            {"folder", run.folder},
            {"tier", run.tier},
            {"age_seconds", time(run.age)},
            {"paused", run.paused},
            {"ending", run.ending},
            {"limit_bytes", size(run.limit)},
            {"limit_now_bytes", size(run.limit_now)},
            {"used_bytes", run.used.count},
            {"headroom_bytes", size(run.limit_now.is_unlimited() ? run.limit_now : run.headroom())}};
  json["swap"] = run.swap ? Json{{"used_bytes", run.swap->used.count}, {"room_bytes", size(run.swap->room)}} : Json();
  json["pressure"] = run.pressure ? Json{{"some", run.pressure->some}, {"full", run.pressure->full}} : Json();
  json["tokens"] = run.tokens ? Json{{"free", run.tokens->free}, {"more", run.tokens->more}} : Json();
  json["jobs_left_out"] = run.jobs_left_out;
  Json jobs = Json::array();
  for (const JobStatus& job : run.jobs) jobs.push_back(to_json(job));
  json["jobs"] = std::move(jobs);
  return json;
}

std::string line_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"; }

Duration time(const Value& value) {
  constexpr double kMost = 1e9;
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(value.number(0, kMost)));
}

Bytes size_or_unlimited(const Value& value) { return value.is_null() ? Bytes::unlimited() : Bytes{value.integer()}; }

pid_t process(const Value& value) { return static_cast<pid_t>(value.integer(0, kMostCount)); }

std::uint32_t id(const Value& value) { return static_cast<std::uint32_t>(value.integer(0, kMostId)); }

int count(const Value& value) { return static_cast<int>(value.integer(-kMostCount, kMostCount)); }

JobState state(const Value& value) {
  const auto state = state_of(value.text());
  if (!state) value.wrong("no state of a job");
  return state.value_or(JobState::running);
}

// What a later memguard adds is passed over: within one version nothing changes its meaning.
JobStatus job(const Value& value) {
  JobStatus job;
  job.id = id(value.need("id"));
  job.name = value.need("name").text();
  job.job_class = value.need("class").text();
  job.pid = process(value.need("pid"));
  job.state = state(value.need("state"));
  job.memory = Bytes{value.need("memory_bytes").integer()};
  if (const Value expected = value.need("expected_bytes"); !expected.is_null())
    job.expected = Bytes{expected.integer()};
  job.in_state = time(value.need("in_state_seconds"));
  job.age = time(value.need("age_seconds"));
  job.restartable = value.need("restartable").boolean();
  job.restarts = count(value.need("restarts"));
  if (const Value why = value.find("why"); !why.missing()) job.why = why.text();
  if (const Value other = value.find("waits_for"); !other.missing()) job.waits_for = id(other);
  if (const Value by_user = value.find("by_user"); !by_user.missing()) job.by_user = by_user.boolean();
  return job;
}

void read_memory(const Value& value, RunStatus& run) {
  run.limit = size_or_unlimited(value.need("limit_bytes"));
  run.limit_now = size_or_unlimited(value.need("limit_now_bytes"));
  run.used = Bytes{value.need("used_bytes").integer()};
  if (const Value swap = value.need("swap"); !swap.is_null())
    run.swap = {Bytes{swap.need("used_bytes").integer()}, size_or_unlimited(swap.need("room_bytes"))};
  if (const Value pressure = value.need("pressure"); !pressure.is_null())
    run.pressure = {pressure.need("some").number(0, 1), pressure.need("full").number(0, 1)};
  if (const Value tokens = value.need("tokens"); !tokens.is_null())
    run.tokens = {count(tokens.need("free")), count(tokens.need("more"))};
}

RunStatus run(const Value& value) {
  RunStatus run;
  run.pid = process(value.need("pid"));
  run.command = value.need("command").text();
  run.folder = value.need("folder").text();
  run.tier = value.need("tier").text();
  run.age = time(value.need("age_seconds"));
  run.paused = value.need("paused").boolean();
  run.ending = value.need("ending").boolean();
  read_memory(value, run);
  run.jobs_left_out = id(value.need("jobs_left_out"));
  const Value jobs = value.need("jobs");
  for (std::size_t i = 0; i < jobs.size(); ++i) run.jobs.push_back(job(jobs.at(i)));
  return run;
}

}  // namespace

std::string to_line(const RunStatus& run) {
  return line_of({{"version", kVersion}, {"ok", true}, {"run", to_json(run)}});
}

std::string to_line(const Done& done) { return line_of({{"version", kVersion}, {"ok", true}, {"done", done.what}}); }

std::string refusal_line(std::string_view why) {
  return line_of({{"version", kVersion}, {"ok", false}, {"error", why}});
}

std::string to_json(const std::vector<RunStatus>& runs) {
  Json all = Json::array();
  for (const RunStatus& run : runs) all.push_back(to_json(run));
  return Json{{"version", kVersion}, {"runs", std::move(all)}}.dump(2, ' ', false, Json::error_handler_t::replace) +
         "\n";
}

Result<Reply> parse_reply(std::string_view line) {
  const auto document = json::Document::parse(line);
  if (!document) return tl::unexpected<Error>(document.error());
  const Value& root = document->root();
  Reply reply;
  std::string refused;
  const Value version = root.need("version");
  if (version.integer() != kVersion) {
    version.wrong(fmt::format("this memguard speaks version {}", kVersion), "Look with the memguard that runs there.");
  } else if (!root.need("ok").boolean()) {
    refused = root.need("error").text();
  } else if (const Value done = root.find("done"); !done.missing()) {
    reply = Done{done.text()};
  } else {
    reply = run(root.need("run"));
  }
  if (auto status = document->status(); !status) return pass(std::move(status.error()));
  if (!refused.empty()) return fail(refused);
  return reply;
}

}  // namespace memguard::status

// The only file of history/ that knows nlohmann_json.
#include "history/exchange.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "json/value.h"

namespace memguard::history {
namespace {

// Keeps the keys in the order they are written here.
using Json = nlohmann::ordered_json;
using json::Value;

constexpr std::int64_t kVersion = 1;
Json json_of(const Measurement& measured) {
  // An older memguard may have kept more.
  const Measurement run = bounded(measured);
  Json json{{"at", run.at.time_since_epoch().count()},
            {"project", run.project},
            {"program", run.program},
            {"object_bytes", run.inputs.objects.count},
            {"source_bytes", run.inputs.sources.count},
            {"peak_bytes", run.peak.count},
            {"cpu_seconds", seconds(run.cpu)},
            {"wall_seconds", seconds(run.wall)},
            {"completed", run.completed}};
  if (run.shape) json["shape"] = *run.shape;
  return json;
}

Json json_of(const UnitRuns& unit) {
  Json json{{"class", unit.unit.job_class},  {"name", unit.unit.name},       {"version", unit.unit.version},
            {"kind", unit.unit.kind},        {"profile", unit.unit.profile}, {"target", unit.unit.target},
            {"compiler", unit.unit.compiler}};
  Json& runs = json["runs"] = Json::array();
  for (const Measurement& run : unit.runs) runs.push_back(json_of(run));
  return json;
}

std::string text_of(const Value& value) {
  std::string text = value.text();
  if (text.size() > kLongestText)
    value.wrong(fmt::format("a text of {} bytes; {} is the most", text.size(), kLongestText));
  return text;
}

std::optional<Shape> shape_of(const Value& value) {
  if (value.missing()) return std::nullopt;
  Shape shape{};
  const std::size_t size = value.size();
  if (size != shape.size()) {
    value.wrong(fmt::format("a list of {} where one of {} is expected", size, shape.size()));
    return std::nullopt;
  }
  for (std::size_t i = 0; i < size; ++i) shape.at(i) = static_cast<std::uint8_t>(value.at(i).integer(0, UINT8_MAX));
  return shape;
}

job::Unit unit_of(const Value& unit) {
  return {.job_class = text_of(unit.need("class")),
          .name = text_of(unit.need("name")),
          .version = text_of(unit.need("version")),
          .kind = text_of(unit.need("kind")),
          .profile = text_of(unit.need("profile")),
          .target = text_of(unit.need("target")),
          .compiler = text_of(unit.need("compiler"))};
}

Measurement measurement_of(const Value& run) {
  return {.at = std::chrono::sys_seconds(
              std::chrono::seconds(run.need("at").integer(0, kLastSecond.time_since_epoch().count()))),
          .project = text_of(run.need("project")),
          .program = text_of(run.need("program")),
          .inputs = {run.need("object_bytes").bytes(), run.need("source_bytes").bytes()},
          .peak = run.need("peak_bytes").bytes(),
          .cpu = run.need("cpu_seconds").time(kMostTime),
          .wall = run.need("wall_seconds").time(kMostTime),
          .shape = shape_of(run.find("shape")),
          .completed = run.need("completed").boolean()};
}

void read_unit(const Value& value, std::vector<UnitMeasurement>& into) {
  const job::Unit unit = unit_of(value);
  const Value runs = value.need("runs");
  for (std::size_t i = 0; i < runs.size(); ++i) into.push_back({unit, measurement_of(runs.at(i))});
}

void check_version(const Value& root) {
  if (!root.is_object() || root.find("memguard_history").missing())
    return root.wrong("no history of memguard", "Make one with: memguard history --export FILE");
  const Value version = root.find("memguard_history");
  if (const auto number = version.integer(); number != kVersion)
    version.wrong(fmt::format("version {} of the format, known is {}", number, kVersion), "Use the memguard it is of.");
}

}  // namespace

std::string to_json(const std::vector<UnitRuns>& units) {
  Json all{{"memguard_history", kVersion}, {"units", Json::array()}};
  for (const UnitRuns& unit : units) all["units"].push_back(json_of(unit));
  return all.dump(1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + "\n";
}

Result<std::vector<UnitMeasurement>> from_json(std::string_view text) {
  const auto document = json::Document::parse(text);
  if (!document) return tl::unexpected<Error>(document.error());
  check_version(document->root());
  std::vector<UnitMeasurement> all;
  const Value units = document->root().need("units");
  for (std::size_t i = 0; i < units.size() && document->status(); ++i) read_unit(units.at(i), all);
  if (auto sound = document->status(); !sound) return pass(std::move(sound.error()));
  return all;
}

}  // namespace memguard::history

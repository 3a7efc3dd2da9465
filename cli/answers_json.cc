// What doctor, config and suggest tell programs (docs/JSON.md).
#include <nlohmann/json.hpp>

#include "cli/answers_json.h"

namespace memguard::cli {
namespace {

using nlohmann::ordered_json;

std::string dumped(const ordered_json& json) {
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

ordered_json json_of(const Finding& finding) { return {{"works", finding.works}, {"text", finding.text}}; }

ordered_json json_of(const std::vector<cgroup::Missing>& all) {
  ordered_json list = ordered_json::array();
  for (const auto& missing : all) list.push_back({{"what", missing.what}, {"remedy", missing.remedy}});
  return list;
}

ordered_json json_of(const std::optional<Bytes>& bytes) {
  return bytes && *bytes != Bytes::unlimited() ? ordered_json(bytes->count) : ordered_json(nullptr);
}

ordered_json json_of(const job::Unit& unit) {
  return {{"class", unit.job_class},
          {"name", unit.name},
          {"version", unit.version},
          {"kind", unit.kind},
          {"profile", unit.profile}};
}

ordered_json settings_of(const config::Config& config) {
  ordered_json settings = ordered_json::object();
  for (const auto& shown : config::show_settings(config))
    settings[std::string(shown.key)] = {{"value", shown.value}, {"origin", shown.origin}};
  return settings;
}

ordered_json classes_of(const config::Config& config) {
  ordered_json classes = ordered_json::object();
  for (const auto& job_class : config.classes) {
    auto& programs = classes[job_class.name] = ordered_json::array();
    for (const auto& program : job_class.programs)
      programs.push_back({{"program", program.value}, {"origin", program.origin}});
  }
  return classes;
}

ordered_json files_of(const config::Config& config) {
  constexpr std::array kStates{"read", "absent", "foreign"};
  ordered_json files = ordered_json::array();
  for (const auto& file : config.files)
    files.push_back({{"path", file.path}, {"state", kStates.at(static_cast<std::size_t>(file.state))}});
  return files;
}

}  // namespace

std::string to_json(const Diagnosis& diagnosis) {
  return dumped(
      {{"version", 1},
       {"tier", to_text(diagnosis.tier)},
       {"limit_bytes", json_of(diagnosis.limit)},
       {"limit", diagnosis.limit_text},
       {"exec_gate", json_of(diagnosis.gate)},
       {"freezing", json_of(diagnosis.freezing)},
       {"shim", json_of(diagnosis.shim)},
       {"psi", json_of(diagnosis.pressure)},
       {"kernel", diagnosis.kernel},
       {"missing", json_of(diagnosis.missing)},
       {"notes", diagnosis.notes},
       {"refused", diagnosis.verdict ? ordered_json(nullptr) : ordered_json(diagnosis.verdict.error().text())}});
}

std::string to_json(const config::Config& config) {
  ordered_json rules = ordered_json::array();
  for (const auto& rule : config.rules) rules.push_back({{"rule", config::to_text(rule)}, {"origin", rule.origin}});
  ordered_json ignored = ordered_json::array();
  for (const auto& error : config.ignored) ignored.push_back(error.text());
  return dumped({{"version", 1},
                 {"settings", settings_of(config)},
                 {"classes", classes_of(config)},
                 {"rules", std::move(rules)},
                 {"files", files_of(config)},
                 {"ignored", std::move(ignored)}});
}

std::string to_json(const history::Advice& advice) {
  ordered_json json{{"version", 1}};
  auto& largest = json["largest"] = ordered_json::array();
  for (const auto& need : advice.largest) {
    largest.push_back(json_of(need.unit));
    largest.back()["expected_bytes"] = need.expected.count;
  }
  auto& fits = json["fits"] = ordered_json::array();
  for (const auto& fit : advice.fits)
    fits.push_back({{"memory_bytes", fit.memory.count}, {"jobs", fit.jobs}, {"all_fit", advice.all_fit(fit)}});
  json["here"] = {
      {"memory_bytes", advice.here.memory.count}, {"jobs", advice.here.jobs}, {"all_fit", advice.all_fit(advice.here)}};
  auto& for_jobs = json["memory_for_jobs"] = ordered_json::array();
  for (const Bytes memory : advice.for_jobs) for_jobs.push_back(memory.count);
  auto& declare = json["declare"] = ordered_json::array();
  for (const auto& one : advice.declare)
    declare.push_back({{"crate", one.crate}, {"memory", one.memory}, {"link_memory", one.link_memory}});
  auto& rules = json["rules"] = ordered_json::array();
  for (const auto& rule : advice.rules)
    rules.push_back({{"class", "link"}, {"output", rule.output}, {"memory", rule.memory}});
  auto& drivers = json["drivers"] = ordered_json::array();
  for (const auto& driver : advice.drivers) {
    drivers.push_back({{"unit", json_of(driver.unit)},
                       {"more_with", driver.more_with},
                       {"more_bytes", driver.more.count},
                       {"less_with", driver.less_with},
                       {"less_bytes", driver.less.count}});
  }
  return dumped(json);
}

}  // namespace memguard::cli

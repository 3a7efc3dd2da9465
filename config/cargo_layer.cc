// What cargo manifests declare, from what `cargo metadata --no-deps --format-version 1` prints (The Cargo Book, "cargo
// metadata"). Piece by piece: what is wrong is left out and told, all else counts.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/printable.h"
#include "config/layer.h"

namespace memguard::config {
namespace {

// A table of ours in a manifest.
struct Declared {
  const json::Value& table;
  std::string origin;
};

class CargoLayer {
 public:
  CargoLayer(Config& config, const Environment& environment, json::Document& document)
      : config_(config), environment_(environment), document_(document) {}

  void read_workspace(const Declared& declared) {
    for (const auto& key : declared.table.keys()) {
      const auto value = declared.table.find(key);
      if (key == "rules")
        read_rules(declared, value);
      else
        read_setting(declared, key, value);
      static_cast<void>(sound(declared));
    }
    static_cast<void>(sound(declared));
  }

  void read_package(const Declared& declared, const std::string& package) {
    Rule links;
    links.package = package;
    links.origin = declared.origin;
    Rule compilation = links;
    compilation.job_class = "rustc";
    for (const auto& key : declared.table.keys()) {
      const auto known = need_keys();
      if (std::ranges::find(known, key) == known.end()) refuse_key(declared.table.find(key), key, known);
      Rule& rule = key == "memory" ? compilation : links;
      Rule more = rule;
      read_need(more, declared.table, key);
      if (sound(declared)) rule = more;
    }
    static_cast<void>(sound(declared));
    if (compilation.memory) config_.rules.push_back(compilation);
    if (links.link_memory || links.link_jobs || links.test_jobs || links.restart) config_.rules.push_back(links);
  }

 private:
  // Whether nothing was wrong since the last call; else it is noted as ignored.
  [[nodiscard]] bool sound(const Declared& declared) {
    auto problem = document_.take_problem();
    if (!problem) return true;
    // The place in what cargo printed is of no use to who wrote the manifest.
    std::string_view what = problem->what;
    if (const std::string place = declared.table.place(); what.starts_with(place)) what.remove_prefix(place.size());
    if (what.starts_with(": ")) what.remove_prefix(2);
    config_.ignored.push_back({fmt::format("{}: {}", declared.origin, what), problem->code, problem->hint});
    return false;
  }

  void read_rules(const Declared& declared, const json::Value& rules) {
    for (std::size_t i = 0; i < rules.size(); ++i) {
      auto rule = read_rule(rules.at(i), fmt::format("{}: /rules/{}", declared.origin, i));
      if (sound(declared)) config_.rules.push_back(std::move(rule));
    }
  }

  void read_setting(const Declared& declared, const std::string& key, const json::Value& value) {
    const bool alias = key == "limit";
    const auto form = form_of(alias ? "memory" : key);
    if (!form) return refuse_key(value, key, known_keys());
    if (alias && !declared.table.find("memory").missing())
      return value.wrong("the same as /memory, which is there too", "Keep one of them.");
    const TextSetting setting{alias ? "memory" : key, text_of(*form, value), declared.origin};
    if (!sound(declared)) return;
    if (auto status = apply_project(config_, environment_, setting); !status)
      value.wrong(status.error().what, status.error().hint);
  }

  static std::vector<std::string_view> known_keys() {
    auto known = keys_of_project();
    known.insert(known.end(), {"limit", "rules"});
    return known;
  }

  Config& config_;
  const Environment& environment_;
  json::Document& document_;
};

// Notes the manifest; false for one of another user.
bool may_count(Config& config, const Environment& environment, const std::string& path) {
  const std::string name = shown(environment, path);
  const bool foreign = environment.foreign(path);
  const auto same = [&](const File& file) { return file.path == name; };
  if (std::ranges::any_of(config.files, same)) return !foreign;
  if (foreign)
    add_foreign(config, environment, name);
  else
    config.files.push_back({name, File::State::read});
  return !foreign;
}

// "crates/app/Cargo.toml" from the workspace's folder.
std::string relative_to(const std::string& folder, const std::string& path) {
  return printable(path.starts_with(folder + "/") ? path.substr(folder.size() + 1) : path);
}

// Whether all was there that cargo prints of every workspace and package; else it is noted, and read no further. To be
// asked before what is declared is read, which takes a problem for one of its own.
bool is_whole(Config& config, json::Document& document) {
  auto problem = document.take_problem();
  if (problem) config.ignored.push_back(std::move(*problem).in("cargo metadata"));
  return !problem;
}

bool read_workspace(Config& config, const Environment& environment, json::Document& document) {
  const auto folder = document.root().need("workspace_root").text();
  const auto metadata = document.root().find("metadata");
  if (!is_whole(config, document)) return false;
  if (!metadata.is_object()) return true;
  const auto ours = metadata.find("memguard");
  if (ours.missing() || !may_count(config, environment, folder + "/Cargo.toml")) return true;
  CargoLayer(config, environment, document).read_workspace({ours, "Cargo.toml: workspace.metadata.memguard"});
  return true;
}

void read_package(Config& config, const Environment& environment, json::Document& document,
                  const json::Value& package) {
  const auto metadata = package.find("metadata");
  if (!is_whole(config, document) || !metadata.is_object()) return;
  const auto ours = metadata.find("memguard");
  if (ours.missing()) return;
  const auto manifest = package.need("manifest_path").text();
  const auto name = package.need("name").text();
  // Without its name what it declares would hold for every package.
  if (!is_whole(config, document)) return;
  const auto folder = document.root().find("workspace_root").text();
  if (!may_count(config, environment, manifest)) return;
  const auto origin = relative_to(folder, manifest) + ": package.metadata.memguard";
  CargoLayer(config, environment, document).read_package({ours, origin}, name);
}

}  // namespace

void add_cargo_metadata(Config& config, const Environment& environment, std::string_view text) {
  auto document = json::Document::parse(text);
  if (!document) return config.ignored.push_back(std::move(document.error()).in("cargo metadata"));
  if (!read_workspace(config, environment, *document)) return;
  const auto packages = document->root().need("packages");
  for (std::size_t i = 0; i < packages.size(); ++i) read_package(config, environment, *document, packages.at(i));
  static_cast<void>(is_whole(config, *document));
}

}  // namespace memguard::config

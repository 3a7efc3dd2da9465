#include "cargo/manifests.h"

#include <glob.h>

#include <filesystem>
#include <set>
#include <string_view>
#include <vector>

#include "cargo/toml.h"

namespace memguard::cargo {
namespace {

namespace fs = std::filesystem;

constexpr const char* kManifest = "Cargo.toml";

// A folder's name taken for itself, and not for a pattern.
std::string as_itself(std::string_view path) {
  std::string text;
  for (const char c : path) {
    if (std::string_view("*?[]\\").find(c) != std::string_view::npos) text += '\\';
    text += c;
  }
  return text;
}

std::vector<std::string> files_like(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> files;
  if (::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) == 0)
    files.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  return files;
}

class Search {
 public:
  explicit Search(const Surroundings& surroundings) : surroundings_(surroundings) {}

  void add(const fs::path& manifest) {
    const std::string path = manifest.lexically_normal().string();
    if (known_.insert(path).second) left_.push_back(path);
  }

  bool finds_memguard() {
    while (!left_.empty() && !found_) {
      const std::string manifest = std::move(left_.back());
      left_.pop_back();
      look_into(manifest);
    }
    return found_;
  }

 private:
  void look_into(const std::string& manifest) {
    const auto text = surroundings_.read_file(manifest);
    if (!text) return;
    found_ = text->find("memguard") != std::string::npos;
    if (found_) return;
    if (const auto parsed = parse_toml(*text)) follow(*parsed, "", fs::path(manifest).parent_path());
  }

  void follow(const toml::node& node, std::string_view key, const fs::path& folder) {
    if (const auto* table = node.as_table()) {
      for (const auto& [name, value] : *table) follow(value, name, folder);
    } else if (const auto* array = node.as_array()) {
      for (const auto& value : *array) follow(value, key, folder);
    } else if (const auto* text = node.as_string(); text != nullptr && leads_to_manifests(key)) {
      follow_path(text->get(), folder);
    }
  }

  static bool leads_to_manifests(std::string_view key) {
    return key == "path" || key == "members" || key == "workspace";
  }

  void follow_path(const std::string& path, const fs::path& folder) {
    // It stands for any depth, which glob(3) does not know. A needless question costs less than the search.
    found_ = found_ || path.find("**") != std::string::npos;
    const fs::path pattern = fs::path(as_itself(folder.string())) / path / kManifest;
    for (const auto& manifest : files_like(pattern.string())) add(manifest);
  }

  const Surroundings& surroundings_;
  std::set<std::string> known_;
  std::vector<std::string> left_;
  bool found_ = false;
};

}  // namespace

bool mention_memguard(const Surroundings& surroundings, const std::string& start) {
  Search search(surroundings);
  const fs::path path = fs::path(start).lexically_normal();
  if (path.extension() == ".toml") search.add(path);
  for (fs::path folder = path;; folder = folder.parent_path()) {
    search.add(folder / kManifest);
    if (folder == folder.parent_path()) break;
  }
  return search.finds_memguard();
}

}  // namespace memguard::cargo

#include "cargo/rustc_wrapper.h"

#include <optional>
#include <string_view>
#include <vector>

#include "cargo/toml.h"

namespace memguard::cargo {
namespace {

// Relative only when it is a path: what has no slash is a program in PATH.
std::string resolved(const std::string& wrapper, const std::string& folder) {
  const bool relative = wrapper.find('/') != std::string::npos && wrapper.front() != '/';
  return relative && !folder.empty() ? folder + "/" + wrapper : wrapper;
}

const std::string* variable(const Surroundings& surroundings, const std::string& name) {
  const auto found = surroundings.variables.find(name);
  return found == surroundings.variables.end() ? nullptr : &found->second;
}

std::optional<std::string> wrapper_in(const Surroundings& surroundings, const std::string& file) {
  const auto text = surroundings.read_file(file);
  if (!text) return std::nullopt;
  const auto parsed = parse_toml(*text);
  if (!parsed) return std::nullopt;
  return (*parsed)["build"]["rustc-wrapper"].value<std::string>();
}

// The folders that may hold configuration, with what relative paths in it start from: nearest first, cargo's home last.
std::vector<std::string> configured_folders(const Surroundings& surroundings) {
  std::vector<std::string> folders;
  std::string folder = surroundings.working_directory;
  while (!folder.empty()) {
    folders.push_back((folder == "/" ? "" : folder) + "/.cargo");
    if (folder == "/") break;
    const auto slash = folder.rfind('/');
    folder.resize(slash == 0 ? 1 : slash);
  }
  const std::string* cargo_home = variable(surroundings, "CARGO_HOME");
  const std::string* home = variable(surroundings, "HOME");
  if (cargo_home != nullptr && !cargo_home->empty()) {
    const bool absolute = cargo_home->front() == '/';
    folders.push_back(absolute ? *cargo_home : surroundings.working_directory + "/" + *cargo_home);
  } else if (home != nullptr && !home->empty()) {
    folders.push_back(*home + "/.cargo");
  }
  return folders;
}

std::string parent_of(const std::string& folder) { return folder.substr(0, folder.rfind('/')); }

}  // namespace

std::string rustc_wrapper(const Surroundings& surroundings) {
  for (const char* name : {"RUSTC_WRAPPER", "CARGO_BUILD_RUSTC_WRAPPER"}) {
    const std::string* wrapper = variable(surroundings, name);
    if (wrapper == nullptr) continue;
    return wrapper->empty() ? std::string() : resolved(*wrapper, surroundings.working_directory);
  }
  for (const std::string& folder : configured_folders(surroundings)) {
    // Cargo takes the one without an ending where both are there.
    for (const char* name : {"/config", "/config.toml"}) {
      const auto wrapper = wrapper_in(surroundings, folder + name);
      if (wrapper) return wrapper->empty() ? std::string() : resolved(*wrapper, parent_of(folder));
    }
  }
  return {};
}

}  // namespace memguard::cargo

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

std::optional<std::string> wrapper_said_by(std::string_view text) {
  const auto parsed = parse_toml(text);
  if (!parsed) return std::nullopt;
  return (*parsed)["build"]["rustc-wrapper"].value<std::string>();
}

std::optional<std::string> wrapper_in(const Surroundings& surroundings, const std::string& file) {
  const auto text = surroundings.read_file(file);
  return text ? wrapper_said_by(*text) : std::nullopt;
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

std::optional<std::string> wrapper_of_variable(const Surroundings& surroundings, const std::string& name) {
  const std::string* wrapper = variable(surroundings, name);
  if (wrapper == nullptr) return std::nullopt;
  return wrapper->empty() ? std::string() : resolved(*wrapper, surroundings.working_directory);
}

// Those of `--config`, in their order. What follows `--` is the built program's own.
std::vector<std::string> config_options(const std::vector<std::string>& command) {
  constexpr std::string_view kOption = "--config";
  std::vector<std::string> options;
  for (std::size_t i = 1; i < command.size() && command[i] != "--"; ++i) {
    const std::string& word = command[i];
    if (word == kOption && i + 1 < command.size()) options.push_back(command[++i]);
    if (word.starts_with(kOption) && word.substr(kOption.size()).starts_with('='))
      options.push_back(word.substr(kOption.size() + 1));
  }
  return options;
}

// Cargo takes it for a file where there is one of that name (src/cargo/util/context, cli_args_as_table). What a file
// says is relative to the folder above its own, as if that were a `.cargo`.
std::optional<std::string> wrapper_of_option(const Surroundings& surroundings, const std::string& option) {
  const std::string file = option.starts_with('/') ? option : surroundings.working_directory + "/" + option;
  if (const auto text = surroundings.read_file(file)) {
    const auto wrapper = wrapper_said_by(*text);
    return wrapper && !wrapper->empty() ? resolved(*wrapper, parent_of(parent_of(file))) : wrapper;
  }
  const auto wrapper = wrapper_said_by(option);
  return wrapper && !wrapper->empty() ? resolved(*wrapper, surroundings.working_directory) : wrapper;
}

}  // namespace

std::string rustc_wrapper(const Surroundings& surroundings, const std::vector<std::string>& command) {
  if (const auto wrapper = wrapper_of_variable(surroundings, "RUSTC_WRAPPER")) return *wrapper;
  auto options = config_options(command);
  for (auto option = options.rbegin(); option != options.rend(); ++option) {
    if (const auto wrapper = wrapper_of_option(surroundings, *option)) return *wrapper;
  }
  if (const auto wrapper = wrapper_of_variable(surroundings, "CARGO_BUILD_RUSTC_WRAPPER")) return *wrapper;
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

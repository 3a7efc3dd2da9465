// Surroundings made by a test: files in a map, no HOME of anybody's.
#pragma once

#include <cerrno>
#include <map>
#include <set>
#include <string>

#include "config/config.h"

namespace memguard::config {

struct FakeFiles {
  std::map<std::string, std::string> text;
  /// These cannot be read.
  std::map<std::string, int> errors;
  std::set<std::string> foreign;
};

/// HOME is /home/ann, the working directory /home/ann/project/crate. `files` must outlive what is returned.
inline Environment fake_environment(const FakeFiles& files, std::map<std::string, std::string> variables = {}) {
  variables.emplace("HOME", "/home/ann");
  Environment environment;
  environment.variables = std::move(variables);
  environment.working_directory = "/home/ann/project/crate";
  environment.read_file = [&files](const std::string& path) -> Result<std::string> {
    if (const auto error = files.errors.find(path); error != files.errors.end())
      return fail("open " + path, error->second);
    const auto found = files.text.find(path);
    if (found == files.text.end()) return fail("open " + path, ENOENT);
    return found->second;
  };
  environment.read_owned_file = [&files, read = environment.read_file](const std::string& path) -> Result<OwnedText> {
    auto text = read(path);
    if (!text) return pass(std::move(text.error()));
    return OwnedText{std::move(*text), files.foreign.contains(path)};
  };
  environment.foreign = [&files](const std::string& path) { return files.foreign.contains(path); };
  return environment;
}

}  // namespace memguard::config

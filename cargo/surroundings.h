// What cargo finds its configuration and its manifests by: a snapshot, so that tests need no real HOME.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/result.h"

namespace memguard::cargo {

struct Surroundings {
  /// The environment variables by name.
  std::map<std::string, std::string> variables;
  /// Absolute; empty when it was removed.
  std::string working_directory;
  /// The text of a file; an error for whatever cannot be read.
  std::function<Result<std::string>(const std::string& path)> read_file;
};

}  // namespace memguard::cargo

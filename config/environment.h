// Where configuration is read from: a snapshot of the surroundings, so that tests need no real HOME.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/result.h"

namespace memguard::config {

struct Environment {
  /// The environment variables by name.
  std::map<std::string, std::string> variables;
  /// Absolute; empty when the working directory was removed: then there is no project file.
  std::string working_directory;
  /// The text of a regular file. ENOENT when there is none, also when a folder above it may not be searched, so that
  /// nobody can tell.
  std::function<Result<std::string>(const std::string& path)> read_file;
  /// True when the file belongs neither to us nor to root nor to the owner of the working directory. The search for a
  /// project file goes upward, and in /tmp anyone could lay one in the way.
  std::function<bool(const std::string& path)> foreign;
};

/// The real one.
[[nodiscard]] Environment system_environment();

}  // namespace memguard::config

// Where configuration is read from: a snapshot of the surroundings, so that tests need no real HOME.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/result.h"

namespace memguard::config {

/// The text of a file, and whether that is another user's (Environment::foreign).
struct OwnedText {
  std::string text;
  bool foreign = false;
};

struct Environment {
  /// The environment variables by name.
  std::map<std::string, std::string> variables;
  /// Absolute; empty when the working directory was removed: then there is no project file.
  std::string working_directory;
  /// The text of a regular file. ENOENT when there is none, also when a folder above it may not be searched, so that
  /// nobody can tell.
  std::function<Result<std::string>(const std::string& path)> read_file;
  /// The same, and whether it is foreign, both of the file that was opened, whatever stands there by then.
  std::function<Result<OwnedText>(const std::string& path)> read_owned_file;
  /// True when the file, or the link that leads to it, belongs neither to us nor to root, as git sees it
  /// (git-config(1), safe.directory): a project is found upward from the working directory, in /tmp anyone could lay
  /// one in the way, and root must not do as a user says in whose folder it stands. Behind sudo the user who called it
  /// (SUDO_UID) is taken for us, as git does.
  std::function<bool(const std::string& path)> foreign;
};

/// The real one.
[[nodiscard]] Environment system_environment();

}  // namespace memguard::config

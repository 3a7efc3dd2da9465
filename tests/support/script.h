// Programs for tests, written as shell scripts.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

namespace memguard {

/// Makes the file a program of /bin/sh, and returns its path.
inline std::string make_script(const std::string& path, const std::string& text) {
  std::ofstream(path) << "#!/bin/sh\n" << text << '\n';
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  return path;
}

}  // namespace memguard

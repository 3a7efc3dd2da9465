// The random worlds of a test: the same in every run, unless the caller wants others.
#pragma once

#include <cstdlib>
#include <string>

namespace memguard {

/// Has RapidCheck take `count` worlds for each property, or as many as MEMGUARD_SOAK says; nothing where RC_PARAMS is
/// set already ("reproduce=..." of a failure, "seed=7"). For the beginning of the program.
inline int take_same_worlds(const char* count) {
  const char* soak = std::getenv("MEMGUARD_SOAK");
  return ::setenv("RC_PARAMS", (std::string("seed=20250301 max_success=") + (soak ? soak : count)).c_str(), 0);
}

}  // namespace memguard

// What reading a file of a build gives.
#pragma once

#include <string>
#include <vector>

#include "simulate/workloads.h"

namespace memguard::simulate {

/// A build that was read, and what had to be assumed about it.
struct BuildFile {
  Build build;
  /// Sentences for the user; empty for a description, which says everything.
  std::vector<std::string> assumed;
};

}  // namespace memguard::simulate

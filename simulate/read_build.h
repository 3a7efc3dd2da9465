// What reading a file of a build gives.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "simulate/workloads.h"

namespace memguard::simulate {

/// A build that was read, and what had to be assumed about it.
struct BuildFile {
  Build build;
  /// Sentences for the user; empty for a description, which says everything.
  std::vector<std::string> assumed;
  /// What each task was in the report; empty for a description.
  struct Job {
    std::uint32_t id = 0;
    /// Has more threads than it showed, because it found no token free.
    bool given_threads = false;
  };
  std::vector<Job> jobs;
};

}  // namespace memguard::simulate

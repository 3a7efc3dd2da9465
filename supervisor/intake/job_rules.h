// What the user's rules (config::Rule) say of one job.
#pragma once

#include <optional>

#include "config/config.h"
#include "policy/observation.h"
#include "supervisor/area/job_facts.h"

namespace memguard::supervisor {

struct Declared {
  /// What it needs, and where that was said.
  std::optional<Bytes> memory;
  std::string_view origin;
  /// Of a rustc: what the link needs that it starts.
  std::optional<Bytes> link_memory;
  /// The links or tests of which only so many may have memory at once, when it is one of them.
  std::optional<policy::Group> group;
  /// False: it must not run twice.
  bool restart = true;
};

/// `limit`: what the sizes of rules are sizes of. The result points into `config`.
[[nodiscard]] Declared declared_of(const JobFacts& job, const config::Config& config, Bytes limit);

}  // namespace memguard::supervisor

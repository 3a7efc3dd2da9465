// What history has to say about a project: how much memory its builds need, and why.
#pragma once

#include <string>
#include <vector>

#include "history/profile_driver.h"
#include "history/unit_runs.h"

namespace memguard::history {

/// A unit, and what it is expected to need.
struct Need {
  job::Unit unit;
  Bytes expected;
};

/// The most jobs of any kind that fit in a machine together, be they the largest.
struct Fit {
  Bytes memory;
  /// 0: the largest does not fit alone.
  int jobs = 0;
};

/// What to declare for a crate: with a tenth to spare, rounded up to two digits ("1.3GiB"); empty where nothing is
/// known.
struct Declaration {
  std::string crate;
  std::string memory;
  std::string link_memory;
};

/// What to say of a link that is no crate's, in a rule of memguard.json; as a Declaration.
struct LinkRule {
  std::string output;
  std::string memory;
};

/// What a run of memguard must have, in whole MiB, so that jobs that need so much each run side by side: a tenth to
/// spare on them, 64 MiB for what is no job (make, shells, memguard itself), and the twentieth that it leaves of a
/// limit that others have set.
[[nodiscard]] Bytes memory_for(Bytes needs);

struct Advice {
  /// The three units that set the need, the largest first; fewer when there are fewer.
  std::vector<Need> largest;
  /// Without memguard, on this machine and with 8, 16, 32 and 64 GiB, of which one twentieth is left to the system.
  Fit here;
  std::vector<Fit> fits;
  /// What builds need under memguard with one, two, three ... of the largest at once (memory_for). As many as there are
  /// units, at most 1,024.
  std::vector<Bytes> for_jobs;
  /// With `jobs` at once; `for_jobs` is not empty.
  [[nodiscard]] Bytes memory_with(std::size_t jobs) const;
  /// True where all units fit together: any -j would do.
  [[nodiscard]] bool all_fit(const Fit& fit) const { return fit.jobs == units; }
  /// So many there are. Units that differ only in version, profile or compiler are not built together: they count once,
  /// at their largest.
  int units = 0;
  /// Of the crates among `largest`.
  std::vector<Declaration> declare;
  /// Of the links among `largest` that cargo knows nothing of: make's, ninja's.
  std::vector<LinkRule> rules;
  /// Settings that change the need by a tenth or more, the one that saves most first.
  std::vector<Driver> drivers;
};

/// `units` in any order. `machine` is what this machine, or a limit above us, has; 0 when that is not known.
[[nodiscard]] Advice advise(const std::vector<UnitRuns>& units, Bytes machine = {});

}  // namespace memguard::history

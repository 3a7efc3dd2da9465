// How a build gets more memory: that depends on who set its limit.
#pragma once

#include <string>
#include <string_view>

#include "base/units.h"
#include "report/limit_origin.h"
#include "report/run_report.h"

namespace memguard::report {

/// How a build gets more of the machine's memory, to follow "Give it more": others end, the user keeps less free for
/// them, or the machine is a larger one.
[[nodiscard]] std::string how_to_get_of_machine(const LimitOrigin& origin);

/// The limit of a run, while it lasts or at its end.
struct RunningLimit {
  Bytes limit;
  /// That of a pod or container above, which cannot be read, as far as it showed; unlimited when it did not.
  Bytes hidden = Bytes::unlimited();
  LimitOrigin origin;
};

/// How the build gets more memory, to follow "Give it more": ": raise memory.max of /sys/fs/cgroup/ci (a unit,
/// container, pod or batch job sets it)", or `by_user` where the user alone decides, such as " with --memory".
/// Printable.
[[nodiscard]] std::string how_to_get_more(const RunningLimit& limit, std::string_view by_user);

/// The same for the build of this run, by --memory. `wanted` is how much it wants in all, where that is known:
/// ": memguard run --memory 1229MiB".
[[nodiscard]] std::string how_to_get_more(const RunReport& run, Bytes wanted = {});
/// The same for a job that was killed for memory, but not at the build's own limit. To keep less free would not help:
/// the machine had none left.
[[nodiscard]] std::string how_to_get_more_above(const RunReport& run);

}  // namespace memguard::report

// The files of cgroup v1 and v2, mountinfo, and our own line in /proc/self/cgroup.
#include "cgroup/group.h"
#include "cgroup/limits.h"
#include "cgroup/location.h"
#include "input.h"

namespace {

using namespace memguard;

void locate(std::string_view text, std::string_view controller) {
  const auto own = cgroup::parse_own_path(text, controller);
  for (const auto& mount : cgroup::parse_mounts(text, controller)) {
    for (const std::string& path : {std::string("/a/b"), own.value_or("/"), std::string(text.substr(0, 30))}) {
      const auto folder = cgroup::directory_of(mount, path);
      fuzz::require(!folder || folder->starts_with(mount.point), "what a mount shows is below it");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  if (const auto stat = cgroup::parse_memory_stat(text)) {
    static_cast<void>(stat->unreclaimable());
    static_cast<void>(stat->reclaimable());
    static_cast<void>(stat->held());
  }
  static_cast<void>(cgroup::parse_memory_events(text));
  static_cast<void>(cgroup::parse_cgroup_events(text));
  if (const auto pids = cgroup::parse_procs(text))
    for (const pid_t pid : *pids) fuzz::require(pid > 0, "a pid is one that can be signalled alone");
  static_cast<void>(cgroup::parse_limit(text));
  static_cast<void>(cgroup::parse_limit_v1(text));
  static_cast<void>(cgroup::parse_controllers(text));
  static_cast<void>(cgroup::is_run_name(text));
  locate(text, {});
  locate(text, "memory");
  return 0;
}

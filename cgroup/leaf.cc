// What the leaves of jobs are called.
#include <fmt/format.h>

#include "base/io.h"
#include "cgroup/leaf.h"

namespace memguard::cgroup {
namespace {

constexpr std::string_view kPrefix = "job-";

}  // namespace

std::string leaf_name(int number) { return fmt::format("{}{}", kPrefix, number); }

std::optional<int> leaf_number(std::string_view name) {
  return name.starts_with(kPrefix) ? to_number<int>(name.substr(kPrefix.size())) : std::nullopt;
}

Result<Group> open_leaf(const Group& build, int number) { return build.open(leaf_name(number)); }

}  // namespace memguard::cgroup

#include "report/more_memory.h"

#include <fmt/format.h>

#include "base/printable.h"

namespace memguard::report {
namespace {

constexpr std::string_view kEndOthers = ": end what else runs here, or take a machine with more memory";
// A path may have as many letters (linux/limits.h).
constexpr std::size_t kLongestPath = 4096;
// What a limit leaves of what its group allows is a margin; more is in use by others.
constexpr double kMargin = 0.2;

RunningLimit limit_of(const RunReport& run) {
  return {run.limit, run.hidden_limit > Bytes{} ? run.hidden_limit : Bytes::unlimited(), run.limit_origin};
}

// ": raise memory.max of /ci by 400 MiB (...)", where it is known how much is wanted.
std::string raise_group(const RunningLimit& limit, Bytes wanted) {
  const LimitOrigin& origin = limit.origin;
  const std::string by = wanted > limit.limit ? " by " + to_text(wanted - limit.limit) : "";
  const bool others = origin.setter == LimitSetter::group && limit.limit < (1 - kMargin) * origin.most;
  return fmt::format(": raise {}{} (a unit, container, pod or batch job sets it){}",
                     printable(origin.group, kLongestPath), by, others ? ", or end what else runs below it" : "");
}

// Who keeps the build from having so much.
LimitSetter bound_by(const RunningLimit& limit, Bytes wanted) {
  const LimitOrigin& origin = limit.origin;
  if (origin.setter != LimitSetter::user) return origin.setter;
  const Bytes most = origin.group.empty() ? origin.most - origin.kept_free : origin.most;
  if (limit.limit < most && wanted <= most) return LimitSetter::user;
  return origin.group.empty() ? LimitSetter::machine : LimitSetter::group;
}

std::string how_to_get(const RunningLimit& limit, Bytes wanted, std::string_view by_user) {
  if (limit.hidden < limit.limit)
    return ": raise the limit above it, of a pod or container, which cannot be read from here";
  switch (bound_by(limit, wanted)) {
    case LimitSetter::group:
      return raise_group(limit, wanted);
    case LimitSetter::machine:
      return how_to_get_of_machine(limit.origin);
    case LimitSetter::user:
      return std::string(by_user);
  }
  return std::string(by_user);
}

}  // namespace

std::string how_to_get_of_machine(const LimitOrigin& origin) {
  if (origin.kept_free == Bytes{}) return std::string(kEndOthers);
  return fmt::format(
      ": keep less than {} free (--keep-free), end what else runs here, or take a machine with more memory",
      to_text(origin.kept_free));
}

std::string how_to_get_more(const RunningLimit& limit, std::string_view by_user) {
  return how_to_get(limit, {}, by_user);
}

std::string how_to_get_more(const RunReport& run, Bytes wanted) {
  if (wanted == Bytes{}) return how_to_get(limit_of(run), {}, " with --memory");
  return how_to_get(limit_of(run), wanted,
                    fmt::format(": memguard run --memory {}MiB", (wanted.count + (1 << 20) - 1) >> 20));
}

std::string how_to_get_more_above(const RunReport& run) {
  if (!run.limit_origin.group.empty()) return raise_group(limit_of(run), {});
  if (run.limit_origin.setter == LimitSetter::machine) return std::string(kEndOthers);
  return ": raise the limit above it, or take a machine with more memory";
}

}  // namespace memguard::report

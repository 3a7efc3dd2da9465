#include "report/more_memory.h"

#include <fmt/format.h>

#include "base/printable.h"
#include "report/run_report.h"

namespace memguard::report {
namespace {

// A path may have as many letters (linux/limits.h).
constexpr std::size_t kLongestPath = 4096;
// What a limit leaves of what its group allows is a margin; more is in use by others.
constexpr double kMargin = 0.2;

// ": raise memory.max of /ci by 400 MiB (...)", where it is known how much is wanted.
std::string raise_group(const RunReport& run, Bytes wanted) {
  const LimitOrigin& origin = run.limit_origin;
  const std::string by = wanted > run.limit ? " by " + to_text(wanted - run.limit) : "";
  const bool others = origin.setter == LimitSetter::group && run.limit < (1 - kMargin) * origin.most;
  return fmt::format(": raise {}{} (a unit, container, pod or batch job sets it){}",
                     printable(origin.group, kLongestPath), by, others ? ", or end what else runs below it" : "");
}

// Who keeps the build from having so much.
LimitSetter bound_by(const RunReport& run, Bytes wanted) {
  const LimitOrigin& origin = run.limit_origin;
  if (origin.setter != LimitSetter::user) return origin.setter;
  if (run.limit < origin.most && wanted <= origin.most) return LimitSetter::user;
  return origin.group.empty() ? LimitSetter::machine : LimitSetter::group;
}

}  // namespace

std::string how_to_get_more(const RunReport& run, Bytes wanted) {
  if (run.hidden_limit > Bytes{} && run.hidden_limit < run.limit)
    return ": raise the limit above it, of a pod or container, which cannot be read from here";
  switch (bound_by(run, wanted)) {
    case LimitSetter::group:
      return raise_group(run, wanted);
    case LimitSetter::machine:
      return std::string(kEndOthers);
    case LimitSetter::user:
      break;
  }
  if (wanted == Bytes{}) return " with --memory";
  return fmt::format(": memguard run --memory {}MiB", (wanted.count + (1 << 20) - 1) >> 20);
}

std::string how_to_get_more_above(const RunReport& run) {
  if (!run.limit_origin.group.empty()) return raise_group(run, {});
  if (run.limit_origin.setter == LimitSetter::machine) return std::string(kEndOthers);
  return ": raise the limit above it, or take a machine with more memory";
}

}  // namespace memguard::report

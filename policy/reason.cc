#include <string_view>

#include <fmt/format.h>

#include "policy/decision.h"

namespace memguard::policy {

std::string_view to_text(Cause cause) {
  switch (cause) {
    case Cause::fits:
      return "fits";
    case Cause::nothing_runs:
      return "nothing else runs";
    case Cause::oldest_family:
      return "the oldest always runs";
    case Cause::stalled:
      return "what runs makes no progress and may wait for it";
    case Cause::no_room:
      return "no room";
    case Cause::beside_frozen:
      return "nothing new starts beside a frozen job";
    case Cause::waits_for_oldest:
      return "an older job has waited long enough";
    case Cause::growth:
      return "growth does not fit";
    case Cause::pressure:
      return "the build stands still for memory";
    case Cause::last_one_running:
      return "one runs alone and may have all of the limit";
    case Cause::several_running:
      return "several run";
    case Cause::trip_wire_hit:
      return "memory stays at the trip wire";
    case Cause::wall_ahead:
      return "the oldest is about to hit the limit";
    case Cause::killed_twice:
      return "an older job was killed for memory twice and runs alone";
    case Cause::group_full:
      return "as many of its kind run as link-jobs or test-jobs allows";
    case Cause::just_started:
      return "another has just started";
    case Cause::processors_busy:
      return "all processors are busy, and one more would only take memory";
    case Cause::peaks_apart:
      return "its peak comes when others have had theirs";
    case Cause::peaks_together:
      return "its peak comes with that of others";
    case Cause::older_waits:
      return "an older job needs the memory";
    case Cause::asked:
      return "you asked for it";
    case Cause::no_restart:
      return "nobody would start it again";
  }
  return "unknown";
}

std::string to_text(const Reason& why) {
  const std::string need = why.need.count > 0 ? fmt::format(" and {} needed", to_text(why.need)) : std::string();
  return fmt::format("{}: {} used, {} reserved{}, of {}; {} run, {} frozen, {} held", to_text(why.cause),
                     to_text(why.used), to_text(why.reserved), need, to_text(why.limit), why.running, why.frozen,
                     why.held);
}

}  // namespace memguard::policy

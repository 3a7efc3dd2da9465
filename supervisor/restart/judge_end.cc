#include "supervisor/restart/judge_end.h"

#include <csignal>

namespace memguard::supervisor {
namespace {

using report::Killer;
using report::Outcome;

// TERM and KILL are ours. One that is still to die, or was waited for by the front meanwhile, shows no status.
bool ended_by_itself(const EndSigns& signs) {
  return signs.seen && signs.dead && signs.signal != SIGKILL && signs.signal != SIGTERM;
}

Outcome without_memory(const EndSigns& signs) { return signs.signal != 0 ? Outcome::killed : Outcome::done; }

JobEnd judge_kill(const EndSigns& signs, Killer killer) {
  const bool by_kernel = killer != Killer::none;
  const bool collateral = !by_kernel && signs.signal != 0 && signs.family_lost;
  if (!by_kernel && !collateral)
    return {.outcome = without_memory(signs), .killer = signs.signal != 0 ? Killer::somebody : Killer::none};
  JobEnd end{.outcome = Outcome::oom_restarted, .killer = killer, .for_memory = by_kernel};
  // The user gave it up before: there is nothing to lose.
  if (signs.interrupted) {
    end.outcome = Outcome::killed;
  } else if (!signs.shim_asks) {
    end.outcome = Outcome::oom;
  } else {
    // A rustc that waits for its dead linker would only say so, and fail.
    end.rest_waits = by_kernel && signs.signal != 0;
  }
  return end;
}

}  // namespace

JobEnd judge_end(const EndSigns& signs, const std::function<Killer()>& killed_by) {
  if (signs.killing && !signs.evicted && !ended_by_itself(signs))
    return {.outcome = Outcome::killed, .killer = Killer::memguard};
  if (signs.seen && signs.signal != SIGKILL) return {.outcome = without_memory(signs)};
  // Whoever waited for it was faster than we. Of a build that was told to end most have not ended by themselves.
  if (!signs.seen && signs.interrupted && !signs.evicted) return {.outcome = Outcome::killed};
  if (signs.evicted) return {.outcome = Outcome::evicted};
  return judge_kill(signs, killed_by());
}

}  // namespace memguard::supervisor

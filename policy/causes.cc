#include "policy/causes.h"

#include <algorithm>
#include <array>

namespace memguard::policy {
namespace {

constexpr std::array kWords = std::to_array<CauseWords>({
    {Cause::fits, "fits", "fits", "there was memory for it"},
    {Cause::nothing_runs, "nothing_runs", "nothing else runs", "nothing else ran"},
    {Cause::oldest_family, "oldest_family", "the oldest always runs", "it was the oldest, and the oldest always runs"},
    {Cause::stalled, "stalled", "what runs makes no progress and may wait for it",
     "what ran made no progress and may have waited for it"},
    {Cause::no_room, "no_room", "no room", "there was not enough memory left for it"},
    {Cause::beside_frozen, "beside_frozen", "nothing new starts beside a frozen job",
     "an older job was frozen, and nothing new starts beside it"},
    {Cause::waits_for_oldest, "waits_for_oldest", "an older job has waited long enough",
     "an older job had waited long enough and came first"},
    {Cause::growth, "growth", "growth does not fit",
     "there was not enough memory for what the running jobs would still grow by"},
    {Cause::pressure, "pressure", "the build stands still for memory", "the build stood still for memory"},
    {Cause::last_one_running, "last_one_running", "one runs alone and may have all of the limit",
     "one job ran alone and may have all memory"},
    {Cause::several_running, "several_running", "several run", "several jobs ran again"},
    {Cause::trip_wire_hit, "trip_wire_hit", "memory stays at the trip wire",
     "memory stayed at memory.high, where the kernel slows every job down"},
    {Cause::wall_ahead, "wall_ahead", "the oldest is about to hit the limit",
     "the oldest job was about to reach the limit and needed its memory"},
    {Cause::killed_twice, "killed_twice", "an older job was killed for memory twice and runs alone",
     "an older job was killed for memory twice and had to run alone"},
    {Cause::group_full, "group_full", "as many of its kind run as link-jobs or test-jobs allows",
     "as many of its kind ran as link-jobs or test-jobs allows"},
    {Cause::just_started, "just_started", "another has just started",
     "another job had just started, and what that needs was not known yet"},
    {Cause::processors_busy, "processors_busy", "processors are busy: it would only take memory",
     "all processors were busy, and one job more would only have taken memory"},
    {Cause::peaks_apart, "peaks_apart", "its peak comes when others have had theirs",
     "it needs most of its memory when the others have had theirs"},
    {Cause::peaks_together, "peaks_together", "its peak comes with that of others",
     "it needs most of its memory when the others do"},
    {Cause::older_waits, "older_waits", "an older job needs the memory", "an older job needed the memory"},
    {Cause::asked, "asked", "you asked for it", "you asked for it"},
    {Cause::no_restart, "no_restart", "nobody would start it again", "nobody would have started it again"},
});

constexpr bool are_in_order() {
  for (std::size_t i = 0; i < kWords.size(); ++i) {
    if (kWords.at(i).cause != static_cast<Cause>(i)) return false;
  }
  return true;
}
static_assert(are_in_order() && kWords.back().cause == kLastCause, "each cause has its words, at its place");

}  // namespace

std::span<const CauseWords> all_causes() { return kWords; }

const CauseWords& words_of(Cause cause) { return kWords.at(static_cast<std::size_t>(cause)); }

const CauseWords* cause_called(std::string_view word) {
  const auto* const found = std::ranges::find(kWords, word, &CauseWords::word);
  return found == kWords.end() ? nullptr : found;
}

std::string_view sentence_of(std::string_view word) {
  const CauseWords* known = cause_called(word);
  return known == nullptr ? word : known->sentence;
}

}  // namespace memguard::policy

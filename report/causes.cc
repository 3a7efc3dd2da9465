#include "report/causes.h"

#include <algorithm>
#include <array>
#include <utility>

namespace memguard::report {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 20> kSentences{{
    {"fits", "there was memory for it"},
    {"nothing_runs", "nothing else ran"},
    {"oldest_family", "it was the oldest, and the oldest always runs"},
    {"stalled", "what ran made no progress and may have waited for it"},
    {"no_room", "there was not enough memory left for it"},
    {"beside_frozen", "an older job was frozen, and nothing new starts beside it"},
    {"waits_for_oldest", "an older job had waited long enough and came first"},
    {"growth", "there was not enough memory for what the running jobs would still grow by"},
    {"pressure", "the build stood still for memory"},
    {"last_one_running", "one job ran alone and may have all memory"},
    {"several_running", "several jobs ran again"},
    {"trip_wire_hit", "memory stayed at memory.high, where the kernel slows every job down"},
    {"wall_ahead", "the oldest job was about to reach the limit and needed its memory"},
    {"killed_twice", "an older job was killed for memory twice and had to run alone"},
    {"group_full", "as many of its kind ran as link-jobs or test-jobs allows"},
    {"just_started", "another job had just started, and what that needs was not known yet"},
    {"processors_busy", "memory was short and all processors were busy anyway"},
    {"peaks_apart", "it needs most of its memory when the others have had theirs"},
    {"peaks_together", "it needs most of its memory when the others do"},
    {"older_waits", "an older job needed the memory"},
}};

}  // namespace

std::string_view sentence_of(std::string_view cause) {
  const auto* const found = std::ranges::find(kSentences, cause, &std::pair<std::string_view, std::string_view>::first);
  return found == kSentences.end() ? cause : found->second;
}

}  // namespace memguard::report

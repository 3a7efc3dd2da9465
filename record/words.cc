#include "record/words.h"

#include <array>
#include <cstddef>

namespace memguard::record {
namespace {

using policy::Cause;
using policy::JobState;
using policy::PredictedBy;
using policy::Wish;

constexpr std::array kCauses{
    Cause::fits,         Cause::nothing_runs,     Cause::oldest_family,    Cause::stalled,
    Cause::no_room,      Cause::beside_frozen,    Cause::waits_for_oldest, Cause::growth,
    Cause::pressure,     Cause::last_one_running, Cause::several_running,  Cause::trip_wire_hit,
    Cause::wall_ahead,   Cause::killed_twice,     Cause::older_waits,      Cause::group_full,
    Cause::just_started, Cause::processors_busy,  Cause::peaks_apart,      Cause::peaks_together,
    Cause::asked,        Cause::no_restart};
constexpr std::array kSources{PredictedBy::model, PredictedBy::history, PredictedBy::user};
constexpr std::array kWishes{Wish::none, Wish::go, Wish::stop, Wish::evict};
constexpr std::array kStates{JobState::waiting, JobState::running, JobState::frozen};

template <class Values>
auto find_word(const Values& values, std::string_view text) -> std::optional<typename Values::value_type> {
  for (const auto value : values) {
    if (word(value) == text) return value;
  }
  return std::nullopt;
}

}  // namespace

// Without a default: the compiler names a cause that has no word.
std::string_view word(Cause cause) {
  switch (cause) {
    case Cause::fits:
      return "fits";
    case Cause::nothing_runs:
      return "nothing_runs";
    case Cause::oldest_family:
      return "oldest_family";
    case Cause::stalled:
      return "stalled";
    case Cause::no_room:
      return "no_room";
    case Cause::beside_frozen:
      return "beside_frozen";
    case Cause::waits_for_oldest:
      return "waits_for_oldest";
    case Cause::growth:
      return "growth";
    case Cause::pressure:
      return "pressure";
    case Cause::last_one_running:
      return "last_one_running";
    case Cause::several_running:
      return "several_running";
    case Cause::trip_wire_hit:
      return "trip_wire_hit";
    case Cause::wall_ahead:
      return "wall_ahead";
    case Cause::killed_twice:
      return "killed_twice";
    case Cause::group_full:
      return "group_full";
    case Cause::just_started:
      return "just_started";
    case Cause::processors_busy:
      return "processors_busy";
    case Cause::peaks_apart:
      return "peaks_apart";
    case Cause::peaks_together:
      return "peaks_together";
    case Cause::older_waits:
      return "older_waits";
    case Cause::asked:
      return "asked";
    case Cause::no_restart:
      return "no_restart";
  }
  return "unknown";
}

std::optional<Cause> cause_of(std::string_view text) { return find_word(kCauses, text); }

std::string_view word(Wish wish) {
  switch (wish) {
    case Wish::none:
      return "none";
    case Wish::go:
      return "go";
    case Wish::stop:
      return "stop";
    case Wish::evict:
      return "evict";
  }
  return "unknown";
}

std::optional<Wish> wish_of(std::string_view text) { return find_word(kWishes, text); }

std::string_view word(PredictedBy source) {
  switch (source) {
    case PredictedBy::model:
      return "model";
    case PredictedBy::history:
      return "history";
    case PredictedBy::user:
      return "user";
  }
  return "unknown";
}

std::optional<PredictedBy> predicted_by_of(std::string_view text) { return find_word(kSources, text); }

std::string_view word(JobState state) {
  switch (state) {
    case JobState::waiting:
      return "waiting";
    case JobState::running:
      return "running";
    case JobState::frozen:
      return "frozen";
  }
  return "unknown";
}

std::optional<JobState> state_of(std::string_view text) { return find_word(kStates, text); }

}  // namespace memguard::record

#include "record/words.h"

#include <array>

#include "policy/causes.h"

namespace memguard::record {
namespace {

using policy::Cause;
using policy::JobState;
using policy::PredictedBy;
using policy::Wish;

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

std::string_view word(Cause cause) { return policy::words_of(cause).word; }

std::optional<Cause> cause_of(std::string_view text) {
  const auto* const known = policy::cause_called(text);
  return known == nullptr ? std::nullopt : std::optional(known->cause);
}

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

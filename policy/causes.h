// The words of each cause: one table, which recordings, reports, --explain and `memguard explain` all read.
#pragma once

#include <span>
#include <string_view>

#include "policy/decision.h"

namespace memguard::policy {

struct CauseWords {
  Cause cause;
  /// Of recordings and of `--json`: its name in the source.
  std::string_view word;
  /// What is waited for, after a colon: --explain and `memguard top`.
  std::string_view text;
  /// Told of a job when all is over, after "because": `memguard explain` and the page.
  std::string_view sentence;
};

/// In the order of the enumeration.
[[nodiscard]] std::span<const CauseWords> all_causes();
/// Of one of them.
[[nodiscard]] const CauseWords& words_of(Cause cause);
/// By its word; null where that is none.
[[nodiscard]] const CauseWords* cause_called(std::string_view word);
/// The sentence for a word; the word itself where a later memguard wrote it.
[[nodiscard]] std::string_view sentence_of(std::string_view word);

}  // namespace memguard::policy

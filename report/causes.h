// Why a job waited or ran, in words that a reader of README knows.
#pragma once

#include <string_view>

namespace memguard::report {

/// "there was not enough memory left for it", for the word `no_room`; the word itself where it is not known. Said of a
/// job, after "because".
[[nodiscard]] std::string_view sentence_of(std::string_view cause);

}  // namespace memguard::report

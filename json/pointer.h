// Places in a document, as errors name them.
#pragma once

#include <string>
#include <string_view>

namespace memguard::json {

/// `key` as one step of a JSON pointer (RFC 6901: '~' is ~0 and '/' is ~1), with its '/' in front, made fit to be shown
/// (base/printable.h).
[[nodiscard]] std::string pointer(std::string_view key);

}  // namespace memguard::json

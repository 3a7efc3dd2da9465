// The requests of the status protocol (docs/STATUS.md): one a line, a JSON object.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/units.h"

namespace memguard::status {

/// Of requests and replies.
inline constexpr int kVersion = 1;

/// The longest request with its newline, in bytes. Who sends more is not heard further.
inline constexpr std::size_t kLongestRequest = 4096;

struct Request {
  enum class Kind : std::uint8_t { status, let_go, freeze, evict, limit };
  Kind kind = Kind::status;
  /// For let_go, freeze and evict.
  std::uint32_t job = 0;
  /// For limit.
  Bytes limit;
};

/// Reads a line without its newline. Errors name the place in it, and are printable.
[[nodiscard]] Result<Request> parse_request(std::string_view line);

/// The line, with its newline.
[[nodiscard]] std::string to_line(const Request& request);

}  // namespace memguard::status

// The replies of the status protocol (docs/STATUS.md): one a line, a JSON object.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "status/run_status.h"

namespace memguard::status {

/// What came of a command, in words: "thawed rustc app".
struct Done {
  std::string what;
};
using Reply = std::variant<RunStatus, Done>;

/// One line each, with its newline. Strings that are not UTF-8 come out with replacement characters.
[[nodiscard]] std::string to_line(const RunStatus& run);
/// A line of the protocol.
[[nodiscard]] std::string to_line(const Done& done);
/// That a request is refused, and why.
[[nodiscard]] std::string refusal_line(std::string_view why);

/// Reads a line. A refusal is an error, with the words of whoever refused.
[[nodiscard]] Result<Reply> parse_reply(std::string_view line);

/// "runs" of `memguard status --json`: several runs in one object, with a newline.
[[nodiscard]] std::string to_json(const std::vector<RunStatus>& runs);

}  // namespace memguard::status

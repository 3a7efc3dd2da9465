// Text from outside as JSON. Internal to report/.
#pragma once

#include <string>
#include <string_view>

namespace memguard::report {

/// In quotes, with all but ASCII escaped; U+FFFD for what is no UTF-8.
[[nodiscard]] std::string json_text(std::string_view text);

}  // namespace memguard::report

// A run as one page that needs no network.
#pragma once

#include <string>
#include <vector>

#include "report/findings.h"

namespace memguard::report {

/// HTML with its data, its program (D3, with its licence) and its style in it. Names are printable, and no text from
/// outside is ever taken for markup. Fails where memguard was built without D3, and says how to get it.
[[nodiscard]] Result<std::string> to_html(const RunReport& run, const std::vector<Lane>& lanes, const Findings& found);

/// `text` as text of HTML, also in an attribute.
[[nodiscard]] std::string html_text(std::string_view text);

}  // namespace memguard::report

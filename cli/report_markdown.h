// The report of a run as Markdown.
#pragma once

#include "base/terminal_text.h"
#include "report/findings.h"

namespace memguard::cli {

/// What memory cost, what to change, the largest jobs and those that waited longest: for the summary of a CI job
/// (GitHub Flavored Markdown). Names are escaped: none is markup, a link, or a mention of anybody.
[[nodiscard]] TerminalText report_markdown(const report::RunReport& run, const report::Findings& found);

/// Text that stays what it is in Markdown, in a table as well.
[[nodiscard]] std::string markdown_escaped(std::string_view text);

}  // namespace memguard::cli

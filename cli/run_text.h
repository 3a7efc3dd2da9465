// A run and its jobs as lines for a terminal: what `memguard status` prints and `memguard top` shows. Pure: from values
// to lines.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/terminal_text.h"
#include "status/run_status.h"

namespace memguard::cli {

/// What a terminal can show.
struct Look {
  int width = 80;
  bool utf8 = false;
};

enum class Style : std::uint8_t { plain, strong, dim, running, stopped, warning, chosen };

/// A piece of a line. Its text is printable, so no name drives the terminal.
struct Span {
  TerminalText text;
  Style style = Style::plain;
};
using StyledLine = std::vector<Span>;

/// Any text, made printable, and ASCII where nothing else can be shown: what is measured must be what is shown.
[[nodiscard]] std::string shown(std::string_view text, const Look& look);
/// A span of any text: made printable, and ASCII where nothing else can be shown.
[[nodiscard]] Span span(std::string_view text, const Look& look, Style style = Style::plain);
/// The text of a line, without blanks at its end.
[[nodiscard]] TerminalText text_of(const StyledLine& line);

/// "make -j8                pid 4711, tier freezer, since 75 s", which fits the width; and where it was started.
[[nodiscard]] StyledLine title_line(const status::RunStatus& run, const Look& look);
/// Where it was started.
[[nodiscard]] StyledLine folder_line(const status::RunStatus& run, const Look& look);
/// "memory ####------  570 of 700 MiB used, 130 MiB left".
[[nodiscard]] StyledLine memory_line(const status::RunStatus& run, const Look& look);
/// How many jobs do what, pressure, tokens and swap; as many lines as that takes.
[[nodiscard]] std::vector<StyledLine> state_lines(const status::RunStatus& run, const Look& look);

/// The head of a table of jobs, and a row. `with_reason`: why it waits is in the row, as far as there is room.
[[nodiscard]] StyledLine jobs_head(const Look& look, bool with_reason);
/// A row of the table of jobs.
[[nodiscard]] StyledLine job_line(const status::JobStatus& job, const status::RunStatus& run, const Look& look,
                                  bool with_reason);
/// "no room; waits for link app-b"; empty for a job that runs.
[[nodiscard]] std::string reason_of(const status::JobStatus& job, const status::RunStatus& run);

enum class SortBy : std::uint8_t { state, memory, age, name };
/// "state", "memory", "age", "name".
[[nodiscard]] std::string_view word(SortBy sort);
/// The jobs of a run in order; equal ones by age, so that rows stay where they are.
[[nodiscard]] std::vector<const status::JobStatus*> sorted(const status::RunStatus& run, SortBy sort);

/// All of it, for `memguard status` and `memguard top --once`.
[[nodiscard]] TerminalText run_text(const status::RunStatus& run, const Look& look);

}  // namespace memguard::cli

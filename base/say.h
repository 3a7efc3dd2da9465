// What memguard itself tells: to people on stderr, to whoever asked on stdout. All that memguard writes to a terminal
// goes through here, so that nothing from outside can drive it or forge a line: a line is made printable as a whole,
// and what has several lines is TerminalText.
#pragma once

#include <string_view>

#include "base/result.h"
#include "base/terminal_text.h"

namespace memguard {

/// One line on stderr after "memguard: ", made printable. What cannot be written there (a closed terminal, a pipe that
/// nobody reads, a full disk) is dropped: a build is not ended because nobody can be told of it.
void say(std::string_view line);

/// The same without ever blocking: a line that does not fit at once (a stopped terminal, a full pipe) is dropped.
void say_at_once(std::string_view line);

/// All of `text` on stdout, which only the commands that look something up write to. A reader that went away is EPIPE,
/// no signal.
[[nodiscard]] Status print(const TerminalText& text);

/// The same of what programs read: JSON, whose writer has escaped control characters.
[[nodiscard]] Status print_json(std::string_view json);

}  // namespace memguard

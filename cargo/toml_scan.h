// What a text must not have before toml++ reads it.
#pragma once

#include <string_view>

namespace memguard::cargo {

/// False for a text that toml++ 3.3 and 3.4 must not be given, whoever wrote it:
///  - tables and lists more than 128 deep, the parts of dotted keys counted. Tables are freed by recursion: a key of
///    200,000 parts is past the end of the stack. What cargo knows is not ten deep.
///  - a letter that is not ASCII, outside of strings and comments, or after a line's end that a backslash leaves out.
///    Whether it is a blank is looked up in a table that lacks most of them (is_non_ascii_horizontal_whitespace). So a
///    quote where no string can begin is refused, too.
///  - more than 1 MiB. The parser looks through all tables at a header: 3.6 MB of headers took 3.2 s, 0.9 MB 0.24 s.
/// What is no TOML for another reason is the parser's to refuse.
[[nodiscard]] bool safe_to_parse(std::string_view toml);

}  // namespace memguard::cargo

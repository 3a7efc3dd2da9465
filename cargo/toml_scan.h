// What a text must not have before toml++ reads it.
#pragma once

#include <string_view>

namespace memguard::cargo {

/// False for a text that toml++ 3.3 and 3.4 must not be given, whoever wrote it:
///  - tables and lists more than 128 deep, the parts of dotted keys counted. Tables are freed by recursion: a key of
///    200,000 parts is past the end of the stack. What cargo knows is not ten deep.
///  - more than 1 MiB. The parser looks through all tables at a header: 3.6 MB of headers took 3.2 s, 0.9 MB 0.24 s.
/// What is no TOML for another reason is the parser's to refuse.
[[nodiscard]] bool safe_to_parse(std::string_view toml);

}  // namespace memguard::cargo

// What memguard itself tells: to people on stderr, to whoever asked on stdout.
#pragma once

#include <string_view>

#include "base/result.h"

namespace memguard {

/// One line on stderr after "memguard: ". What cannot be written there (a closed terminal, a pipe that nobody reads, a
/// full disk) is dropped: a build is not ended because nobody can be told of it.
void say(std::string_view line);

/// All of `text` on stdout, which only the commands that look something up write to. A reader that went away is EPIPE,
/// no signal.
[[nodiscard]] Status print(std::string_view text);

}  // namespace memguard

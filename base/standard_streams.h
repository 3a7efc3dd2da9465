// Descriptors 0, 1 and 2 of a program that was started with some of them closed.
#pragma once

#include "base/result.h"

namespace memguard {

/// Puts something in the place of each standard stream that is closed. Without it the next file that is opened gets the
/// number, and what is meant for people is written into it. What is put there is closed again by exec, so that a
/// command finds what its caller gave, and it refuses what the stream is for (EBADF), as the closed one would. To be
/// called before anything is opened. Fails only where not even `/` can be opened.
[[nodiscard]] Status fill_closed_standard_streams();

}  // namespace memguard

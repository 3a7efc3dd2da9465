// Writing a recording: one file for a whole run, whichever supervisor writes to it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace memguard::record {

/// Makes the file empty, or makes it. Writes to it will never wait (a FIFO that nobody reads is ENXIO); they append, so
/// that the next supervisor goes on where a dead one stopped.
[[nodiscard]] Result<UniqueFd> create(const std::string& path);

/// Whether something has been written to the file.
[[nodiscard]] bool has_lines(int fd);

/// Appends all of the text. An error (no room, a reader that is gone or slow) may leave half a line behind, as a dead
/// supervisor may; readers expect that at the end of the file and before a Began with `restarted`.
[[nodiscard]] Status append(int fd, std::string_view text);

}  // namespace memguard::record

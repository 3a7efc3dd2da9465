// Files of the user's, of any size: read and written whole.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace memguard {

/// The whole text of a file, a FIFO or a device, to its end. What is longer than 256 MiB is EFBIG: it is none of ours,
/// or has no end. Errors name the path.
[[nodiscard]] Result<std::string> read_whole(const std::string& path);

/// Writes beside `path` first, syncs and renames: when anything fails, the full disk included, an old file stays as it
/// was. A symbolic link stays and its target is replaced, with its mode. What is no regular file (a FIFO, /dev/null, a
/// terminal, /dev/stderr, /dev/fd/N) is written into; a FIFO without a reader is ENXIO. Errors name the path.
[[nodiscard]] Status write_whole(const std::string& path, std::string_view text);

/// What the user can do about a file that cannot be opened for writing because of this errno.
[[nodiscard]] const char* advice_for_writing(int code);

/// Whether write_whole(path, ...) may be expected to work, as far as that can be told while an old file is left alone:
/// a new one is made beside it and removed. A folder that is missing below the working directory may be made until then
/// (`target` of a first build), any other may not. Errors name the path and what must be.
[[nodiscard]] Status check_writable(const std::string& path);

}  // namespace memguard

// Whole small files, read and written in one call: what control files and /proc need.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "base/result.h"
#include "base/unique_fd.h"

namespace memguard {

/// Opens `path` relative to `dir` (AT_FDCWD for the working directory), always with O_CLOEXEC. `mode` is for O_CREAT.
[[nodiscard]] Result<UniqueFd> open_at(int dir, const std::string& path, int flags, unsigned mode = 0);

/// Opens a regular file for reading; what is none is refused (code 0) without having been opened: a FIFO is not
/// touched, whose writer would take us for its reader, no device is. The name is looked up once.
[[nodiscard]] Result<UniqueFd> open_regular_at(int dir, const std::string& path);
/// The same of a file that is open with O_PATH. `name` is for the error.
[[nodiscard]] Result<UniqueFd> reopen_regular(int path_fd, const std::string& name);

/// The whole text of a small file. Files of /proc and cgroup2 have no size: it reads to the end, at most 1 MiB (more is
/// EFBIG).
[[nodiscard]] Result<std::string> read_at(int dir, const std::string& path);
/// The same of a file that is one record (single_open in fs/proc, as /proc/PID/stat and status), which the kernel gives
/// whole where there is room for it: less than was asked for is the end, and saves a call for each file of each sample.
[[nodiscard]] Result<std::string> read_record_at(int dir, const std::string& path);
/// The text from offset 0 of a file held open: for files read every sample.
[[nodiscard]] Result<std::string> reread(int fd, std::string_view name = "a file held open");
/// The same of a file that is one record.
[[nodiscard]] Result<std::string> reread_record(int fd, std::string_view name = "a file held open");

/// Writes `text` with one write(2), as kernel control files want it. A short write is EIO.
[[nodiscard]] Status write_at(int dir, const std::string& path, std::string_view text);

/// The whole of `text` as a decimal number of type T; nothing when it is anything else or does not fit.
template <class T>
[[nodiscard]] std::optional<T> to_number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace memguard

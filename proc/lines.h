// The texts of /proc and cgroup2: lines of a name and a value. Wanted names are picked out strictly, others skipped.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/units.h"

namespace memguard::proc {

/// The parts of `text` between any of `separators`, empty ones left out.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, std::string_view separators);

/// Fills `values[i]` with the value of the line named `names[i]`, blanks around it taken off; it stays empty when there
/// is no such line. A line is its name, then `separator`, then the value. Refused: a wanted line that comes twice, and
/// a text that does not end with a newline, since the kernel's all do and a half one must not pass for a whole.
[[nodiscard]] Result<void> pick_lines(std::string_view text, char separator, std::span<const std::string_view> names,
                                      std::span<std::optional<std::string_view>> values);

/// The same for a fixed set of names.
template <std::size_t N>
[[nodiscard]] Result<std::array<std::optional<std::string_view>, N>> pick(
    std::string_view text, char separator, const std::array<std::string_view, N>& names) {
  std::array<std::optional<std::string_view>, N> values;
  if (auto picked = pick_lines(text, separator, names, values); !picked) return pass(std::move(picked.error()));
  return values;
}

/// "1724 kB", as /proc/PID/status and /proc/meminfo write sizes; refused when it does not fit.
[[nodiscard]] Result<Bytes> parse_kilobytes(std::string_view text);

/// An error that says which text was refused and shows its beginning.
[[nodiscard]] tl::unexpected<Error> refuse(std::string_view what, std::string_view text);

}  // namespace memguard::proc

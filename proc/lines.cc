#include "proc/lines.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "base/io.h"

namespace memguard::proc {
namespace {

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// The beginning of a text for a message, on one line and without control characters of a hostile name.
std::string excerpt(std::string_view text) {
  constexpr std::size_t kShown = 40;
  std::string shown(text.substr(0, kShown));
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return shown;
}

}  // namespace

// By hand: string_view::find_first_of calls memchr for each character, which was half of the supervisor's time.
std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  const auto separates = [separators](char c) {
    return std::ranges::any_of(separators, [c](char s) { return s == c; });
  };
  std::vector<std::string_view> parts;
  for (auto at = text.begin(); (at = std::find_if_not(at, text.end(), separates)) != text.end();) {
    const auto end = std::find_if(at, text.end(), separates);
    parts.emplace_back(at, end);
    at = end;
  }
  return parts;
}

Result<void> pick_lines(std::string_view text, char separator, std::span<const std::string_view> names,
                        std::span<std::optional<std::string_view>> values) {
  if (text.empty() || text.back() != '\n') return refuse("a text that was cut off", text);
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() + 1);
    const auto name = line.substr(0, line.find(separator));
    const auto wanted = std::find(names.begin(), names.end(), name);
    if (wanted == names.end() || name.size() == line.size()) continue;
    auto& value = values[static_cast<std::size_t>(wanted - names.begin())];
    if (value) return refuse("a line that comes twice", line);
    value = trim(line.substr(name.size() + 1));
  }
  return {};
}

Result<Bytes> parse_kilobytes(std::string_view text) {
  constexpr std::string_view kUnit = " kB";
  constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max() / 1024;
  if (!text.ends_with(kUnit)) return refuse("a size in kB", text);
  const auto count = to_number<std::int64_t>(text.substr(0, text.size() - kUnit.size()));
  if (!count || *count < 0 || *count > kLargest) return refuse("a size in kB", text);
  return Bytes{*count * 1024};
}

tl::unexpected<Error> refuse(std::string_view what, std::string_view text) {
  return fail(fmt::format("parse {}: unexpected \"{}\"", what, excerpt(text)));
}

}  // namespace memguard::proc

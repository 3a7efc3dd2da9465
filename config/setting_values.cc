#include "config/setting_values.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/io.h"
#include "base/printable.h"
#include "config/layer.h"
#include "config/nearest.h"
#include "config/patience.h"
#include "proc/lines.h"

namespace memguard::config {
namespace {

// The word for no value.
std::string_view last_of(std::string_view words) {
  const auto comma = words.rfind(", ");
  return comma == std::string_view::npos ? words : words.substr(comma + 2);
}

template <class T>
Status store_parsed(std::optional<T>& value, const Result<T>& parsed) {
  if (!parsed) return tl::unexpected<Error>(parsed.error());
  value = *parsed;
  return {};
}

// "Use full, freezer or signal."
std::string offer(const std::vector<std::string_view>& words) {
  const auto last = words.end() - 1;
  return fmt::format("Use {} or {}.", fmt::join(words.begin(), last, ", "), *last);
}

}  // namespace

Status store_flag(bool& value, std::string_view text) {
  constexpr std::array<std::string_view, 4> kYes{"1", "true", "yes", "on"};
  constexpr std::array<std::string_view, 4> kNo{"0", "false", "no", "off"};
  const bool yes = std::find(kYes.begin(), kYes.end(), text) != kYes.end();
  const bool no = std::find(kNo.begin(), kNo.end(), text) != kNo.end();
  if (!yes && !no) return fail(fmt::format("'{}' is neither yes nor no", printable(text)), 0, "Use 1 or 0.");
  value = yes;
  return {};
}

Status store_count(std::optional<int>& value, std::string_view text, std::string_view words) {
  if (text == last_of(words)) return value.reset(), Status();
  const auto count = to_number<int>(text);
  if (!count || *count < 1) {
    return fail(fmt::format("'{}' is no number of jobs", printable(text)), 0,
                fmt::format("Use {}, or a whole number from 1.", last_of(words)));
  }
  value = *count;
  return {};
}

Status store_size(std::optional<Size>& value, std::string_view text, std::string_view words) {
  if (text == last_of(words)) return value.reset(), Status();
  return store_parsed(value, parse_size(text));
}

Status store_memory(std::optional<Size>& value, std::string_view text, std::string_view words) {
  if (text == last_of(words)) return value.reset(), Status();
  return store_parsed(value, parse_memory(text));
}

Status store_swap(std::optional<Size>& value, std::string_view text, std::string_view words) {
  if (text != "none" && text != "max") return store_size(value, text, words);
  value = text == "none" ? Size{} : Size{0, Bytes::unlimited()};
  return {};
}

Status store_time(std::optional<Duration>& value, std::string_view text, std::string_view words) {
  if (text == last_of(words)) return value.reset(), Status();
  return store_parsed(value, parse_time(text));
}

Status store_path(std::optional<std::string>& value, std::string_view text, std::string_view words) {
  if (text.empty()) return fail("the path is empty");
  if (text.find('\0') != std::string_view::npos) return fail("the path has a NUL in it");
  if (text == "-")
    return fail("'-' is no file", 0, "Use /dev/stdout, /dev/stderr or /dev/fd/N; a file of this name is ./-.");
  // The next run would read its own report as the project's settings, and refuse it.
  if (text == "memguard.json" || text.ends_with("/memguard.json"))
    return fail("memguard.json is the name of the project's settings", 0, "Choose another name.");
  value.reset();
  if (text != last_of(words)) value = text;
  return {};
}

Status store_word(std::string& value, std::string_view text, std::string_view words) {
  const auto known = proc::split(words, ", ");
  if (std::ranges::find(known, text) != known.end()) return value = text, Status();
  const auto near = nearest(text, known);
  return fail(fmt::format("unknown word '{}'", printable(text)), 0,
              near ? fmt::format("Did you mean '{}'?", *near) : offer(known));
}

Status store_word(std::optional<std::string>& value, std::string_view text, std::string_view words) {
  std::string word;
  auto stored = store_word(word, text, words);
  if (!stored) return stored;
  value.reset();
  if (word != last_of(words)) value = word;
  return {};
}

std::string show_flag(bool value) { return value ? "true" : "false"; }

std::string show_count(const std::optional<int>& value, std::string_view words) {
  return value ? std::to_string(*value) : std::string(last_of(words));
}

std::string show_size(const std::optional<Size>& value, std::string_view words) {
  return value ? to_text(*value) : std::string(last_of(words));
}

std::string show_swap(const std::optional<Size>& value, std::string_view words) {
  return value == Size{} ? "none" : show_size(value, words);
}

std::string show_time(const std::optional<Duration>& value, std::string_view words) {
  return value ? to_text(*value) : std::string(last_of(words));
}

std::string show_text(const std::optional<std::string>& value, std::string_view words) {
  return value.value_or(std::string(last_of(words)));
}

}  // namespace memguard::config

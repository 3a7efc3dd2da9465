// The values of the plain settings: from text, and back. One pair of functions for each kind of value.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/units.h"
#include "config/size.h"

namespace memguard::config {

/// Each of these checks a text and stores its value. Errors say what the text is and what may be written instead; then
/// nothing is stored. `words` are the words that stand for something, with commas between; the last of those of an
/// optional value stands for no value.

/// true and false, by several words.
[[nodiscard]] Status store_flag(bool& value, std::string_view text);
/// From 1 on.
[[nodiscard]] Status store_count(std::optional<int>& value, std::string_view text, std::string_view words);
/// "2GiB", "50%".
[[nodiscard]] Status store_size(std::optional<Size>& value, std::string_view text, std::string_view words);
/// The same for the limit: a size below 1 MiB has lost its unit.
[[nodiscard]] Status store_memory(std::optional<Size>& value, std::string_view text, std::string_view words);
/// The same for swap: "none" is no swap, "max" all that there is.
[[nodiscard]] Status store_swap(std::optional<Size>& value, std::string_view text, std::string_view words);
/// "90s".
[[nodiscard]] Status store_time(std::optional<Duration>& value, std::string_view text, std::string_view words);
/// Of a file that is written. Refused: "-", and memguard.json.
[[nodiscard]] Status store_path(std::optional<std::string>& value, std::string_view text, std::string_view words);
/// One of `words`.
[[nodiscard]] Status store_word(std::string& value, std::string_view text, std::string_view words);
/// The same where the last of them stands for no value.
[[nodiscard]] Status store_word(std::optional<std::string>& value, std::string_view text, std::string_view words);

/// A value in words: "true".
[[nodiscard]] std::string show_flag(bool value);
/// "4"; where there is none, the last of `words`.
[[nodiscard]] std::string show_count(const std::optional<int>& value, std::string_view words);
/// A size as to_text writes it; where there is none, the last of `words`.
[[nodiscard]] std::string show_size(const std::optional<Size>& value, std::string_view words);
/// A size of swap, "none" where no swap is to be used; where nothing is said, the last of `words`.
[[nodiscard]] std::string show_swap(const std::optional<Size>& value, std::string_view words);
/// A time as to_text writes it; where there is none, the last of `words`.
[[nodiscard]] std::string show_time(const std::optional<Duration>& value, std::string_view words);
/// A path or a word.
[[nodiscard]] std::string show_text(const std::optional<std::string>& value, std::string_view words);

}  // namespace memguard::config

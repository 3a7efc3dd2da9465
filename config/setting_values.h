// The values of the plain settings: from text into a Config, and back.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "config/config.h"

namespace memguard::config {

/// Each of these checks a text and stores its value. Errors say what the text is and what may be written instead; then
/// nothing is stored. true and false go by several words, a number of jobs is `auto` or from 1 on.
[[nodiscard]] Status store_flag(bool& value, std::string_view text);
[[nodiscard]] Status store_memory(Config& config, std::string_view text);
[[nodiscard]] Status store_keep_free(Config& config, std::string_view text);
[[nodiscard]] Status store_swap(Config& config, std::string_view text);
[[nodiscard]] Status store_tier(Config& config, std::string_view text);
[[nodiscard]] Status store_accept_tier(Config& config, std::string_view text);
[[nodiscard]] Status store_stop_timeout(Config& config, std::string_view text);
[[nodiscard]] Status store_json(Config& config, std::string_view text);
[[nodiscard]] Status store_record(Config& config, std::string_view text);
[[nodiscard]] Status store_metrics(Config& config, std::string_view text);
[[nodiscard]] Status store_jobs(std::optional<int>& value, std::string_view text);

/// Each of these shows a value as it would be written.
[[nodiscard]] std::string show_memory(const Config& config);
[[nodiscard]] std::string show_keep_free(const Config& config);
[[nodiscard]] std::string show_swap(const Config& config);
[[nodiscard]] std::string show_tier(const Config& config);
[[nodiscard]] std::string show_accept_tier(const Config& config);
[[nodiscard]] std::string show_stop_timeout(const Config& config);
[[nodiscard]] std::string show_json(const Config& config);
[[nodiscard]] std::string show_record(const Config& config);
[[nodiscard]] std::string show_metrics(const Config& config);
[[nodiscard]] std::string show_jobs(const std::optional<int>& value);

}  // namespace memguard::config

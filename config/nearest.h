// "Did you mean ...?": the known word nearest to a mistyped one.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace memguard::config {

/// How many letters must be inserted, left out, changed, or swapped with their neighbour to get from `a` to `b`
/// (optimal string alignment distance). Upper and lower case are the same.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The word of `known` nearest to `word`, the first of several; nothing when none is near: a third of its letters may
/// differ, at least one.
[[nodiscard]] std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> known);

}  // namespace memguard::config

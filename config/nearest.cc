#include "config/nearest.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

namespace memguard::config {
namespace {

// Words of settings are short; a longer one is no slip of the finger, and the distance costs the product of both.
constexpr std::size_t kLongestWord = 64;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool same(char a, char b) { return lower(a) == lower(b); }

using Row = std::vector<std::size_t>;

std::size_t cell(std::string_view a, std::string_view b, std::size_t i, std::size_t j, const std::array<Row, 3>& rows) {
  const auto& [before, previous, current] = rows;
  const std::size_t changed = previous[j - 1] + (same(a[i - 1], b[j - 1]) ? 0 : 1);
  std::size_t best = std::min({previous[j] + 1, current[j - 1] + 1, changed});
  const bool swapped = i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]);
  if (swapped) best = std::min(best, before[j - 2] + 1);
  return best;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // The last three rows of the matrix: two before, one before, and the one being filled.
  std::array<Row, 3> rows{Row(b.size() + 1), Row(b.size() + 1), Row(b.size() + 1)};
  std::iota(rows[2].begin(), rows[2].end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::rotate(rows.begin(), rows.begin() + 1, rows.end());
    rows[2][0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) rows[2][j] = cell(a, b, i, j, rows);
  }
  return rows[2].back();
}

std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> known) {
  if (word.size() > kLongestWord) return std::nullopt;
  std::optional<std::string_view> best;
  std::size_t limit = std::max<std::size_t>(1, word.size() / 3);
  for (const auto candidate : known) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance > limit || (best && distance == limit)) continue;
    best = candidate;
    limit = distance;
  }
  return best;
}

}  // namespace memguard::config

#include "cli/text_table.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/printable.h"

namespace memguard::cli {
namespace {

constexpr std::size_t kWidest = 48;

std::string fit(const std::string& cell) { return printable(cell, kWidest); }

}  // namespace

TerminalText in_columns(const std::vector<Row>& rows, std::size_t left) {
  std::vector<std::size_t> widths(rows.empty() ? 0 : rows.front().size());
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], fit(row[i]).size());
  }
  TerminalText text;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      line +=
          i < left ? fmt::format("{:<{}}  ", fit(row[i]), widths[i]) : fmt::format("{:>{}}  ", fit(row[i]), widths[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += terminal_text("{}\n", line);
  }
  return text;
}

}  // namespace memguard::cli

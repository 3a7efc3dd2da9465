#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "cli/columns.h"

namespace memguard::cli {
namespace {

// Narrower than that a line of words is no longer read.
constexpr int kNarrowest = 30;

// "  12. " has 6.
std::size_t width_of_marker(std::string_view line) {
  const std::size_t blanks = std::min(line.find_first_not_of(' '), line.size());
  const std::size_t digits = std::min(line.find_first_not_of("0123456789", blanks), line.size());
  return digits > blanks && line.substr(digits).starts_with(". ") ? digits + 2 : blanks;
}

// Where to break: the last blank at which the line still fits, else the first one. npos: nowhere.
std::size_t place_to_break(std::string_view line, std::size_t from, int columns) {
  std::size_t place = std::string_view::npos;
  for (std::size_t blank = line.find(' ', from); blank != std::string_view::npos; blank = line.find(' ', blank + 1)) {
    if (place != std::string_view::npos && columns_of(line.substr(0, blank)) > columns) break;
    place = blank;
  }
  return place;
}

std::string folded_line(std::string line, int columns, std::size_t hang) {
  const std::size_t indent = std::max(width_of_marker(line), std::min(hang, line.size()));
  if (line.find("  ", indent) != std::string::npos) return line + "\n";
  std::string done;
  while (columns_of(line) > columns) {
    const std::size_t place = place_to_break(line, indent, columns);
    if (place == std::string::npos) break;
    done += line.substr(0, place) + "\n";
    line = std::string(indent, ' ') + line.substr(place + 1);
  }
  return done + line + "\n";
}

}  // namespace

std::optional<TerminalSize> terminal_size() {
  winsize size{};
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): ioctl has no other form
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return std::nullopt;
  return TerminalSize{size.ws_col, size.ws_row};
}

TerminalText folded(const TerminalText& text, int columns, int hang) {
  columns = std::max(columns, kNarrowest);
  std::string lines;
  for (std::string_view rest = text.text(); !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    lines += folded_line(std::string(rest.substr(0, end)), columns, static_cast<std::size_t>(hang));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return TerminalText::own_lines(lines);
}

TerminalText fit_to_terminal(const TerminalText& text, int hang) {
  const auto size = terminal_size();
  return size ? folded(text, size->columns, hang) : text;
}

}  // namespace memguard::cli

#include "cli/command_help.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/io.h"
#include "cli/terminal.h"

namespace memguard::cli {
namespace {

// Longer lines are hard to read, shorter ones leave no room for the texts of options.
constexpr std::size_t kWidest = 100;
constexpr std::size_t kNarrowest = 40;
constexpr std::size_t kPlainWidth = 80;
// Options that are wider have their text below them.
constexpr std::size_t kWidestName = 26;

std::vector<std::string> alternatives(const std::string& value) {
  std::vector<std::string> all;
  std::istringstream words(value);
  for (std::string word; std::getline(words, word, '|');) all.push_back(word);
  return all;
}

bool is_word_to_type(const std::string& word) {
  return std::ranges::any_of(word, [](unsigned char c) { return std::islower(c) != 0; });
}

OptionHelp describe(const CLI::Option& option) {
  OptionHelp help;
  for (const auto& name : option.get_snames()) help.names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) help.names.push_back("--" + name);
  const bool takes_value = option.get_expected_max() > 0 && option.get_items_expected_max() > 0;
  if (help.names.empty())
    help.names.push_back(option.get_type_name());
  else if (takes_value)
    help.value = option.get_type_name().substr(0, option.get_type_name().find(':'));  // a check has its name behind it
  help.text = option.get_description();
  if (help.names.back() == "--help") help.text = "this help";  // CLI11 has a sentence of its own there
  help.required = option.get_required();
  return help;
}

std::string usage_of(const CommandHelp& help) {
  std::string usage = help.name + " [OPTIONS]";
  for (const auto& argument : help.arguments) {
    const std::string& name = argument.names.front();
    usage += argument.required ? " " + name : fmt::format(" [{}]", name);
  }
  return usage;
}

std::string names_of(const OptionHelp& option) {
  return fmt::format("{}{}{}", fmt::join(option.names, ", "), option.value.empty() ? "" : " ", option.value);
}

std::string lines_of(const std::vector<std::string>& lines, std::size_t indent) {
  std::string text;
  for (const auto& line : lines) text += std::string(indent, ' ') + line + "\n";
  return text;
}

// "  NAME      text", with the text in a column of its own.
std::string entry(const std::string& name, const std::string& text, std::size_t column, std::size_t width) {
  const std::string block = lines_of(wrap(text, width - column), column);
  if (name.size() + 4 > column) return lines_of(wrap(name, width - 2), 2) + block;
  return fmt::format("  {:<{}}{}", name, column - 2, block.empty() ? "\n" : block.substr(column));
}

std::string entries(std::string_view title, const std::vector<CommandSummary>& rows, std::size_t width) {
  if (rows.empty()) return {};
  std::size_t longest = 0;
  for (const auto& row : rows) {
    if (row.usage.size() <= kWidestName) longest = std::max(longest, row.usage.size());
  }
  const std::size_t column = std::min(longest + 4, width / 2);
  std::string text = fmt::format("\n{}:\n", title);
  for (const auto& row : rows) text += entry(row.usage, row.text, column, width);
  return text;
}

std::vector<CommandSummary> rows_of(const std::vector<OptionHelp>& options) {
  std::vector<CommandSummary> rows;
  rows.reserve(options.size());
  for (const auto& option : options) rows.push_back({names_of(option), option.text});
  return rows;
}

}  // namespace

std::vector<std::string> OptionHelp::choices() const {
  auto words = alternatives(value);
  std::erase_if(words, [](const std::string& word) { return !is_word_to_type(word); });
  return words;
}

bool OptionHelp::takes_file() const {
  const auto words = alternatives(value.empty() ? names.front() : value);
  return std::ranges::find(words, "FILE") != words.end();
}

CommandHelp describe(const CLI::App& app, std::string usage) {
  CommandHelp help{app.get_name(), {}, app.get_description(), {}, {}, {}, {}};
  for (const CLI::Option* option : app.get_options())
    (option->get_positional() ? help.arguments : help.options).push_back(describe(*option));
  help.usage = usage.empty() ? usage_of(help) : std::move(usage);
  return help;
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  std::istringstream words{std::string(text)};
  for (std::string word; words >> word;) {
    if (lines.empty() || lines.back().size() + 1 + word.size() > width)
      lines.push_back(word);
    else
      lines.back() += " " + word;
  }
  return lines;
}

std::string help_text(const CommandHelp& help, std::size_t width) {
  width = std::max(width, kNarrowest);
  std::string text = lines_of(wrap(help.text, width), 0);
  if (!help.usage.empty()) text += lines_of(wrap("Usage: " + help.usage, width), 0);
  text += entries("Commands", help.commands, width);
  text += entries("Arguments", rows_of(help.arguments), width);
  text += entries("Options", rows_of(help.options), width);
  if (!help.more.empty()) text += "\n" + lines_of(wrap(help.more, width), 0);
  return text;
}

std::size_t terminal_width() {
  if (const auto size = terminal_size()) return std::min(static_cast<std::size_t>(size->columns), kWidest);
  const char* columns = std::getenv("COLUMNS");  // NOLINT(concurrency-mt-unsafe): there are no threads yet
  const auto number = to_number<std::size_t>(columns == nullptr ? "" : columns);
  return number && *number > 0 ? std::min(*number, kWidest) : kPlainWidth;
}

}  // namespace memguard::cli

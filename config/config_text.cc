// `memguard config`: the values and where they came from, in columns.
#include <algorithm>
#include <map>

#include "base/printable.h"
#include "config/layer.h"

namespace memguard::config {
namespace {

struct Row {
  std::string key;
  std::string value;
  std::string origin;
};

// As long as a row of programs gets, for what follows to stand on an ordinary terminal.
constexpr std::size_t kWidest = 60;

// Rows for each class and origin, the class named in its first.
void add_class(std::vector<Row>& rows, const JobClass& job_class) {
  const std::size_t first = rows.size();
  for (const auto& program : job_class.programs) {
    const std::string word = printable(program.value);
    const bool starts = rows.size() == first || rows.back().origin != program.origin ||
                        rows.back().value.size() + 1 + word.size() > kWidest;
    if (starts)
      rows.push_back({rows.size() == first ? "class " + job_class.name : "", word, program.origin});
    else
      rows.back().value += " " + word;
  }
}

std::vector<Row> rows_of(const Config& config) {
  std::vector<Row> rows;
  for (const auto& setting : show_settings(config))
    rows.push_back({std::string(setting.key), printable(setting.value), std::string(setting.origin)});
  for (const auto& job_class : config.classes) add_class(rows, job_class);
  for (const auto& rule : config.rules) rows.push_back({"rule", to_text(rule), rule.origin});
  return rows;
}

std::string_view state_text(File::State state) {
  switch (state) {
    case File::State::read:
      return "read";
    case File::State::absent:
      return "absent";
    case File::State::foreign:
      return "skipped: it belongs to another user";
  }
  return "";
}

}  // namespace

TerminalText to_text(const Config& config) {
  const auto rows = rows_of(config);
  std::size_t key_width = 0;
  std::size_t value_width = 0;
  for (const auto& row : rows) {
    key_width = std::max(key_width, row.key.size());
    value_width = std::max(value_width, row.value.size());
  }
  TerminalText text;
  for (const auto& row : rows)
    text += terminal_text("{:<{}}  {:<{}}  {}\n", row.key, key_width, row.value, value_width, row.origin);
  text += terminal_text("\nFiles, later wins:\n");
  for (const auto& file : config.files) text += terminal_text("  {}: {}\n", file.path, state_text(file.state));
  if (!config.ignored.empty()) text += terminal_text("\nIgnored:\n");
  for (const auto& error : config.ignored) text += terminal_text("  {}\n", error.text());
  return text;
}

}  // namespace memguard::config

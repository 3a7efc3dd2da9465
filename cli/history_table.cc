#include "cli/history_table.h"

#include "cli/text_table.h"

namespace memguard::cli {

TerminalText to_table(const std::vector<memguard::history::UnitRuns>& units) {
  constexpr std::size_t kWords = 5;
  std::vector<Row> rows{{"class", "name", "version", "kind", "profile", "expected", "runs", "last peak", "time"}};
  for (const auto& [unit, expected, runs] : units) {
    if (runs.empty()) continue;
    const auto& last = runs.front();
    rows.push_back({unit.job_class, unit.name, unit.version, unit.kind, unit.profile, to_text(expected),
                    std::to_string(runs.size()), (last.completed ? "" : "> ") + to_text(last.peak),
                    to_text(last.wall)});
  }
  return in_columns(rows, kWords);
}

}  // namespace memguard::cli

#include "cli/suggest.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/printable.h"
#include "base/say.h"
#include "cli/answers_json.h"
#include "cli/history.h"
#include "cli/text_table.h"
#include "report/json_text.h"
#include "supervisor/memory/run_limit.h"

namespace memguard::cli {
namespace {

using memguard::history::Advice;
using memguard::history::Declaration;
using memguard::history::Driver;
using memguard::history::Fit;
using memguard::history::Need;

// Of a file, as the kernel has it, with room for JSON's escapes.
constexpr std::size_t kLongestName = 1024;

// "link editor 1.2.0 (bin)"
std::string words_of(const job::Unit& unit) {
  std::string words = fmt::format("{} {}", unit.job_class, unit.name);
  if (!unit.version.empty()) words += " " + unit.version;
  if (!unit.kind.empty()) words += fmt::format(" ({})", unit.kind);
  return printable(words);
}

std::string jobs_of(const Advice& advice, const Fit& fit) {
  if (fit.jobs == 0) return "none: the largest job does not fit alone";
  return advice.all_fit(fit) ? "any -j: all jobs fit together" : fmt::format("-j{}", fit.jobs);
}

TerminalText fits_text(const Advice& advice) {
  auto text = terminal_text("\nWithout memguard a build would survive with\n");
  if (advice.here.memory > Bytes{})
    text += terminal_text("  {:>8}  {} (this machine)\n", to_text(advice.here.memory), jobs_of(advice, advice.here));
  for (const Fit& fit : advice.fits) text += terminal_text("  {:>8}  {}\n", to_text(fit.memory), jobs_of(advice, fit));
  return text;
}

TerminalText smallest_text(const Advice& advice) {
  return terminal_text("\nUnder memguard the smallest machine that would do has {}; nothing waits at -j{} with {}\n",
                       to_text(advice.memory_with(1)), advice.for_jobs.size(), to_text(advice.for_jobs.back()));
}

TerminalText largest_text(const Advice& advice) {
  std::vector<Row> rows;
  for (const Need& need : advice.largest)
    rows.push_back({" ", words_of(need.unit), need.unit.profile, to_text(need.expected)});
  return terminal_text("\nWhat sets the need\n") + in_columns(rows, 3);
}

TerminalText block(const Declaration& declaration) {
  auto text = terminal_text("\n  # Cargo.toml of {}\n  [package.metadata.memguard]\n", printable(declaration.crate));
  if (!declaration.memory.empty()) text += terminal_text("  memory = \"{}\"\n", declaration.memory);
  if (!declaration.link_memory.empty()) text += terminal_text("  link-memory = \"{}\"\n", declaration.link_memory);
  return text;
}

TerminalText declarations_text(const Advice& advice) {
  if (advice.declare.empty()) return {};
  auto text = terminal_text("\nTo tell machines without this history, where the crate is yours\n");
  for (const Declaration& declaration : advice.declare) text += block(declaration);
  return text;
}

TerminalText rules_text(const Advice& advice) {
  if (advice.rules.empty()) return {};
  auto text =
      terminal_text("\nTo tell machines without this history, in the project's memguard.json\n\n  {{ \"rules\": [\n");
  for (const auto& rule : advice.rules)
    text += terminal_text("    {{ \"class\": \"link\", \"output\": {}, \"memory\": \"{}\" }}{}\n",
                          printable(report::json_text(rule.output), kLongestName), rule.memory,
                          &rule == &advice.rules.back() ? "" : ",");
  return text + terminal_text("  ] }}\n");
}

TerminalText drivers_text(const Advice& advice) {
  if (advice.drivers.empty()) return {};
  auto text = terminal_text("\nSettings that drive it\n");
  for (const Driver& driver : advice.drivers) {
    text += terminal_text("  {} instead of {}: {:.1f} times, {} instead of {} for {}\n", printable(driver.more_with),
                          printable(driver.less_with), driver.more.real() / driver.less.real(), to_text(driver.more),
                          to_text(driver.less), words_of(driver.unit));
  }
  return text;
}

// What a build may have here: of the machine, or of a container or a batch job that has less.
Bytes memory_here() {
  const auto surroundings = supervisor::look_around();
  if (!surroundings) return {};
  Bytes least = surroundings->machine.total;
  for (const auto& above : surroundings->above) least = std::min(least, above.limit);
  return least;
}

Result<int> print_slurm(const SuggestOptions& options, const Advice& advice) {
  if (advice.for_jobs.empty())
    return fail("no history of builds in this folder yet", 0, "Run one under memguard first, or say --mem yourself.");
  if (auto shown = print(terminal_text("{}\n", slurm_option(advice, options.jobs))); !shown)
    return pass(std::move(shown.error()));
  return 0;
}

}  // namespace

std::string slurm_option(const Advice& advice, int jobs) {
  return fmt::format("--mem={}M", advice.memory_with(static_cast<std::size_t>(jobs)).count >> 20U);
}

TerminalText advice_text(const Advice& advice) {
  const Need& largest = advice.largest.front();
  return terminal_text("needs at least {} alone, for {}\n", to_text(largest.expected), words_of(largest.unit)) +
         fits_text(advice) + smallest_text(advice) + largest_text(advice) + declarations_text(advice) +
         rules_text(advice) + drivers_text(advice);
}

Result<int> suggest(const SuggestOptions& options, const config::Environment& surroundings) {
  if (!options.all && surroundings.working_directory.empty())
    return fail("the working directory is gone", 0, "For all builds: memguard suggest --all");
  memguard::history::Filter filter;
  if (!options.all) filter.project = surroundings.working_directory;
  const auto units = read_history(filter, surroundings);
  if (!units) return tl::unexpected<Error>(units.error());
  const Advice advice = memguard::history::advise(*units, memory_here());
  if (options.for_slurm) return print_slurm(options, advice);
  if (options.as_json) {
    if (auto shown = print_json(to_json(advice)); !shown) return pass(std::move(shown.error()));
    return 0;
  }
  const TerminalText nothing =
      options.all ? no_history(false)
                  : terminal_text("No history of builds in this folder yet. Of all: memguard suggest --all\n");
  if (auto shown = print(advice.largest.empty() ? nothing : advice_text(advice)); !shown)
    return pass(std::move(shown.error()));
  return 0;
}

}  // namespace memguard::cli

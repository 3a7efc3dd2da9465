#include "cli/report.h"

#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include "base/say.h"
#include "base/whole_file.h"
#include "cli/report_compare.h"
#include "cli/report_list.h"
#include "cli/report_markdown.h"
#include "cli/report_text.h"
#include "cli/terminal.h"
#include "cli/what_if.h"
#include "report/page.h"
#include "report/trace.h"

namespace memguard::cli {
namespace {

/// A run and all that is made of it.
struct Looked {
  const report::RunReport& run;
  std::vector<report::Lane> lanes;
  report::Findings found;
};

Looked look_at(const LoadedRun& loaded) {
  auto lanes = report::lanes_of(loaded.run);
  auto found = report::find(loaded.run, lanes, with_more_memory(loaded.run, loaded.text));
  return {loaded.run, std::move(lanes), std::move(found)};
}

Status write_file(const std::string& path, const std::string& text) {
  if (path == "-") return fail("write -", 0, "Name a file; stdout is /dev/stdout.");
  return write_whole(path, text);
}

Status show_one(const ReportOptions& options, const LoadedRun& loaded) {
  const Looked looked = look_at(loaded);
  if (!options.html.empty()) {
    auto page = report::to_html(looked.run, looked.lanes, looked.found);
    if (!page) return pass(std::move(page.error()));
    if (auto written = write_file(options.html, *page); !written) return written;
  }
  if (!options.trace.empty()) {
    if (auto written = write_file(options.trace, report::to_trace(looked.run, looked.lanes)); !written) return written;
  }
  if (options.markdown) return print(report_markdown(looked.run, looked.found));
  const bool asked_for_files = !options.html.empty() || !options.trace.empty();
  return asked_for_files ? Status() : print(fit_to_terminal(report_text(looked.run, looked.found)));
}

Status show_comparison(const ReportOptions& options, const config::Environment& surroundings) {
  const auto before = load_run(run_of_word(options.compare.front()), surroundings);
  if (!before) return tl::unexpected<Error>(before.error());
  const auto after = load_run(run_of_word(options.compare.back()), surroundings);
  if (!after) return tl::unexpected<Error>(after.error());
  return print(comparison_text(before->run, after->run));
}

Status show_list(const config::Environment& surroundings) {
  const auto runs = runs_kept(surroundings);
  if (!runs) return tl::unexpected<Error>(runs.error());
  return print(list_text(*runs));
}

Status show(const ReportOptions& options, const config::Environment& surroundings) {
  if (options.list) return show_list(surroundings);
  if (!options.compare.empty()) return show_comparison(options, surroundings);
  const auto loaded = load_run(options.run, surroundings);
  if (!loaded) return tl::unexpected<Error>(loaded.error());
  return show_one(options, *loaded);
}

}  // namespace

Result<Subcommand<ReportOptions>> parse_report(const std::vector<std::string>& arguments) {
  Subcommand<ReportOptions> line;
  ReportOptions& options = line.options;
  CLI::App app("What happened in a run: what memory cost, what took most, what to change: docs/REPORT.md",
               "memguard report");
  add_which_run(app, options.run);
  app.add_option("--html", options.html, "write a page that shows it, without network")->type_name("FILE");
  app.add_option("--trace", options.trace, "write a trace for ui.perfetto.dev or chrome://tracing")->type_name("FILE");
  app.add_flag("--markdown", options.markdown, "print Markdown, for the summary of a CI job");
  auto* list = app.add_flag("--list", options.list, "the runs that are kept, the last 50");
  auto* compare =
      app.add_option("--compare", options.compare, "what changed from run A to run B, numbers of --list or files")
          ->type_name("A B")
          ->expected(2);
  for (const char* other : {"file", "--last", "--html", "--trace", "--markdown"}) {
    list->excludes(app.get_option(other));
    compare->excludes(app.get_option(other));
  }
  list->excludes(compare);
  auto help = read_words(app, arguments);
  if (!help) return pass(std::move(help.error()));
  line.help = std::move(*help);
  return line;
}

Result<int> show_report(const ReportOptions& options, const config::Environment& surroundings) {
  if (auto shown = show(options, surroundings); !shown) return pass(std::move(shown.error()));
  return 0;
}

}  // namespace memguard::cli

#include "cli/report.h"

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
  auto found = report::find(loaded.run, lanes, with_more_memory(loaded.run, lanes, loaded.text));
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

Result<int> show_report(const ReportOptions& options, const config::Environment& surroundings) {
  if (auto shown = show(options, surroundings); !shown) return pass(std::move(shown.error()));
  return 0;
}

}  // namespace memguard::cli

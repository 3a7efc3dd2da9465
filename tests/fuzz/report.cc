// The report of a run, which `memguard report FILE` and `memguard explain` show.
#include "cli/explain_job.h"
#include "cli/report_compare.h"
#include "cli/report_markdown.h"
#include "cli/report_text.h"
#include "input.h"
#include "report/page.h"
#include "report/run_report.h"
#include "report/trace.h"

using namespace memguard;

namespace {

bool is_shown_as_text(const std::string& page) {
  // What the page itself has in its own text.
  return page.find('\x1b') == std::string::npos && page.find('\x07') == std::string::npos;
}

void show(const report::RunReport& run) {
  const auto lanes = report::lanes_of(run);
  const auto found = report::find(run, lanes, report::Estimate{run.limit, run.wall});
  static_cast<void>(cli::report_text(run, found));
  static_cast<void>(cli::report_markdown(run, found));
  static_cast<void>(cli::comparison_text(run, run));
  static_cast<void>(report::to_trace(run, lanes));
  if (!run.jobs.empty()) static_cast<void>(cli::explanation(run, run.jobs.back()));
  const auto page = report::to_html(run, lanes, found);
  fuzz::require(!page || is_shown_as_text(*page), "no control character is in a page");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto run = report::read_json(fuzz::text_of(data, size));
  if (!run) return 0;
  show(*run);
  static_cast<void>(report::end_line(*run));
  static_cast<void>(report::warnings(*run));
  const std::string written = report::to_json(*run);
  const auto again = report::read_json(written);
  fuzz::require(again.has_value(), "a report that was written can be read");
  fuzz::require(report::to_json(*again) == written, "and is the same");
  return 0;
}

// The report of a run, which `memguard report FILE` shows.
#include "cli/report_text.h"
#include "input.h"
#include "report/run_report.h"

using namespace memguard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto run = report::read_json(fuzz::text_of(data, size));
  if (!run) return 0;
  static_cast<void>(cli::report_text(*run));
  static_cast<void>(report::end_line(*run));
  static_cast<void>(report::warnings(*run));
  const std::string written = report::to_json(*run);
  const auto again = report::read_json(written);
  fuzz::require(again.has_value(), "a report that was written can be read");
  fuzz::require(report::to_json(*again) == written, "and is the same");
  return 0;
}

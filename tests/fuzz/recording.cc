// A recording, which `memguard simulate --replay FILE` decides again.
#include <sstream>
#include <variant>

#include "input.h"
#include "record/replay.h"

namespace {

using namespace memguard;

std::string written(const record::Line& line) {
  if (const auto* began = std::get_if<record::Began>(&line)) return record::to_text(*began);
  if (const auto* learned = std::get_if<record::Learned>(&line)) return record::to_text(*learned);
  const auto& stepped = std::get<record::Stepped>(line);
  return record::to_text(stepped.seen, stepped.decision);
}

void try_line(std::string_view text) {
  const auto line = record::parse_line(text);
  if (!line) return;
  const std::string once = written(*line);
  const auto again = record::parse_line(once);
  fuzz::require(again && written(*again) == once, "a line that was written is read as the same");
}

void replay(const std::string& text) {
  std::istringstream file(text);
  static_cast<void>(record::replay(file));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::text_of(data, size));
  try_line(text.substr(0, text.find('\n')));
  replay(text);
  replay(record::to_text(record::Began{}) + text);
  return 0;
}

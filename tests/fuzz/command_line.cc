// Our own command line, the cargo command behind it, and whether that one suits our jobserver.
#include "cli/command_line.h"
#include "cargo/command.h"
#include "cli/shell_words.h"
#include "input.h"

using namespace memguard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto words = fuzz::arguments_of(fuzz::text_of(data, size));
  const auto line = cli::parse_command_line(words);
  if (!line) fuzz::require(!line.error().text().empty(), "what is refused has a reason");
  static_cast<void>(cli::parse_program_line(words));
  static_cast<void>(cli::shell_words(words));
  words.insert(words.begin(), "cargo");
  static_cast<void>(cli::parse_program_line(words));
  const auto metadata = cargo::metadata_command(words);
  fuzz::require(metadata && metadata->words.size() >= 2, "each cargo has its metadata");
  return 0;
}

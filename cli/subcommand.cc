#include "cli/subcommand.h"

#include <CLI/CLI.hpp>

namespace memguard::cli {

Result<std::optional<CommandHelp>> read_words(CLI::App& app, const std::vector<std::string>& words) {
  std::vector<std::string> backwards(words.rbegin(), words.rend());  // CLI11 takes them from the back
  try {
    app.parse(backwards);
  } catch (const CLI::CallForHelp&) {
    return describe(app);
  } catch (const CLI::ParseError& error) {
    return fail(error.what(), 0, "See " + app.get_name() + " --help.");
  }
  return std::nullopt;
}

}  // namespace memguard::cli

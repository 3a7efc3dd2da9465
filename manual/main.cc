// memguard-manual WHAT DATE SCHEMA [SOURCE]: prints a manual page ("memguard.1", from SOURCE) or the completions of a
// shell ("bash", "zsh", "fish"). memguard-manual config|schema FILE: prints a file of the repository with the settings
// as they are. Part of the build; nobody installs it.
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/say.h"
#include "base/whole_file.h"
#include "manual/completions.h"
#include "manual/pages.h"
#include "manual/settings_made.h"

namespace {

using memguard::Result;

Result<std::string> page(const std::vector<std::string>& words) {
  const auto schema = memguard::read_whole(words[3]);
  if (!schema) return tl::unexpected<memguard::Error>(schema.error());
  const auto source = memguard::read_whole(words[4]);
  if (!source) return tl::unexpected<memguard::Error>(source.error());
  auto filled = memguard::manual::fill({*source, words[2], *schema});
  if (!filled) return memguard::pass(std::move(filled.error()), words[4]);
  return filled;
}

Result<std::string> with_settings(const std::string& what, const std::string& file) {
  const auto before = memguard::read_whole(file);
  if (!before) return tl::unexpected<memguard::Error>(before.error());
  auto made = what == "config" ? memguard::manual::with_settings_table(*before)
                               : memguard::manual::with_settings_properties(*before);
  if (!made) return memguard::pass(std::move(made.error()), file);
  return made;
}

Result<std::string> made(const std::vector<std::string>& words) {
  const std::string what = words.size() > 1 ? words[1] : std::string();
  if (what == "bash") return memguard::manual::bash_completions();
  if (what == "zsh") return memguard::manual::zsh_completions();
  if (what == "fish") return memguard::manual::fish_completions();
  if ((what == "config" || what == "schema") && words.size() == 3) return with_settings(what, words[2]);
  if (words.size() == 5) return page(words);
  return memguard::fail("usage: memguard-manual bash|zsh|fish, config|schema FILE, or PAGE DATE SCHEMA SOURCE");
}

}  // namespace

int main(int argc, char** argv) {
  const auto text = made(std::vector<std::string>(argv, argv + argc));
  const auto printed = text ? memguard::print_json(*text) : tl::unexpected<memguard::Error>(text.error());
  if (printed) return 0;
  memguard::say(printed.error().text());
  return 1;
}

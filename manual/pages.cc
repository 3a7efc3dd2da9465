#include "manual/pages.h"

#include <sstream>

#include <fmt/format.h>

#include "cli/command_line.h"
#include "cli/commands.h"
#include "config/config.h"
#include "manual/roff.h"
#include "manual/settings_page.h"

namespace memguard::manual {
namespace {

// "Fl h , Fl Fl help": a Fl has one hyphen of its own.
std::string flag(const std::string& name) {
  const std::string bare = name.substr(name.find_first_not_of('-'));
  return fmt::format("Fl {}{}", name.starts_with("--") ? "Fl " : "", roff_word(bare));
}

std::string item(const cli::OptionHelp& option) {
  std::string line = ".It";
  for (const auto& name : option.names) {
    if (line != ".It") line += " ,";
    line += name.starts_with('-') ? " " + flag(name) : " Ar " + roff_word(name);
  }
  if (!option.value.empty()) line += " Ar " + roff_word(option.value);
  return line + "\n" + roff_text(option.text);
}

std::string list_of(const cli::CommandHelp& help) {
  std::string list = ".Bl -tag -width Ds\n";
  for (const auto& argument : help.arguments) list += item(argument);
  for (const auto& option : help.options) list += item(option);
  return list + ".El\n";
}

// Whoever asks for help has always got it: these words are the program's own.
cli::CommandHelp help_of(const std::vector<std::string>& words) { return cli::parse_program_line(words)->help; }

std::string section(const cli::CommandHelp& help) {
  return fmt::format(".Ss {}\n.D1 {}\n.Pp\n{}{}", roff_word(help.name), roff_word(help.usage), roff_text(help.text),
                     list_of(help));
}

std::string variables() {
  std::string list = ".Bl -tag -width Ds\n";
  for (const auto& facts : config::key_facts())
    list += fmt::format(".It Ev {}\nThe key\n.Li {} .\n", facts.variable, roff_word(facts.key));
  return list + ".El\n";
}

Result<std::string> filled(std::string_view name, const Page& page) {
  if (name == "COMMANDS") return commands_of_memguard();
  if (name == "OPTIONS_OF_CARGO") return list_of(help_of({"cargo-memguard", "memguard", "--help"}));
  if (name == "VARIABLES") return variables();
  if (name == "KEYS") return keys_of_settings(page.schema);
  if (name == "RULE_KEYS") return keys_of_rules(page.schema);
  if (name == "SIZES") return sizes(page.schema);
  return fail(fmt::format("nothing is called @{}@", name));
}

std::string with_date(std::string line, std::string_view date) {
  constexpr std::string_view kDate = "@DATE@";
  if (const auto at = line.find(kDate); at != std::string::npos) line.replace(at, kDate.size(), date);
  return line;
}

bool is_place(const std::string& line) { return line.size() > 2 && line.starts_with('@') && line.ends_with('@'); }

}  // namespace

std::string commands_of_memguard() {
  std::string text;
  for (const auto& command : cli::kCommands) {
    if (command.name != "help") text += section(help_of({"memguard", std::string(command.name), "--help"}));
  }
  return text + section(help_of({"memguard", "--help"}));
}

Result<std::string> fill(const Page& page) {
  std::string text;
  std::istringstream lines{std::string(page.source)};
  for (std::string line; std::getline(lines, line);) {
    if (!is_place(line)) {
      text += with_date(std::move(line), page.date) + "\n";
      continue;
    }
    auto part = filled(std::string_view(line).substr(1, line.size() - 2), page);
    if (!part) return pass(std::move(part.error()));
    text += *part;
  }
  return text;
}

}  // namespace memguard::manual

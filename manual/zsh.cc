#include <fmt/format.h>
#include <fmt/ranges.h>

#include "manual/completions.h"

namespace memguard::manual {
namespace {

constexpr std::string_view kFunctions = R"shell(
# What zsh knows of cargo's own words.
_memguard_cargo() {
  words=(cargo "${(@)words[2,-1]}")
  _normal
}

# Completes the words of the guarded command; false while they have not begun.
_memguard_guarded() {
  local at=2
  [[ $words[1] == (run|cargo) ]] || return 1
  while (( at < CURRENT )) && [[ $words[at] == -* && $words[at] != -- ]]; do
    (( $_memguard_valued[(Ie)$words[at]] )) && (( at++ ))
    (( at++ ))
  done
  (( at < CURRENT )) || return 1
  [[ $words[at] == -- ]] && (( at++ ))
  if [[ $words[1] == cargo ]]; then
    words=(cargo "${(@)words[at,-1]}")
    (( CURRENT -= at - 2 ))
  else
    words=("${(@)words[at,-1]}")
    (( CURRENT -= at - 1 ))
  fi
  if (( CURRENT == 1 )); then _command_names -e; else _normal; fi
}

)shell";

// In a specification of _arguments these mean something.
std::string plain(std::string_view text, std::string_view special = "[]:\\") {
  std::string result;
  for (const char c : text) result += special.find(c) == std::string_view::npos ? std::string() : "\\", result += c;
  return result;
}

// ":SIZE:", ":FILE:_files", ":N|auto:(auto)".
std::string action(const cli::OptionHelp& option, const std::string& value) {
  if (option.takes_file()) return fmt::format(":{}:_files", plain(value));
  const auto words = option.choices();
  return fmt::format(":{}:{}", plain(value), words.empty() ? " " : fmt::format("({})", fmt::join(words, " ")));
}

std::string specification(const cli::OptionHelp& option, const std::string& name) {
  const bool is_long = name.starts_with("--");
  const std::string text = plain(option.text);
  if (option.value.empty()) return fmt::format("{}[{}]", name, text);
  return fmt::format("{}{}[{}]{}", name, is_long ? "=" : "", text, action(option, option.value));
}

std::string specifications(const CompletedCommand& command) {
  std::string lines;
  const auto add = [&lines](const std::string& words) { lines += " \\\n        " + in_quotes(words); };
  for (const auto& option : command.help.options) {
    for (const auto& name : option.names) add(specification(option, name));
  }
  for (const auto& argument : command.help.arguments)
    add((argument.required ? ":" : "::") + action(argument, argument.names.front()).substr(1));
  if (command.name == "run") add("1:command: _command_names -e");
  if (command.name == "cargo") add("1:command of cargo: _memguard_cargo");
  return lines;
}

std::string options_with_value(const CompletedCommand& command) {
  std::string names;
  for (const auto& option : command.help.options)
    if (!option.value.empty()) names += fmt::format(" {}", fmt::join(option.names, " "));
  return names;
}

}  // namespace

std::string zsh_completions() {
  std::string names;
  std::string cases;
  std::string valued;
  for (const auto& command : completed_commands()) {
    names += fmt::format("    {}\n", in_quotes(command.name + ":" + plain(command.text, ":\\")));
    cases += fmt::format("    {})\n      _arguments -S :{} ;;\n", command.name, specifications(command));
    if (command.name == "run") valued = options_with_value(command);
  }
  return fmt::format(
      "#compdef memguard\n"
      "# Completion of memguard in zsh, made from its own tables of commands and options.\n\n"
      "_memguard_valued=({})\n{}"
      "_memguard() {{\n  local curcontext=$curcontext\n  local -a of_memguard=(\n{}"
      "    'help:what a command does, and its options'\n  )\n"
      "  if (( CURRENT == 2 )); then\n"
      "    _describe -t commands 'command of memguard' of_memguard\n"
      "    _arguments '--help[the list of commands]' '--version[the version]'\n"
      "    return\n  fi\n"
      "  shift words\n  (( CURRENT-- ))\n"
      "  _memguard_guarded && return\n"
      "  case $words[1] in\n"
      "    help) _describe -t commands 'command of memguard' of_memguard ;;\n{}"
      "  esac\n}}\n\n_memguard \"$@\"\n",
      valued, kFunctions, names, cases);
}

}  // namespace memguard::manual

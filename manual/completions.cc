#include "manual/completions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/command_line.h"
#include "cli/commands.h"

namespace memguard::manual {
namespace {

// What does not depend on the tables. _command_offset is bash-completion's.
constexpr std::string_view kBash = R"shell(
# Where the words of the guarded command begin; nothing when they do not yet.
_memguard_command_at() {
  local at=$2 word
  while ((at < COMP_CWORD)); do
    word=${COMP_WORDS[at]}
    [[ $word == -- ]] && echo $((at + 1)) && return
    [[ $word == -* ]] || { echo "$at" && return; }
    _memguard_value "$1" "$word" >/dev/null && at=$((at + 1))
    at=$((at + 1))
  done
}

_memguard_words() {
  local word
  COMPREPLY=()
  while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen "$@")
  [[ ${1:-} != -f ]] || compopt -o filenames 2>/dev/null
}

_memguard_of_command() {
  local at=$1
  if declare -F _command_offset >/dev/null; then
    _command_offset "$at"
  elif ((at == COMP_CWORD)); then
    _memguard_words -c -- "${COMP_WORDS[COMP_CWORD]}"
  else
    _memguard_words -f -- "${COMP_WORDS[COMP_CWORD]}"
  fi
}

_memguard() {
  local now=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]} value at
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    _memguard_words -W "$_memguard_commands --help --version" -- "$now"
    return
  fi
  case $command in
    help) _memguard_words -W "$_memguard_commands" -- "$now" && return ;;
    run | cargo)
      at=$(_memguard_command_at "$command" 2)
      if [[ $at ]]; then
        [[ $command == run ]] || at=1
        _memguard_of_command "$at"
        return
      fi
      ;;
  esac
  if value=$(_memguard_value "$command" "$before"); then
    case $value in
      FILE) _memguard_words -f -- "$now" ;;
      *) _memguard_words -W "$value" -- "$now" ;;
    esac
  elif [[ $now == -* ]]; then
    _memguard_words -W "$(_memguard_options "$command")" -- "$now"
  elif [[ $command == run ]]; then
    _memguard_words -c -- "$now"
  elif [[ $command == cargo ]]; then
    _memguard_of_command 1
  elif _memguard_value "$command" FILE >/dev/null; then
    _memguard_words -f -- "$now"
  fi
}

complete -F _memguard memguard
)shell";

std::string names_of(const cli::CommandHelp& help) {
  std::vector<std::string> names;
  for (const auto& option : help.options) names.insert(names.end(), option.names.begin(), option.names.end());
  return fmt::format("{}", fmt::join(names, " "));
}

// What is completed behind it: "FILE", or the words to type.
std::string value_of(const cli::OptionHelp& option) {
  return option.takes_file() ? "FILE" : fmt::format("{}", fmt::join(option.choices(), " "));
}

std::string values_of(const CompletedCommand& command) {
  std::string lines;
  for (const auto& option : command.help.options) {
    if (option.value.empty()) continue;
    for (const auto& name : option.names)
      lines += fmt::format("    '{} {}') echo {} ;;\n", command.name, name, in_quotes(value_of(option)));
  }
  for (const auto& argument : command.help.arguments)
    if (argument.takes_file()) lines += fmt::format("    '{} FILE') echo FILE ;;\n", command.name);
  return lines;
}

}  // namespace

std::vector<CompletedCommand> completed_commands() {
  std::vector<CompletedCommand> commands;
  for (const auto& command : cli::kCommands) {
    if (command.name == "help") continue;
    const std::string name(command.name);
    commands.push_back({name, std::string(command.text), cli::parse_command_line({name, "--help"})->help});
  }
  return commands;
}

std::string in_quotes(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string bash_completions() {
  std::string names;
  std::string options;
  std::string values;
  for (const auto& command : completed_commands()) {
    names += command.name + " ";
    options += fmt::format("    {}) echo {} ;;\n", command.name, in_quotes(names_of(command.help)));
    values += values_of(command);
  }
  return fmt::format(
      "# Completion of memguard in bash, made from its own tables of commands and options.\n"
      "_memguard_commands='{}help'\n\n"
      "_memguard_options() {{\n  case $1 in\n{}  esac\n}}\n\n"
      "# What option $2 of command $1 takes: FILE, or words; it takes nothing when the status is 1.\n"
      "_memguard_value() {{\n  case \"$1 $2\" in\n{}    *) return 1 ;;\n  esac\n}}\n{}",
      names, options, values, kBash);
}

}  // namespace memguard::manual

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "manual/completions.h"

namespace memguard::manual {
namespace {

constexpr std::string_view kFunctions = R"shell(
# Whether the words so far are memguard's own, of the command $argv[1] (none: no command yet).
function __memguard_in
    set -l words (commandline -opc)
    set -e words[1]
    test (count $argv) -gt 0; or begin
        test (count $words) -eq 0
        return
    end
    test (count $words) -gt 0; and test "$words[1]" = "$argv[1]"; or return 1
    test -z (__memguard_guarded $argv[1] | string collect)
end

# The words of the guarded command, "." in front; nothing while there are none.
function __memguard_guarded
    contains -- $argv[1] run cargo; or return
    set -l words (commandline -opc)
    set -e words[1]
    test (count $words) -gt 0; and test "$words[1]" = "$argv[1]"; or return
    set -e words[1]
    while test (count $words) -gt 0
        if test "$words[1]" = --
            set -e words[1]
            printf '%s\n' . $words
            return
        end
        if not string match -q -- '-*' "$words[1]"
            printf '%s\n' . $words
            return
        end
        contains -- "$words[1]" $__memguard_valued; and set -e words[1]
        set -e words[1]
    end
end

function __memguard_has_guarded
    test -n (__memguard_guarded $argv[1] | string collect)
end

# What fish knows of the guarded command. $argv[2..]: words to put in front.
function __memguard_complete_guarded
    set -l words (__memguard_guarded $argv[1])
    set -e words[1]
    set -l line (string escape -- $argv[2..] $words) (commandline -ct)
    complete -C (string join ' ' -- $line)
end

complete -c memguard -f
complete -c memguard -n __memguard_in -l help -s h -d 'the list of commands'
complete -c memguard -n __memguard_in -l version -s V -d 'the version'
complete -c memguard -n '__memguard_in run; or __memguard_has_guarded run' -xa '(__memguard_complete_guarded run)'
complete -c memguard -n '__memguard_in cargo; or __memguard_has_guarded cargo' -xa '(__memguard_complete_guarded cargo cargo)'
)shell";

// In single quotes of fish, where only these two are special.
std::string in_quotes(std::string_view text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return result + "'";
}

std::string value_of(const cli::OptionHelp& option) {
  if (option.value.empty()) return {};
  if (option.takes_file()) return " -r -F";
  const auto words = option.choices();
  return words.empty() ? " -x" : fmt::format(" -xa {}", in_quotes(fmt::format("{}", fmt::join(words, " "))));
}

std::string line_of(const std::string& where, const cli::OptionHelp& option) {
  std::string line = where;
  for (const auto& name : option.names)
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  return fmt::format("{}{} -d {}\n", line, value_of(option), in_quotes(option.text));
}

std::string lines_of(const CompletedCommand& command) {
  const std::string where = fmt::format("complete -c memguard -n '__memguard_in {}'", command.name);
  std::string lines =
      fmt::format("complete -c memguard -n __memguard_in -a {} -d {}\n", command.name, in_quotes(command.text));
  lines += fmt::format("complete -c memguard -n '__memguard_in help' -a {}\n", command.name);
  for (const auto& option : command.help.options) lines += line_of(where, option);
  for (const auto& argument : command.help.arguments)
    if (argument.takes_file()) lines += where + " -F\n";
  return lines;
}

// `cargo memguard`.
std::string lines_of_cargo(const CompletedCommand& command) {
  std::string lines = "complete -c cargo -n __fish_use_subcommand -a memguard -d 'cargo under memguard'\n";
  for (const auto& option : command.help.options)
    lines += line_of("complete -c cargo -n '__fish_seen_subcommand_from memguard'", option);
  return lines;
}

}  // namespace

std::string fish_completions() {
  std::string lines;
  std::string valued;
  for (const auto& command : completed_commands()) {
    lines += lines_of(command);
    if (command.name == "cargo") lines += lines_of_cargo(command);
    if (command.name != "run") continue;
    for (const auto& option : command.help.options)
      if (!option.value.empty()) valued += fmt::format(" {}", fmt::join(option.names, " "));
  }
  return fmt::format(
      "# Completion of memguard in fish, made from its own tables of commands and options.\n"
      "set -g __memguard_valued{}\n{}\n"
      "complete -c memguard -n __memguard_in -a help -d 'what a command does, and its options'\n{}",
      valued, kFunctions, lines);
}

}  // namespace memguard::manual

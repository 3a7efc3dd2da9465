#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iterator>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/setting_options.h"
#include "cli/shell_words.h"
#include "cli/subcommand.h"
#include "config/nearest.h"

namespace memguard::cli {
namespace {

using Settings = std::vector<config::TextSetting>;
using Action = CommandLine::Action;

constexpr auto command_names() {
  std::array<std::string_view, kCommands.size()> names;
  std::ranges::transform(kCommands, names.begin(), &Command::name);
  return names;
}

bool is_command(std::string_view word) { return std::ranges::find(kCommands, word, &Command::name) != kCommands.end(); }

// A command whose options are settings.
struct SettingsCommand {
  Action action;
  SettingOptions options;
  const char* name;
  const char* usage;
  const char* what;
  const char* example = nullptr;
};

constexpr SettingsCommand kRun{
    Action::run,
    SettingOptions::all,
    "memguard run",
    "memguard run [OPTIONS] -- COMMAND...",
    "Runs a command, a build mostly, in a limit of memory: jobs that do not fit wait until they do.",
    "memguard run -- make -j8, memguard cargo build --release"};
constexpr SettingsCommand kCargo{
    Action::run,
    SettingOptions::all,
    "cargo memguard",
    "cargo memguard [OPTIONS] build|test|... [OPTIONS OF CARGO]",
    "Runs cargo in a limit of memory: jobs that do not fit wait until they do. The same as memguard run [OPTIONS] -- "
    "cargo ...",
    "cargo memguard build --release"};
constexpr SettingsCommand kDoctor{
    Action::doctor, SettingOptions::of_machine, "memguard doctor", "memguard doctor [OPTIONS]",
    "Says what this machine allows, which limit a build here would get, and how to get the rest. Changes nothing. The "
    "exit status is 125 where a run would be refused."};
constexpr SettingsCommand kConfig{
    Action::config, SettingOptions::all_but_json, "memguard config", "memguard config [OPTIONS]",
    "Prints each setting, where it came from, and the files that were looked for. Options are shown as memguard run "
    "would take them."};

// `memguard cargo build`.
constexpr SettingsCommand cargo_of_memguard() {
  SettingsCommand command = kCargo;
  command.name = "memguard cargo";
  command.usage = "memguard cargo [OPTIONS] build|test|... [OPTIONS OF CARGO]";
  command.example = "memguard cargo build --release";
  return command;
}
constexpr SettingsCommand kCargoOfMemguard = cargo_of_memguard();

std::string bare_name(std::string_view option) { return std::string(option.substr(0, option.find('='))); }

tl::unexpected<Error> unknown_setting(const CLI::App& app, const SettingsCommand& command, const std::string& option) {
  if (!is_setting_option(bare_name(option))) return unknown_option(app, option);
  return fail(fmt::format("{} means nothing to {}", bare_name(option), command.name), 0,
              "It is an option of memguard run.");
}

bool takes_value(const CLI::App& app, const std::string& word) {
  const CLI::Option* option = app.get_option_no_throw(word);
  return option != nullptr && option->get_expected_max() > 0 && option->get_items_expected_max() > 0;
}

// Where our own arguments end: at the first word that is neither an option nor an option's value.
std::vector<std::string>::const_iterator own_arguments_end(const CLI::App& app,
                                                           const std::vector<std::string>& arguments) {
  auto word = arguments.begin();
  while (word != arguments.end() && *word != "--" && word->starts_with('-')) {
    const bool with_value = takes_value(app, *word);
    ++word;
    if (with_value && word != arguments.end() && !word->starts_with("--")) ++word;
  }
  return word;
}

// `memguard -- cargo build`, `memguard --memory 3GiB run -- true`: the same with the command in front.
tl::unexpected<Error> no_command_first(std::vector<std::string> words) {
  constexpr std::array<std::string_view, 2> kOwn{"--version", "--help"};
  const std::string first = words.front();
  if (const auto near = config::nearest(first, kOwn))
    return fail(fmt::format("unknown option {}", first), 0, fmt::format("Did you mean memguard {}?", *near));
  Settings settings;
  CLI::App app;
  add_settings(app, settings, SettingOptions::all);
  std::string command = "run";
  const auto word = own_arguments_end(app, words);
  if (word != words.end() && is_command(*word)) {
    command = *word;
    words.erase(word);
  }
  const std::string what = first == "--" ? "no command before --" : fmt::format("{} before the command", first);
  return fail(what, 0, fmt::format("Did you mean: memguard {} {}", command, shell_words(words)));
}

tl::unexpected<Error> unknown_command(const std::string& word, const std::string& else_say) {
  const auto near = config::nearest(word, command_names());
  return fail(fmt::format("unknown command {}", word), 0,
              near ? fmt::format("Did you mean memguard {}?", *near) : else_say);
}

tl::unexpected<Error> unknown_command(const std::vector<std::string>& words) {
  if (words.front().starts_with('-')) return no_command_first(words);
  return unknown_command(words.front(), fmt::format("To guard a command: memguard run -- {}", shell_words(words)));
}

// CLI11 would take the next option for the value.
Status check_values(const CLI::App& app, const SettingsCommand& command, const std::vector<std::string>& own) {
  for (std::size_t i = 0; i < own.size(); ++i) {
    if (!takes_value(app, own[i])) continue;
    if (i + 1 < own.size() && !own[i + 1].starts_with("--")) {
      ++i;
      continue;
    }
    const std::string type = app.get_option_no_throw(own[i])->get_type_name();
    return fail(fmt::format("{} has no {}", own[i], type), 0, fmt::format("See {} --help.", command.name));
  }
  return {};
}

Result<CommandLine> read_settings(CLI::App& app, const SettingsCommand& command,
                                  const std::vector<std::string>& arguments, CommandLine line) {
  const auto end = own_arguments_end(app, arguments);
  std::vector<std::string> own(arguments.begin(), end);
  if (auto fine = check_values(app, command, own); !fine) return pass(std::move(fine.error()));
  std::ranges::reverse(own);  // CLI11 takes them from the back
  app.allow_extras();
  try {
    app.parse(own);
  } catch (const CLI::CallForHelp&) {
    line.action = Action::help;
    line.help = describe(app, command.usage);
    return line;
  } catch (const CLI::ParseError& error) {
    return words_refused(app, error);
  }
  if (const auto extras = app.remaining(); !extras.empty()) return unknown_setting(app, command, extras.front());
  line.command.assign(end, arguments.end());
  if (!line.command.empty() && line.command.front() == "--") line.command.erase(line.command.begin());
  return line;
}

Result<CommandLine> parse_settings_command(const SettingsCommand& command, const std::vector<std::string>& arguments) {
  CommandLine line;
  line.action = command.action;
  Settings settings;
  CLI::App app(command.what, command.name);
  add_settings(app, settings, command.options);
  bool as_json = false;
  if (command.action != Action::run)
    app.add_flag("--json", as_json, "the answer as JSON, to stdout")->disable_flag_override();
  auto parsed = read_settings(app, command, arguments, std::move(line));
  if (!parsed || parsed->action == Action::help) return parsed;
  parsed->as_json = as_json;
  parsed->options = std::move(settings);
  const bool run = command.action == Action::run;
  if (run && parsed->command.empty())
    return fail("no command to run", 0, fmt::format("For example: {}", command.example));
  if (!run && !parsed->command.empty())
    return fail(fmt::format("{} takes no argument {}", command.name, parsed->command.front()));
  return parsed;
}

// A command that has options of its own: they go to that member of the line.
template <class Options>
Result<CommandLine> own_command(Result<Subcommand<Options>> parsed, CommandLine line, CommandLine::Action action,
                                Options CommandLine::*options) {
  if (!parsed) return pass(std::move(parsed.error()));
  line.action = parsed->help ? CommandLine::Action::help : action;
  if (parsed->help) line.help = *parsed->help;
  line.*options = std::move(parsed->options);
  return line;
}

// The command with the cargo in front that CARGO names, which is the one that started us, or else the one in PATH.
CommandLine with_cargo(CommandLine line) {
  const char* cargo = std::getenv("CARGO");  // NOLINT(concurrency-mt-unsafe): there are no threads yet
  line.command.insert(line.command.begin(), cargo != nullptr && *cargo != '\0' ? cargo : "cargo");
  return line;
}

Result<CommandLine> parse_cargo(const SettingsCommand& command, const std::vector<std::string>& words) {
  auto line = parse_settings_command(command, words);
  return line && line->action == Action::run ? with_cargo(std::move(*line)) : std::move(line);
}

std::optional<Result<CommandLine>> parse_own_command(const std::string& word, const std::vector<std::string>& words,
                                                     const CommandLine& line) {
  if (word == "run") return parse_settings_command(kRun, words);
  if (word == "cargo") return parse_cargo(kCargoOfMemguard, words);
  if (word == "doctor") return parse_settings_command(kDoctor, words);
  if (word == "config") return parse_settings_command(kConfig, words);
  if (word == "simulate") return own_command(parse_simulate(words), line, Action::simulate, &CommandLine::simulate);
  if (word == "history") return own_command(parse_history(words), line, Action::history, &CommandLine::history);
  if (word == "suggest") return own_command(parse_suggest(words), line, Action::suggest, &CommandLine::suggest);
  if (word == "status") return own_command(parse_status(words), line, Action::status, &CommandLine::status);
  if (word == "top") return own_command(parse_top(words), line, Action::top, &CommandLine::top);
  if (word == "report") return own_command(parse_report(words), line, Action::report, &CommandLine::report);
  if (word == "explain") return own_command(parse_explain(words), line, Action::explain, &CommandLine::explain);
  return std::nullopt;
}

bool asks_for_version(const std::string& word) { return word == "--version" || word == "-V"; }

// "memguard run [OPTIONS] -- COMMAND...".
std::string usage_of(const Command& command) {
  return fmt::format("memguard {}{}{}", command.name, command.usage.empty() ? "" : " ", command.usage);
}

CommandHelp main_help() {
  CommandHelp help;
  help.name = "memguard";
  help.text = "memguard: lets memory-hungry builds finish";
  for (const Command& command : kCommands) help.commands.push_back({usage_of(command), std::string(command.text)});
  help.options.push_back({{"-h", "--help"}, {}, "this list", false});
  help.options.push_back({{"-V", "--version"}, {}, "memguard's version", false});
  help.more = "memguard help run lists the options of run. Examples: memguard run -- make -j8, memguard cargo build.";
  return help;
}

// `memguard help run` is `memguard run --help`.
Result<CommandLine> parse_help(const std::vector<std::string>& words) {
  CommandLine line;
  line.help = main_help();
  if (words.empty() || words.front() == "help" || words.front().starts_with("-")) return line;
  if (!is_command(words.front())) return unknown_command(words.front(), "See memguard help.");
  return *parse_own_command(words.front(), {"--help"}, line);
}

// Words of memguard's own that cargo memguard has too. `run` and `help` are cargo's.
bool is_own_word(const std::string& word) {
  return word != "run" && word != "cargo" && word != "help" && is_command(word);
}

// `cargo memguard --memory 3GiB doctor`: the word in front of its options. `command` is the end of `arguments`.
Result<CommandLine> parse_own_word(const std::vector<std::string>& arguments, const std::vector<std::string>& command) {
  std::vector<std::string> words{command.front()};
  words.insert(words.end(), arguments.begin(), arguments.end() - static_cast<std::ptrdiff_t>(command.size()));
  if (words.back() == "--") words.pop_back();
  words.insert(words.end(), command.begin() + 1, command.end());
  return parse_command_line(words);
}

}  // namespace

Result<CommandLine> parse_command_line(const std::vector<std::string>& arguments) {
  CommandLine line;
  if (arguments.empty())
    return fail("no command given", 0, "To guard a build: memguard run -- make -j8, or memguard cargo build --release");
  const std::string& word = arguments.front();
  if (word == "--help" || word == "-h") return parse_help({});
  if (word == "help") return parse_help({arguments.begin() + 1, arguments.end()});
  if (asks_for_version(word)) {
    line.action = Action::version;
    return line;
  }
  if (auto own = parse_own_command(word, {arguments.begin() + 1, arguments.end()}, line)) return std::move(*own);
  return unknown_command(arguments);
}

Result<CommandLine> parse_program_line(const std::vector<std::string>& words) {
  std::vector<std::string> arguments(words.begin() + (words.empty() ? 0 : 1), words.end());
  if (words.empty() || std::filesystem::path(words.front()).filename() != "cargo-memguard")
    return parse_command_line(arguments);
  if (!arguments.empty() && arguments.front() == "memguard") arguments.erase(arguments.begin());
  if (!arguments.empty() && asks_for_version(arguments.front())) return parse_command_line({"--version"});
  auto line = parse_settings_command(kCargo, arguments);
  if (!line || line->action != Action::run) return line;
  if (is_own_word(line->command.front())) return parse_own_word(arguments, line->command);
  return with_cargo(std::move(*line));
}

}  // namespace memguard::cli

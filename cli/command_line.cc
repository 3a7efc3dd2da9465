#include "cli/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iterator>

#include <fmt/format.h>

#include "config/nearest.h"

namespace memguard::cli {
namespace {

using Settings = std::vector<config::TextSetting>;

void add_value(CLI::App& app, Settings& settings, const std::string& key, const std::string& type,
               const std::string& what) {
  app.add_option_function<std::string>(
         "--" + key,
         [&settings, key](const std::string& text) {
           settings.push_back({key, text, "--" + key});
         },
         what)
      ->type_name(type);
}

void add_switch(CLI::App& app, Settings& settings, const std::string& option, const config::TextSetting& setting,
                const std::string& what) {
  app.add_flag_callback(
      option, [&settings, setting] { settings.push_back(setting); }, what);
}

void add_settings(CLI::App& app, Settings& settings) {
  add_value(app, settings, "memory", "SIZE", "limit of the build (default: what this machine or container can give)");
  add_value(app, settings, "keep-free", "SIZE", "leave so much free on the machine while others come and go");
  add_value(app, settings, "swap", "SIZE|none", "swap the build may use");
  add_value(app, settings, "link-jobs", "N|auto", "at most N links at once (default: as many as memory allows)");
  add_value(app, settings, "json", "FILE", "write what happened to FILE");
  add_value(app, settings, "record", "FILE", "write each decision to FILE, for memguard simulate --replay");
  add_value(app, settings, "require-tier", "TIER", "fail unless this machine gives full, freezer or signal");
  add_switch(app, settings, "--no-gate", {"gate", "false", "--no-gate"},
             "do not watch execs (sudo works in the build)");
  add_switch(app, settings, "--no-scope", {"scope", "false", "--no-scope"}, "do not ask systemd for a scope");
  add_switch(app, settings, "--no-restart", {"restart", "false", "--no-restart"},
             "no RUSTC_WRAPPER: a rustc that memory ends is lost");
  add_switch(app, settings, "--no-history", {"history", "false", "--no-history"},
             "neither use nor keep what earlier builds needed");
  add_switch(app, settings, "--quiet", {"quiet", "true", "--quiet"}, "only errors on stderr");
  add_switch(app, settings, "--explain", {"explain", "true", "--explain"}, "each decision with its numbers on stderr");
}

std::string bare_name(std::string_view option) { return std::string(option.substr(0, option.find('='))); }

tl::unexpected<Error> unknown_option(const CLI::App& app, const std::string& option) {
  std::vector<std::string> names;
  for (const CLI::Option* known : app.get_options()) {
    for (const auto& name : known->get_lnames()) names.push_back("--" + name);
  }
  const std::vector<std::string_view> views(names.begin(), names.end());
  const auto near = config::nearest(bare_name(option), views);
  return fail(fmt::format("unknown option {}", option), 0,
              near ? fmt::format("Did you mean {}?", *near) : "See memguard run --help.");
}

tl::unexpected<Error> unknown_command(const std::string& word) {
  constexpr std::array<std::string_view, 7> kCommands{"run",     "doctor",  "config", "simulate",
                                                      "history", "suggest", "report"};
  const auto near = config::nearest(word, kCommands);
  return fail(fmt::format("unknown command {}", word), 0,
              near ? fmt::format("Did you mean memguard {}?", *near)
                   : fmt::format("To guard a command: memguard run -- {} ...", word));
}

// Where our own arguments end: at the first word that is neither an option nor an option's value.
std::vector<std::string>::const_iterator own_arguments_end(const CLI::App& app,
                                                           const std::vector<std::string>& arguments) {
  auto word = arguments.begin();
  while (word != arguments.end() && *word != "--" && word->starts_with('-')) {
    const CLI::Option* option = app.get_option_no_throw(*word);
    const bool takes_value =
        option != nullptr && option->get_expected_max() > 0 && option->get_items_expected_max() > 0;
    ++word;
    if (takes_value && word != arguments.end()) ++word;
  }
  return word;
}

Result<CommandLine> parse_run(CLI::App& app, const std::vector<std::string>& arguments, CommandLine line) {
  const auto end = own_arguments_end(app, arguments);
  std::vector<std::string> own(arguments.begin(), end);
  std::ranges::reverse(own);  // CLI11 takes them from the back
  app.allow_extras();
  try {
    app.parse(own);
  } catch (const CLI::CallForHelp&) {
    line.action = CommandLine::Action::help;
    line.help = app.help();
    return line;
  } catch (const CLI::ParseError& error) {
    return fail(error.what(), 0, "See memguard run --help.");
  }
  if (const auto extras = app.remaining(); !extras.empty()) return unknown_option(app, extras.front());
  line.command.assign(end, arguments.end());
  if (!line.command.empty() && line.command.front() == "--") line.command.erase(line.command.begin());
  return line;
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

std::optional<Result<CommandLine>> parse_own_command(const std::string& word, const std::vector<std::string>& words,
                                                     const CommandLine& line) {
  using Action = CommandLine::Action;
  if (word == "simulate") return own_command(parse_simulate(words), line, Action::simulate, &CommandLine::simulate);
  if (word == "history") return own_command(parse_history(words), line, Action::history, &CommandLine::history);
  if (word == "suggest") return own_command(parse_suggest(words), line, Action::suggest, &CommandLine::suggest);
  if (word == "report") return own_command(parse_report(words), line, Action::report, &CommandLine::report);
  return std::nullopt;
}

std::string main_help() {
  return "memguard: lets memory-hungry builds finish\n\n"
         "  memguard run [options] -- COMMAND...   run a command; jobs are stalled, never lost, when memory is short\n"
         "  cargo memguard [options] build ...     the same for cargo\n"
         "  memguard doctor                        what this machine allows, and how to get the rest\n"
         "  memguard config                        each setting and where it came from\n"
         "  memguard simulate                      what a build would do on another machine, and recorded decisions "
         "again\n"
         "  memguard history                       what jobs needed in earlier builds; export, import, forget\n"
         "  memguard suggest                       what this project's builds need, and what to declare\n"
         "  memguard report [FILE]                 what happened in a run (default: the last one)\n"
         "  memguard --version\n\n"
         "memguard run --help lists the options.\n";
}

}  // namespace

Result<CommandLine> parse_command_line(const std::vector<std::string>& arguments) {
  CommandLine line;
  line.help = main_help();
  if (arguments.empty()) return fail("no command given", 0, "To guard a build: memguard run -- cargo build --release");
  const std::string& word = arguments.front();
  if (word == "--help" || word == "-h" || word == "help") return line;
  if (word == "--version" || word == "-V") {
    line.action = CommandLine::Action::version;
    return line;
  }
  if (auto own = parse_own_command(word, {arguments.begin() + 1, arguments.end()}, line)) return std::move(*own);
  const bool run = word == "run";
  if (!run && word != "doctor" && word != "config") return unknown_command(word);
  line.action =
      run ? CommandLine::Action::run : (word == "doctor" ? CommandLine::Action::doctor : CommandLine::Action::config);

  Settings settings;
  CLI::App app("", "memguard " + word + (run ? " [OPTIONS] -- COMMAND..." : ""));
  add_settings(app, settings);
  auto parsed = parse_run(app, {arguments.begin() + 1, arguments.end()}, std::move(line));
  if (!parsed || parsed->action == CommandLine::Action::help) return parsed;
  parsed->options = std::move(settings);
  if (run && parsed->command.empty()) {
    return fail("no command to run", 0, "For example: memguard run -- cargo build --release");
  }
  if (!run && !parsed->command.empty()) {
    return fail(fmt::format("memguard {} takes no argument {}", word, parsed->command.front()));
  }
  return parsed;
}

Result<CommandLine> parse_program_line(const std::vector<std::string>& words) {
  std::vector<std::string> arguments(words.begin() + (words.empty() ? 0 : 1), words.end());
  if (words.empty() || std::filesystem::path(words.front()).filename() != "cargo-memguard")
    return parse_command_line(arguments);
  if (!arguments.empty() && arguments.front() == "memguard") arguments.erase(arguments.begin());
  arguments.insert(arguments.begin(), "run");
  auto line = parse_command_line(arguments);
  if (!line || line->action != CommandLine::Action::run) return line;
  const char* cargo = std::getenv("CARGO");  // NOLINT(concurrency-mt-unsafe): there are no threads yet
  line->command.insert(line->command.begin(), cargo != nullptr && *cargo != '\0' ? cargo : "cargo");
  return line;
}

}  // namespace memguard::cli

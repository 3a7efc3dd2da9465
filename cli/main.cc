#include <cerrno>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/say.h"
#include "base/standard_streams.h"
#include "cargo/metadata.h"
#include "cli/answers_json.h"
#include "cli/command_help.h"
#include "cli/command_line.h"
#include "cli/doctor.h"
#include "cli/setting_options.h"
#include "cli/terminal.h"
#include "config/load.h"
#include "supervisor/front/front.h"

namespace {

using memguard::cli::CommandLine;

// memguard's own failures; the command's status is passed through (README, "Exit status").
constexpr int kFailed = 125;

int refuse(const memguard::Error& error) {
  // `memguard history | head`: whoever reads has seen enough.
  if (error.code == EPIPE) return kFailed;
  memguard::say(error.text());
  return kFailed;
}

int show(const memguard::TerminalText& text) {
  const auto shown = memguard::print(text);
  return shown ? 0 : refuse(shown.error());
}

// What the manifests of the workspace declare. `memguard config` and `doctor` show what a `cargo` here would bring, but
// unlike with `run`, nobody has asked for cargo: nothing that this folder names is executed, and none is started
// because of a manifest that a stranger laid in the way.
memguard::Result<std::string> cargo_metadata(const memguard::config::Environment& environment,
                                             const CommandLine& line) {
  memguard::cargo::Surroundings surroundings{environment.variables, environment.working_directory,
                                             environment.read_file};
  if (line.action == CommandLine::Action::run) return memguard::cargo::metadata(surroundings, line.command);
  surroundings.read_file = [&](const std::string& path) -> memguard::Result<std::string> {
    if (environment.foreign(path)) return memguard::fail("read " + path, EACCES);
    return environment.read_file(path);
  };
  return memguard::cargo::metadata_to_look_at(surroundings);
}

memguard::Result<memguard::config::Config> load_config(const CommandLine& line) {
  const auto environment = memguard::config::system_environment();
  auto metadata = cargo_metadata(environment, line);
  auto config = memguard::config::load(environment, line.options, metadata ? *metadata : std::string());
  if (config && !metadata) config->ignored.push_back(std::move(metadata.error()));
  return config;
}

int run(const memguard::config::Config& config, const std::vector<std::string>& command) {
  if (!config.quiet.value)
    for (const auto& error : config.ignored) memguard::say("ignored: " + error.text());
  const int status = memguard::supervisor::run_build(config, command);
  if (status != 0 && !config.quiet.value) {
    if (const auto hint = memguard::cli::late_option_hint(command); !hint.empty()) memguard::say(hint);
  }
  return status;
}

int show_json(const std::string& json) {
  const auto shown = memguard::print_json(json);
  return shown ? 0 : refuse(shown.error());
}

int diagnose(const memguard::config::Config& config, bool as_json) {
  const auto diagnosis = memguard::cli::doctor(config);
  const int shown = as_json
                        ? show_json(to_json(diagnosis))
                        : show(memguard::cli::fit_to_terminal(diagnosis_text(diagnosis), memguard::cli::kDoctorText));
  return shown != 0 || diagnosis.verdict ? shown : refuse(diagnosis.verdict.error());
}

// The commands that need no configuration.
std::optional<memguard::Result<int>> look(const CommandLine& line) {
  const auto surroundings = memguard::config::system_environment();
  switch (line.action) {
    case CommandLine::Action::simulate:
      return memguard::cli::simulate(line.simulate);
    case CommandLine::Action::history:
      return memguard::cli::look_into_history(line.history, surroundings);
    case CommandLine::Action::suggest:
      return memguard::cli::suggest(line.suggest, surroundings);
    case CommandLine::Action::report:
      return memguard::cli::show_report(line.report, surroundings);
    case CommandLine::Action::explain:
      return memguard::cli::explain_job(line.explain, surroundings);
    case CommandLine::Action::status:
      return memguard::cli::show_status(line.status, surroundings);
    case CommandLine::Action::top:
      return memguard::cli::show_top(line.top, surroundings);
    default:
      return std::nullopt;
  }
}

int act(const CommandLine& line) {
  if (line.action == CommandLine::Action::help) {
    const auto text = memguard::cli::help_text(line.help, memguard::cli::terminal_width());
    return show(memguard::TerminalText::own_lines(text));
  }
  if (line.action == CommandLine::Action::version)
    return show(memguard::terminal_text("memguard {}\n", MEMGUARD_VERSION));
  if (const auto status = look(line)) return *status ? **status : refuse(status->error());
  const auto config = load_config(line);
  if (!config) return refuse(config.error());
  switch (line.action) {
    case CommandLine::Action::doctor:
      return diagnose(*config, line.as_json);
    case CommandLine::Action::config:
      return line.as_json ? show_json(memguard::cli::to_json(*config)) : show(memguard::config::to_text(*config));
    default:
      return run(*config, line.command);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (const auto filled = memguard::fill_closed_standard_streams(); !filled) return refuse(filled.error());
  const auto line = memguard::cli::parse_program_line(std::vector<std::string>(argv, argv + argc));
  return line ? act(*line) : refuse(line.error());
} catch (const std::bad_alloc&) {
  return refuse(memguard::Error{"memguard has no memory for itself", ENOMEM, "Raise ulimit -v."});
}

// What the user typed, as values.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/command_help.h"
#include "cli/explain_job.h"
#include "cli/history.h"
#include "cli/report.h"
#include "cli/simulate.h"
#include "cli/status.h"
#include "cli/suggest.h"
#include "cli/top.h"
#include "config/config.h"

namespace memguard::cli {

struct CommandLine {
  enum class Action : std::uint8_t {
    run,
    doctor,
    config,
    simulate,
    history,
    suggest,
    report,
    explain,
    status,
    top,
    help,
    version
  };
  Action action = Action::help;
  /// Options as settings of the last configuration layer.
  std::vector<config::TextSetting> options;
  /// `run`: the command and its arguments.
  std::vector<std::string> command;
  /// `doctor` and `config`: the answer as JSON.
  bool as_json = false;
  /// What those commands were asked for.
  SimulateOptions simulate;
  HistoryOptions history;
  SuggestOptions suggest;
  ReportOptions report;
  ExplainOptions explain;
  StatusOptions status;
  TopOptions top;
  /// `help`: of what.
  CommandHelp help;
};

/// Reads the arguments (without the program's name). The command begins at `--` or at the first word that is no option;
/// from there nothing is read as ours. Errors name the option and the nearest one that exists.
[[nodiscard]] Result<CommandLine> parse_command_line(const std::vector<std::string>& arguments);

/// The same with the program's name in front. As `cargo-memguard` it is cargo's subcommand, which cargo starts as
/// `cargo-memguard memguard build ...` (The Cargo Book, "External tools"): `cargo memguard [OPTIONS] build ...` is
/// `memguard run [OPTIONS] -- cargo build ...`, with the cargo that CARGO names, which is the one that started us.
/// `--help` and `--version` are ours, and so are the commands of memguard but `run`: `cargo memguard report`. A command
/// of cargo's that has such a name is to be had by `memguard run -- cargo report`.
[[nodiscard]] Result<CommandLine> parse_program_line(const std::vector<std::string>& words);

}  // namespace memguard::cli

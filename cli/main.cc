#include <cstdio>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/command_line.h"
#include "cli/doctor.h"
#include "config/config.h"
#include "supervisor/front.h"

namespace {

using memguard::cli::CommandLine;

// memguard's own failures; the command's status is passed through (README, "Exit status").
constexpr int kFailed = 125;

int refuse(const memguard::Error& error) {
  fmt::print(stderr, "memguard: {}\n", error.text());
  return kFailed;
}

int act(const CommandLine& line) {
  if (line.action == CommandLine::Action::help) return fmt::print("{}", line.help), 0;
  if (line.action == CommandLine::Action::version) return fmt::print("memguard {}\n", MEMGUARD_VERSION), 0;
  if (line.action == CommandLine::Action::simulate) {
    const auto status = memguard::cli::simulate(line.simulate);
    return status ? *status : refuse(status.error());
  }
  const auto config = memguard::config::load(memguard::config::system_environment(), line.options);
  if (!config) return refuse(config.error());
  switch (line.action) {
    case CommandLine::Action::doctor:
      return fmt::print("{}", memguard::cli::doctor(*config)), 0;
    case CommandLine::Action::config:
      return fmt::print("{}", memguard::config::to_text(*config)), 0;
    default:
      return memguard::supervisor::run_build(*config, line.command);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto line = memguard::cli::parse_command_line(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
  return line ? act(*line) : refuse(line.error());
}

#include "cli/command_line.h"

#include <cstdlib>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/commands.h"
#include "cli/setting_options.h"

namespace memguard::cli {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using testing::UnorderedElementsAre;
using Action = CommandLine::Action;

std::vector<std::string> options_of(const CommandLine& line) {
  std::vector<std::string> texts;
  for (const auto& option : line.options) texts.push_back(option.key + "=" + option.text + " from " + option.origin);
  return texts;
}

TEST(CommandLineOfRun, SplitsAtTheDashes) {
  const auto line = parse_command_line({"run", "--memory", "3GiB", "--quiet", "--", "cargo", "build", "--release"});
  ASSERT_TRUE(line) << line.error().text();
  EXPECT_EQ(line->action, Action::run);
  EXPECT_THAT(line->command, ElementsAre("cargo", "build", "--release"));
  EXPECT_THAT(options_of(*line), ElementsAre("memory=3GiB from --memory", "quiet=true from --quiet"));
}

TEST(CommandLineOfStatus, HasItsOptions) {
  const auto line = parse_command_line({"status", "--json", "--pid", "7"});
  ASSERT_TRUE(line) << line.error().text();
  EXPECT_EQ(line->action, Action::status);
  EXPECT_TRUE(line->status.json);
  EXPECT_EQ(line->status.pid, 7);
  EXPECT_FALSE(parse_command_line({"status", "--pid", "-7"}));
  EXPECT_FALSE(parse_command_line({"status", "7"}));
  EXPECT_EQ(parse_command_line({"status", "--help"})->action, Action::help);
}

TEST(CommandLineOfRun, TheCommandMayFollowWithoutDashes) {
  const auto line = parse_command_line({"run", "--memory=3GiB", "cargo", "--quiet"});
  ASSERT_TRUE(line) << line.error().text();
  EXPECT_THAT(line->command, ElementsAre("cargo", "--quiet"));
  EXPECT_THAT(options_of(*line), ElementsAre("memory=3GiB from --memory"));
}

TEST(CommandLineOfRun, WhatFollowsTheCommandIsNotOurs) {
  const auto line = parse_command_line({"run", "--", "sh", "-c", "x", "--", "--memory", "--help"});
  ASSERT_TRUE(line) << line.error().text();
  EXPECT_THAT(line->command, ElementsAre("sh", "-c", "x", "--", "--memory", "--help"));
  EXPECT_TRUE(line->options.empty());
}

TEST(CommandLineOfRun, NegativeSwitchesSetTheirSettingToFalse) {
  const auto line = parse_command_line({"run", "--no-gate", "--no-scope", "--no-restart", "--no-history", "true"});
  ASSERT_TRUE(line) << line.error().text();
  EXPECT_THAT(options_of(*line), ElementsAre("gate=false from --no-gate", "scope=false from --no-scope",
                                             "restart=false from --no-restart", "history=false from --no-history"));
}

TEST(CommandLineOfRun, LinkJobsAndTestJobsAreSettings) {
  const auto line = parse_command_line({"run", "--link-jobs", "2", "--test-jobs=auto", "true"});
  ASSERT_TRUE(line) << line.error().text();
  EXPECT_THAT(options_of(*line),
              UnorderedElementsAre("link-jobs=2 from --link-jobs", "test-jobs=auto from --test-jobs"));
}

TEST(CommandLineOfRun, OfAnOptionGivenTwiceTheLastCounts) {
  const auto line = parse_command_line({"run", "--memory", "1GiB", "--quiet", "--memory=2GiB", "--quiet", "true"});
  ASSERT_TRUE(line) << line.error().text();
  EXPECT_THAT(options_of(*line), UnorderedElementsAre("memory=2GiB from --memory", "quiet=true from --quiet"));
  EXPECT_EQ(parse_command_line({"simulate", "--workload", "a", "--seed", "1", "--seed", "2"})->simulate.seed, 2U);
}

struct Refusal {
  const char* name;
  std::vector<std::string> arguments;
  const char* text;
};
class CommandLineRefuses : public testing::TestWithParam<Refusal> {};

TEST_P(CommandLineRefuses, AndSaysWhatToDo) {
  const auto line = parse_command_line(GetParam().arguments);
  ASSERT_FALSE(line);
  EXPECT_THAT(line.error().text(), HasSubstr(GetParam().text));
}

INSTANTIATE_TEST_SUITE_P(
    Mistakes, CommandLineRefuses,
    testing::Values(
        Refusal{"Nothing", {}, "memguard run -- make"}, Refusal{"NoCommand", {"run"}, "no command to run"},
        Refusal{"DashesWithoutCommand", {"run", "--memory", "1G", "--"}, "no command to run"},
        Refusal{"MistypedOption", {"run", "--memroy", "1G", "--", "true"}, "Did you mean --memory?"},
        Refusal{"MistypedOptionWithValue", {"run", "--memroy=1G", "true"}, "Did you mean --memory?"},
        Refusal{"StrangeOption", {"run", "--xyzzy", "true"}, "unknown option --xyzzy"},
        Refusal{"OptionWithoutValue", {"run", "--memory"}, "--memory"},
        Refusal{"DashesForAValue", {"run", "--json", "--", "true"}, "--json has no FILE"},
        Refusal{"OptionForAValue", {"run", "--json", "--quiet", "true"}, "--json has no FILE"},
        Refusal{"MistypedCommand", {"rnu", "true"}, "Did you mean memguard run?"},
        Refusal{"ForgottenRun", {"ninja", "all"}, "memguard run -- ninja all"},
        Refusal{"DashesFirst", {"--", "cargo", "build"}, "Did you mean: memguard run -- cargo build"},
        Refusal{"OptionBeforeTheCommand",
                {"--memory", "3GiB", "run", "--", "sh", "-c", "make all"},
                "Did you mean: memguard run --memory 3GiB -- sh -c 'make all'"},
        Refusal{"OptionWithoutACommand",
                {"--memory", "3GiB", "--", "cargo", "run"},
                "Did you mean: memguard run --memory 3GiB -- cargo run"},
        Refusal{"OptionBeforeACargoThatRuns", {"--quiet", "cargo", "run"}, "Did you mean: memguard cargo --quiet run"},
        Refusal{"OptionBeforeDoctor", {"--memory=3GiB", "doctor"}, "Did you mean: memguard doctor --memory=3GiB"},
        Refusal{"MistypedVersion", {"--versoin"}, "Did you mean memguard --version?"},
        Refusal{"ConfigWithAFileForJson", {"config", "--json=f"}, "json was given"},
        Refusal{"DoctorWithAFileForJson", {"doctor", "--json", "f"}, "memguard doctor takes no argument f"},
        Refusal{"DoctorWithRecord", {"doctor", "--record=f"}, "--record means nothing to memguard doctor"},
        Refusal{"DoctorQuiet", {"doctor", "--quiet"}, "--quiet means nothing to memguard doctor"},
        Refusal{"DoctorWithArgument", {"doctor", "who"}, "takes no argument who"}),
    [](const auto& each) { return std::string(each.param.name); });

TEST(CommandLine, HelpIsGivenForMemguardAndForRun) {
  EXPECT_EQ(parse_command_line({"--help"})->action, Action::help);
  const auto run = parse_command_line({"run", "--help"});
  EXPECT_EQ(run->action, Action::help);
  EXPECT_THAT(help_text(run->help, 80), HasSubstr("--keep-free"));
}

TEST(CommandLine, AdviceIsALineThatWorks) {
  EXPECT_TRUE(parse_command_line({"run", "--memory", "3GiB", "--", "sh", "-c", "make all"}));
  EXPECT_TRUE(parse_command_line({"run", "--", "cargo", "build"}));
}

TEST(CommandLine, HelpSaysFirstWhatACommandDoesAndThenHowItIsUsed) {
  EXPECT_THAT(help_text(parse_command_line({"run", "--help"})->help, 80),
              AllOf(StartsWith("Runs a command"), HasSubstr("\nUsage: memguard run [OPTIONS] -- COMMAND...\n")));
  EXPECT_THAT(help_text(parse_command_line({"config", "--help"})->help, 80),
              AllOf(StartsWith("Prints each setting"), HasSubstr("\nUsage: memguard config [OPTIONS]\n")));
  EXPECT_THAT(
      help_text(parse_command_line({"doctor", "--help"})->help, 80),
      AllOf(StartsWith("Says what this machine allows"), HasSubstr("--require-tier"), Not(HasSubstr("--record"))));
}

TEST(CommandLine, HelpOfACommandIsWhatItsOptionHelpGives) {
  for (const Command& command : kCommands) {
    const auto help = parse_command_line({"help", std::string(command.name)});
    ASSERT_TRUE(help) << help.error().text();
    EXPECT_EQ(help->action, Action::help);
    EXPECT_EQ(help->help.text.empty(), false) << command.name;
    EXPECT_EQ(help_text(help->help, 80),
              help_text(parse_command_line({std::string(command.name), "--help"})->help, 80));
    EXPECT_THAT(help->help.name, command.name == "help" ? "memguard" : "memguard " + std::string(command.name));
  }
  EXPECT_THAT(parse_command_line({"help", "histroy"}).error().text(), HasSubstr("Did you mean memguard history?"));
  EXPECT_EQ(parse_command_line({"help", "frobnicate"}).error().text(),
            "unknown command frobnicate. See memguard help.");
}

TEST(CommandLine, NoOptionOrArgumentIsWithoutAText) {
  for (const Command& command : kCommands) {
    const auto help = parse_command_line({"help", std::string(command.name)})->help;
    for (const auto& option : help.options) EXPECT_NE(option.text, "") << command.name << " " << option.names.back();
    for (const auto& argument : help.arguments) EXPECT_NE(argument.text, "") << command.name;
  }
}

TEST(CommandLine, HelpIsNoWiderThanTheTerminal) {
  for (const std::size_t width : {40U, 60U, 80U, 100U}) {
    for (const Command& command : kCommands) {
      std::istringstream lines(help_text(parse_command_line({"help", std::string(command.name)})->help, width));
      for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), width) << command.name << ": " << line;
    }
  }
}

TEST(CommandLine, AFirstWordCargoIsCargoUnderGuard) {
  ::unsetenv("CARGO");  // NOLINT(concurrency-mt-unsafe)
  const auto line = parse_command_line({"cargo", "--memory", "3GiB", "build", "--release"});
  ASSERT_TRUE(line) << line.error().text();
  EXPECT_EQ(line->action, Action::run);
  EXPECT_THAT(line->command, ElementsAre("cargo", "build", "--release"));
  EXPECT_THAT(options_of(*line), ElementsAre("memory=3GiB from --memory"));
  EXPECT_THAT(parse_command_line({"cargo", "report"})->command, ElementsAre("cargo", "report"));
  EXPECT_THAT(parse_command_line({"cargo"}).error().text(), HasSubstr("For example: memguard cargo build"));
}

TEST(CommandLine, ACommandWithoutRunIsToldAsTheLineThatWorks) {
  EXPECT_THAT(parse_command_line({"make", "-j8", "a b"}).error().text(),
              HasSubstr("To guard a command: memguard run -- make -j8 'a b'"));
}

TEST(CommandLine, WordsOfHistoryAreItsOptionsToo) {
  const auto options = [](const std::vector<std::string>& words) { return parse_history(words)->options; };
  EXPECT_EQ(options({"export", "file"}).export_to, "file");
  EXPECT_EQ(options({"export"}).export_to, "-");
  EXPECT_EQ(options({"export", "--here"}).export_to, "-");
  EXPECT_TRUE(options({"export", "--here"}).here);
  EXPECT_EQ(options({"import", "-"}).import_from, "-");
  EXPECT_TRUE(options({"forget", "serde"}).forget);
  EXPECT_EQ(options({"forget", "serde"}).name, "serde");
  EXPECT_EQ(options({"exports"}).name, "exports");
}

TEST(CommandLine, AnOptionBehindTheCommandIsToldWithTheLineToType) {
  EXPECT_EQ(
      late_option_hint({"cargo", "build", "--memory", "3GiB", "--release"}),
      "--memory was given to cargo. Options of memguard stand in front: memguard run --memory 3GiB -- cargo build "
      "--release");
  EXPECT_EQ(late_option_hint({"make", "--no-gate", "-j8"}),
            "--no-gate was given to make. Options of memguard stand in front: memguard run --no-gate -- make -j8");
  EXPECT_THAT(late_option_hint({"make", "--memory=3GiB"}), HasSubstr("memguard run --memory=3GiB -- make"));
  EXPECT_EQ(late_option_hint({"cargo", "build", "--quiet", "--json"}), "");
  EXPECT_EQ(late_option_hint({"make", "--memory", "3GiB", std::string(10'000, 'x')}),
            "--memory was given to make. Options of memguard stand in front: memguard run --memory 3GiB -- ...");
  EXPECT_EQ(late_option_hint({"cargo", "run", "--", "--memory", "3GiB"}), "");
  EXPECT_EQ(late_option_hint({"make"}), "");
}

TEST(CommandLine, AnswersAreJsonOnRequest) {
  EXPECT_TRUE(parse_command_line({"doctor", "--json"})->as_json);
  EXPECT_TRUE(parse_command_line({"config", "--memory", "95%", "--json"})->as_json);
  EXPECT_FALSE(parse_command_line({"config"})->as_json);
  EXPECT_TRUE(parse_command_line({"suggest", "--json"})->suggest.as_json);
  EXPECT_EQ(parse_command_line({"history", "--json"})->history.export_to, "-");
}

TEST(CommandLine, OtherCommandsTakeSettings) {
  const auto config = parse_command_line({"config", "--memory", "95%"});
  EXPECT_EQ(config->action, Action::config);
  EXPECT_THAT(options_of(*config), ElementsAre("memory=95% from --memory"));
  EXPECT_EQ(parse_command_line({"doctor"})->action, Action::doctor);
  EXPECT_EQ(parse_command_line({"--version"})->action, Action::version);
}

class CargoSubcommand : public testing::Test {
 protected:
  void SetUp() override { ::unsetenv("CARGO"); }     // NOLINT(concurrency-mt-unsafe)
  void TearDown() override { ::unsetenv("CARGO"); }  // NOLINT(concurrency-mt-unsafe)
};

TEST_F(CargoSubcommand, RunsTheSameUnderCargo) {
  const auto line =
      parse_program_line({"/usr/bin/cargo-memguard", "memguard", "--memory", "3GiB", "build", "--release"});
  ASSERT_TRUE(line) << line.error().text();
  EXPECT_EQ(line->action, Action::run);
  EXPECT_THAT(line->command, ElementsAre("cargo", "build", "--release"));
  EXPECT_THAT(options_of(*line), ElementsAre("memory=3GiB from --memory"));
}

TEST_F(CargoSubcommand, UsesTheCargoThatStartedIt) {
  ::setenv("CARGO", "/opt/rust/bin/cargo", 1);  // NOLINT(concurrency-mt-unsafe)
  EXPECT_THAT(parse_program_line({"cargo-memguard", "memguard", "test"})->command,
              ElementsAre("/opt/rust/bin/cargo", "test"));
}

TEST_F(CargoSubcommand, HasTheCommandsOfMemguard) {
  EXPECT_EQ(parse_program_line({"cargo-memguard", "memguard", "report"})->action, Action::report);
  EXPECT_EQ(parse_program_line({"cargo-memguard", "memguard", "report", "run.json"})->report.run.file, "run.json");
  EXPECT_EQ(parse_program_line({"cargo-memguard", "memguard", "history"})->action, Action::history);
  EXPECT_EQ(parse_program_line({"cargo-memguard", "memguard", "config"})->action, Action::config);
  EXPECT_EQ(parse_program_line({"cargo-memguard", "memguard", "suggest"})->action, Action::suggest);
  EXPECT_TRUE(parse_program_line({"cargo-memguard", "memguard", "simulate", "--help"}));
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"cargo-memguard", "memguard", "--memory", "3GiB", "doctor", "--no-scope"},
           {"cargo-memguard", "memguard", "--memory", "3GiB", "--", "doctor", "--no-scope"}}) {
    const auto doctor = parse_program_line(words);
    ASSERT_TRUE(doctor) << doctor.error().text();
    EXPECT_EQ(doctor->action, Action::doctor);
    EXPECT_THAT(options_of(*doctor), ElementsAre("memory=3GiB from --memory", "scope=false from --no-scope"));
  }
  EXPECT_THAT(parse_program_line({"cargo-memguard", "memguard", "run"})->command, ElementsAre("cargo", "run"));
}

TEST_F(CargoSubcommand, HasHelpAndNeedsACommand) {
  const auto help = parse_program_line({"cargo-memguard", "memguard", "--help"});
  EXPECT_EQ(help->action, Action::help);
  EXPECT_THAT(help_text(help->help, 80), HasSubstr("\nUsage: cargo memguard [OPTIONS] build|test|..."));
  EXPECT_EQ(parse_program_line({"cargo-memguard", "memguard", "--version"})->action, Action::version);
  EXPECT_EQ(parse_program_line({"cargo-memguard", "memguard", "-V"})->action, Action::version);
  const auto line = parse_program_line({"cargo-memguard", "memguard"});
  ASSERT_FALSE(line);
  EXPECT_THAT(line.error().text(), HasSubstr("no command to run. For example: cargo memguard build"));
  EXPECT_THAT(parse_program_line({"cargo-memguard", "memguard", "--xyzzy", "build"}).error().text(),
              HasSubstr("See cargo memguard --help."));
}

TEST_F(CargoSubcommand, IsNotMeantByAnyOtherName) {
  EXPECT_EQ(parse_program_line({"memguard", "doctor"})->action, Action::doctor);
  EXPECT_FALSE(parse_program_line({"/cargo-memguard/memguard", "build"}));
  EXPECT_FALSE(parse_program_line({}));
}

}  // namespace
}  // namespace memguard::cli

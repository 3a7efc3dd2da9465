#include "cli/command_line.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace memguard::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
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

TEST(CommandLineOfRun, LinkJobsIsASetting) {
  const auto line = parse_command_line({"run", "--link-jobs", "2", "true"});
  ASSERT_TRUE(line) << line.error().text();
  EXPECT_THAT(options_of(*line), ElementsAre("link-jobs=2 from --link-jobs"));
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
    testing::Values(Refusal{"Nothing", {}, "memguard run -- cargo build"},
                    Refusal{"NoCommand", {"run"}, "no command to run"},
                    Refusal{"DashesWithoutCommand", {"run", "--memory", "1G", "--"}, "no command to run"},
                    Refusal{"MistypedOption", {"run", "--memroy", "1G", "--", "true"}, "Did you mean --memory?"},
                    Refusal{"MistypedOptionWithValue", {"run", "--memroy=1G", "true"}, "Did you mean --memory?"},
                    Refusal{"StrangeOption", {"run", "--xyzzy", "true"}, "unknown option --xyzzy"},
                    Refusal{"OptionWithoutValue", {"run", "--memory"}, "--memory"},
                    Refusal{"MistypedCommand", {"rnu", "true"}, "Did you mean memguard run?"},
                    Refusal{"ForgottenRun", {"cargo", "build"}, "memguard run -- cargo"},
                    Refusal{"DoctorWithArgument", {"doctor", "who"}, "takes no argument who"}),
    [](const auto& each) { return std::string(each.param.name); });

TEST(CommandLine, HelpIsGivenForMemguardAndForRun) {
  EXPECT_EQ(parse_command_line({"--help"})->action, Action::help);
  const auto run = parse_command_line({"run", "--help"});
  EXPECT_EQ(run->action, Action::help);
  EXPECT_THAT(run->help, HasSubstr("--keep-free"));
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

TEST_F(CargoSubcommand, HasHelpAndNeedsACommand) {
  EXPECT_EQ(parse_program_line({"cargo-memguard", "memguard", "--help"})->action, Action::help);
  const auto line = parse_program_line({"cargo-memguard", "memguard"});
  ASSERT_FALSE(line);
  EXPECT_THAT(line.error().text(), HasSubstr("no command to run"));
}

TEST_F(CargoSubcommand, IsNotMeantByAnyOtherName) {
  EXPECT_EQ(parse_program_line({"memguard", "doctor"})->action, Action::doctor);
  EXPECT_FALSE(parse_program_line({"/cargo-memguard/memguard", "build"}));
  EXPECT_FALSE(parse_program_line({}));
}

}  // namespace
}  // namespace memguard::cli

// What is said of words that a subcommand does not take: in the words of its help.
#include "cli/subcommand.h"

#include <gtest/gtest.h>

#include "cli/command_line.h"
#include "cli/explain_job.h"
#include "cli/report.h"
#include "cli/simulate.h"
#include "cli/status.h"

namespace memguard::cli {
namespace {

using Words = std::vector<std::string>;

template <class Parse>
std::string refusal(Parse parse, const Words& words) {
  const auto line = parse(words);
  return line ? "nothing" : line.error().text();
}

TEST(Subcommand, AMistypedOptionIsToldTheNearestOne) {
  EXPECT_EQ(refusal(parse_report, {"--htlm", "x"}), "unknown option --htlm. Did you mean --html?");
  EXPECT_EQ(refusal(parse_report, {"--nothing-like-it"}),
            "unknown option --nothing-like-it. See memguard report --help.");
  EXPECT_EQ(refusal(parse_status, {"--jsno"}), "unknown option --jsno. Did you mean --json?");
}

TEST(Subcommand, TwoThatDoNotGoTogetherAreNamedAsInHelp) {
  EXPECT_EQ(refusal(parse_report, {"--last", "2", "x.json"}),
            "FILE and --last do not go together. See memguard report --help.");
}

TEST(Subcommand, AnOptionWithoutItsValueIsToldWhatItNeeds) {
  EXPECT_EQ(refusal(parse_report, {"--html"}), "--html needs FILE. See memguard report --help.");
  EXPECT_EQ(refusal(parse_report, {"--compare", "1"}), "--compare needs A B. See memguard report --help.");
}

TEST(Subcommand, AFlagWithAValueIsRefusedByEachCommand) {
  EXPECT_EQ(refusal(parse_status, {"--json=x"}), "--json takes no value. See memguard status --help.");
  EXPECT_EQ(refusal(parse_command_line, {"run", "--shared=x", "--", "true"}),
            "--shared takes no value. See memguard run --help.");
}

TEST(Subcommand, AnArgumentThatIsMissingOrTooManyIsNamed) {
  EXPECT_EQ(refusal(parse_explain, {}), "JOB is missing. See memguard explain --help.");
  EXPECT_EQ(refusal(parse_status, {"x\x1b[31m"}),
            "memguard status takes no argument x\\x1b[31m here. See memguard status --help.");
}

}  // namespace
}  // namespace memguard::cli

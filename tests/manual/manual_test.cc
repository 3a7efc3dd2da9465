// Everything that can be typed is in the manual page and in each completion.
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/command_line.h"
#include "config/config.h"
#include "manual/completions.h"
#include "manual/pages.h"
#include "manual/roff.h"
#include "manual/settings_made.h"

namespace memguard::manual {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string content(const std::string& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::string schema() { return content(MEMGUARD_SCHEMA); }

std::string page(const std::string& name, const std::string& with_schema = schema()) {
  const std::string source = content(MEMGUARD_PAGES "/" + name + ".in");
  EXPECT_NE(source, "");
  auto made = fill({source, "November 29, 2026", with_schema});
  return made ? *made : made.error().text();
}

TEST(Manual, HasEachOptionOfEachCommandWithItsText) {
  const std::string made = page("memguard.1");
  for (const auto& command : completed_commands()) {
    EXPECT_THAT(made, HasSubstr(".Ss " + roff_word("memguard " + command.name) + "\n"));
    for (const auto& option : command.help.options) {
      const std::string bare = option.names.back().substr(2);
      EXPECT_NE(option.text, "") << bare;
      EXPECT_THAT(made, HasSubstr("Fl Fl " + roff_word(bare)));
      EXPECT_THAT(made, HasSubstr(roff_text(option.text)));
    }
  }
}

TEST(Manual, HasEachKeyVariableAndTheDate) {
  const std::string made = page("memguard.json.5");
  for (const auto key : config::keys()) EXPECT_THAT(made, HasSubstr(".It Li " + roff_word(key) + "\n"));
  for (const auto& facts : config::key_facts()) {
    EXPECT_THAT(made, HasSubstr(".Ev " + facts.variable));
    EXPECT_THAT(page("memguard.1"), HasSubstr(".It Ev " + facts.variable));
  }
  EXPECT_THAT(made, HasSubstr(".Dd November 29, 2026\n"));
  EXPECT_THAT(made, HasSubstr("Values: auto, a size.\nDefault: auto.\n"));
}

TEST(Manual, AKeyOfAListWithoutATextInTheSchemaIsRefused) {
  std::string without = schema();
  const std::string key = "\"classes\": {";
  ASSERT_NE(without.find(key), std::string::npos);
  without.replace(without.find(key), key.size(), "\"classes\": {}, \"other\": {");
  EXPECT_THAT(page("memguard.json.5", without), HasSubstr("no description of the key classes"));
}

// ./dev docs writes them.
TEST(Settings, AreInTheRepositoryAsTheirTableTellsOfThem) {
  const std::string page = content(MEMGUARD_CONFIG_PAGE);
  EXPECT_EQ(with_settings_table(page).value(), page);
  EXPECT_EQ(with_settings_properties(schema()).value(), schema());
}

TEST(Settings, ThatAreMissingOrOldAreWrittenAndTheRestStays) {
  const std::string table = "| key | value | default | meaning |\n|---|---|---|---|\n";
  const std::string classes = "| class | programs |\n|---|---|\n";
  const auto page = with_settings_table("before\n" + table +
                                        "| `gone` | old | | |\n| `gate` | old | | |\n| `classes` | object | | |\n" +
                                        classes + "| `old` | `ld` |\nbehind");
  ASSERT_TRUE(page);
  EXPECT_THAT(*page, AllOf(StartsWith("before\n" + table + "| `memory` | size, `auto` | `auto` | Limit of the build"),
                           HasSubstr("| `gate` | true, false | `true` | Notice"), Not(HasSubstr("| old |")),
                           Not(HasSubstr("`old`")),
                           HasSubstr("|\n| `classes` | object | | |\n" + classes + "| `rustc` | `rustc` "),
                           EndsWith(" by its size |\nbehind")));
  EXPECT_EQ(with_settings_table(table).error().what, "the page has no table of classes");
  EXPECT_EQ(with_settings_table("no table").error().what, "the page has no table of keys");
  const auto made = with_settings_properties(R"({"properties":{"$schema":1,"gone":2,"classes":3},"$defs":4})");
  ASSERT_TRUE(made);
  EXPECT_THAT(*made, AllOf(HasSubstr("\"$schema\": 1,\n    \"memory\": {\n      \"description\": \"Limit of the build"),
                           Not(HasSubstr("gone")), HasSubstr("},\n    \"classes\": 3\n  },\n  \"$defs\": 4")));
  EXPECT_FALSE(with_settings_properties("[]"));
  EXPECT_FALSE(with_settings_properties("{"));
}

TEST(Manual, APlaceThatNothingFillsIsRefused) {
  const auto made = fill({"@OPTOINS@\n", "", schema()});
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().text(), HasSubstr("@OPTOINS@"));
}

TEST(Roff, TextIsNeverTakenForARequest) {
  EXPECT_EQ(roff_text(".TH is not 'a' request"), "\\&.TH is not 'a' request\n");
  EXPECT_EQ(roff_text("One. Two, e.g. three \\n"), "One.\nTwo, e.g. three \\en\n");
  EXPECT_EQ(roff_word("keep-free"), "\\&keep\\-free");
}

TEST(Completions, HaveEachOptionOfEachCommand) {
  const std::string bash = bash_completions();
  const std::string zsh = zsh_completions();
  const std::string fish = fish_completions();
  for (const auto& command : completed_commands()) {
    for (const auto& option : command.help.options) {
      const std::string& name = option.names.back();
      EXPECT_THAT(bash, HasSubstr(name));
      EXPECT_THAT(zsh, HasSubstr("'" + name + (option.value.empty() ? "[" : "=[")));
      EXPECT_THAT(fish, HasSubstr(fmt::format("-n '__memguard_in {}'", command.name)));
      EXPECT_THAT(fish, HasSubstr(" -l " + name.substr(2)));
    }
  }
}

}  // namespace
}  // namespace memguard::manual

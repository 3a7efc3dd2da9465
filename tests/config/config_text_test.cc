// What memguard config prints.
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "loaded.h"

namespace memguard::config {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

TEST(ConfigTextTest, each_value_stands_beside_its_origin_in_columns) {
  const FakeFiles files{{{kUser, R"({"memory": "95%", "classes": {"link": ["my-ld"], "proto": ["protoc"]}})"}}, {}, {}};
  const auto text = to_text(loaded(files, {{"MEMGUARD_SWAP", "none"}}, {{"gate", "false", "--no-gate"}})).text();
  EXPECT_THAT(text, AllOf(StartsWith("memory         95%                                                          "
                                     "~/.config/memguard/config.json\n"),
                          HasSubstr("\nswap           none                                                         "
                                    "MEMGUARD_SWAP\n"),
                          HasSubstr("\ngate           false                                                        "
                                    "--no-gate\n"),
                          HasSubstr("\nclass rustc    rustc clippy-driver rustdoc                                  "
                                    "built-in\n"),
                          HasSubstr("\n               my-ld                                                        "
                                    "~/.config/memguard/config.json\nclass cc       cc1 "),
                          EndsWith("\nclass proto    protoc                                                       "
                                   "~/.config/memguard/config.json\n"
                                   "\n"
                                   "Files, later wins:\n"
                                   "  /etc/memguard/config.json: absent\n"
                                   "  ~/.config/memguard/config.json: read\n"
                                   "  ~/project/crate/memguard.json: absent\n")));
  std::istringstream lines(text.substr(0, text.find("\n\n")));
  constexpr std::size_t kOriginsAt = 76;
  for (std::string line; std::getline(lines, line);) {
    EXPECT_EQ(line.at(kOriginsAt - 1), ' ') << line;
    EXPECT_NE(line.at(kOriginsAt), ' ') << line;
  }
}

TEST(ConfigTextTest, a_path_cannot_drive_the_terminal) {
  const auto config = loaded({}, {}, {{"json", "/tmp/\x1b[2J", "--json"}});
  EXPECT_THAT(to_text(config).text(), HasSubstr("/tmp/\\x1b[2J"));
}

}  // namespace
}  // namespace memguard::config

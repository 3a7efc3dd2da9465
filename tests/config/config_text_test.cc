// What memguard config prints.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "loaded.h"

namespace memguard::config {
namespace {

using testing::HasSubstr;

TEST(ConfigTextTest, each_value_stands_beside_its_origin_in_columns) {
  const FakeFiles files{{{kUser, R"({"memory": "95%", "classes": {"link": ["my-ld"], "proto": ["protoc"]}})"}}, {}, {}};
  EXPECT_EQ(
      to_text(loaded(files, {{"MEMGUARD_SWAP", "none"}}, {{"gate", "false", "--no-gate"}})).text(),
      "memory         95%                                                          ~/.config/memguard/config.json\n"
      "keep-free      none                                                         built-in\n"
      "swap           none                                                         MEMGUARD_SWAP\n"
      "gate           false                                                        --no-gate\n"
      "scope          true                                                         built-in\n"
      "restart        true                                                         built-in\n"
      "history        true                                                         built-in\n"
      "shared         false                                                        built-in\n"
      "link-jobs      auto                                                         built-in\n"
      "test-jobs      auto                                                         built-in\n"
      "require-tier   any                                                          built-in\n"
      "accept-tier    full                                                         built-in\n"
      "stop-timeout   none                                                         built-in\n"
      "quiet          false                                                        built-in\n"
      "explain        false                                                        built-in\n"
      "json           none                                                         built-in\n"
      "record         none                                                         built-in\n"
      "metrics        none                                                         built-in\n"
      "slurm-comment  false                                                        built-in\n"
      "class rustc    rustc clippy-driver rustdoc                                  built-in\n"
      "class link     ld ld.bfd ld.gold ld.lld ld.mold gold lld rust-lld ld64.lld  built-in\n"
      "               lld-link wasm-ld mold sold ld.wild wild nvlink               built-in\n"
      "               pkg/tool/*/link                                              built-in\n"
      "               my-ld                                                        ~/.config/memguard/config.json\n"
      "class cc       cc1 cc1plus cc1obj cc1objplus cc1gm2 f951 gnat1 d21 go1      built-in\n"
      "               crab1 cobol1 lto1 clang clang++ clang-cl clang-tidy flang    built-in\n"
      "               flang-new swift-frontend cicc cudafe++ ptxas javac ghc       built-in\n"
      "               pkg/tool/*/compile                                           built-in\n"
      "class test     deps/*-HASH examples/*-HASH rust_out                         built-in\n"
      "class proto    protoc                                                       ~/.config/memguard/config.json\n"
      "\n"
      "Files, later wins:\n"
      "  /etc/memguard/config.json: absent\n"
      "  ~/.config/memguard/config.json: read\n"
      "  ~/project/crate/memguard.json: absent\n");
}

TEST(ConfigTextTest, a_path_cannot_drive_the_terminal) {
  const auto config = loaded({}, {}, {{"json", "/tmp/\x1b[2J", "--json"}});
  EXPECT_THAT(to_text(config).text(), HasSubstr("/tmp/\\x1b[2J"));
}

}  // namespace
}  // namespace memguard::config

#include "cargo/command.h"

#include <sstream>

#include <gtest/gtest.h>

namespace memguard::cargo {
namespace {

MetadataCommand of(const std::string& line) {
  std::istringstream text(line);
  std::vector<std::string> words;
  for (std::string word; text >> word;) words.push_back(word);
  const auto command = metadata_command(words);
  EXPECT_TRUE(command) << line;
  return command.value_or(MetadataCommand{});
}

std::string asked(const std::string& line) {
  std::string text;
  for (const auto& word : of(line).words) text += (text.empty() ? "" : " ") + word;
  return text;
}

TEST(CargoCommand, IsKnownByItsBaseName) {
  EXPECT_FALSE(metadata_command({}));
  EXPECT_FALSE(metadata_command({"make", "cargo"}));
  EXPECT_FALSE(metadata_command({"cargo-nextest"}));
  EXPECT_EQ(asked("cargo"), "cargo metadata --no-deps --format-version 1");
  EXPECT_EQ(asked("/usr/bin/cargo build --release -j4"), "/usr/bin/cargo metadata --no-deps --format-version 1");
}

TEST(CargoCommand, KeepsTheToolchain) {
  EXPECT_EQ(asked("cargo +nightly build"), "cargo +nightly metadata --no-deps --format-version 1");
  EXPECT_EQ(asked("cargo build +nightly"), "cargo metadata --no-deps --format-version 1");
}

TEST(CargoCommand, KeepsWhatDecidesWhichManifestsAreRead) {
  EXPECT_EQ(asked("cargo build --offline --locked --frozen --release"),
            "cargo --offline --locked --frozen metadata --no-deps --format-version 1");
  EXPECT_EQ(asked("cargo --config a=1 build --config=b.toml"),
            "cargo --config a=1 --config b.toml metadata --no-deps --format-version 1");
  EXPECT_EQ(asked("cargo -Zunstable-options -C sub build -Z x"),
            "cargo -Z unstable-options -C sub -Z x metadata --no-deps --format-version 1");
  EXPECT_EQ(asked("cargo build --manifest-path a/Cargo.toml"),
            "cargo metadata --no-deps --format-version 1 --manifest-path a/Cargo.toml");
  EXPECT_EQ(asked("cargo build --manifest-path=a/Cargo.toml"),
            "cargo metadata --no-deps --format-version 1 --manifest-path a/Cargo.toml");
}

TEST(CargoCommand, LeavesWhatIsNotCargosOwn) {
  EXPECT_EQ(asked("cargo run -- --offline --manifest-path x"), "cargo metadata --no-deps --format-version 1");
  EXPECT_EQ(asked("cargo rustc -C opt-level=3"), "cargo metadata --no-deps --format-version 1");
  EXPECT_EQ(asked("cargo --color always -C sub build"), "cargo -C sub metadata --no-deps --format-version 1");
}

TEST(CargoCommand, SaysWhereTheSearchForAManifestBegins) {
  EXPECT_EQ(of("cargo build").start, "");
  EXPECT_EQ(of("cargo -C sub build").start, "sub/");
  EXPECT_EQ(of("cargo build --manifest-path a/Cargo.toml").start, "a/Cargo.toml");
  EXPECT_EQ(of("cargo -C sub build --manifest-path a/Cargo.toml").start, "sub/a/Cargo.toml");
  EXPECT_EQ(of("cargo -C sub build --manifest-path /a/Cargo.toml").start, "/a/Cargo.toml");
}

TEST(CargoCommand, WithoutAValueIsLeftToCargoToRefuse) {
  EXPECT_EQ(of("cargo build --manifest-path").start, "");
  EXPECT_EQ(asked("cargo build --config"), "cargo --config  metadata --no-deps --format-version 1");
}

}  // namespace
}  // namespace memguard::cargo

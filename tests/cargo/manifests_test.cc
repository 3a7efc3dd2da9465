#include "cargo/manifests.h"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "temporary_folder.h"

namespace memguard::cargo {
namespace {

constexpr const char* kOurs = "[package.metadata.memguard]\nmemory = \"1GiB\"\n";
constexpr const char* kOther = "[package]\nname = \"other\"\n";

class Manifests : public testing::Test {
 protected:
  void write(const std::string& folder, const std::string& text) const {
    std::filesystem::create_directories(folder_.in(folder));
    std::ofstream(folder_.in(folder) + "/Cargo.toml") << text;
  }

  [[nodiscard]] bool mention(const std::string& start) const { return mention_memguard(at_, folder_.in(start)); }

  TemporaryFolder folder_;
  Surroundings at_{{}, "/", [](const std::string& path) -> Result<std::string> {
                     const std::ifstream file(path);
                     if (!file) return fail("read", ENOENT);
                     std::ostringstream text;
                     text << file.rdbuf();
                     return text.str();
                   }};
};

TEST_F(Manifests, WithoutAnyThereIsNothing) { EXPECT_FALSE(mention("")); }

TEST_F(Manifests, TheWordIsFoundHereAndAbove) {
  write("a/b", kOther);
  EXPECT_FALSE(mention("a/b"));
  write("", kOurs);
  EXPECT_TRUE(mention("a/b"));
  EXPECT_TRUE(mention("a/b/Cargo.toml"));
  EXPECT_TRUE(mention("a/b/"));
}

TEST_F(Manifests, AGivenManifestMayHaveAnyName) {
  write("a", kOther);
  std::ofstream(folder_.in("a/Other.toml")) << kOurs;
  EXPECT_FALSE(mention("a"));
  EXPECT_TRUE(mention("a/Other.toml"));
}

TEST_F(Manifests, MembersAreFollowed) {
  write("", "[workspace]\nmembers = [\"one\", \"crates/*\"]\n");
  write("crates/deep/not", kOurs);
  write("two", kOurs);
  EXPECT_FALSE(mention(""));
  write("crates/app", kOurs);
  EXPECT_TRUE(mention(""));
  write("crates/app", kOther);
  write("one", kOurs);
  EXPECT_TRUE(mention(""));
  EXPECT_TRUE(mention("crates/app"));  // by way of the root
}

TEST_F(Manifests, AMemberThatIsOnlyAPathDependencyIsFollowed) {
  write("", "[workspace]\nmembers = [\"app\"]\n");
  write("app", "[target.'cfg(unix)'.dev-dependencies]\nlib = { version = \"1\", path = \"../lib\" }\n");
  write("lib", "[dependencies.core]\npath = \"core\"\n");
  write("lib/core", kOther);
  EXPECT_FALSE(mention(""));
  write("lib/core", kOurs);
  EXPECT_TRUE(mention(""));
}

TEST_F(Manifests, ARootThatIsNamedIsFollowed) {
  write("app", "[package]\nname = \"app\"\nworkspace = \"../root\"\n");
  write("root", kOurs);
  EXPECT_TRUE(mention("app"));
}

TEST_F(Manifests, OfAnyDepthMeansThatCargoIsAsked) {
  write("", "[workspace]\nmembers = [\"crates/**\"]\n");
  EXPECT_TRUE(mention(""));
}

TEST_F(Manifests, AFoldersNameIsNoPattern) {
  write("[x]*", "[workspace]\nmembers = [\"a*\"]\n");
  write("[x]*/app", kOurs);
  EXPECT_TRUE(mention("[x]*"));
}

TEST_F(Manifests, ThatNameEachOtherEnd) {
  write("a", "[dependencies]\nb = { path = \"../b\" }\n");
  write("b", "[dependencies]\na = { path = \"../a\" }\n");
  EXPECT_FALSE(mention("a"));
}

TEST_F(Manifests, ThatCargoWillComplainAboutAreLeftOut) {
  write("a", "[workspace\nmembers = [\"b\"]");
  write("a/b", kOurs);
  EXPECT_FALSE(mention("a"));
  write("a", "workspace = 1\npath = [[1], {path = false}]\n");
  EXPECT_FALSE(mention("a"));
}

}  // namespace
}  // namespace memguard::cargo

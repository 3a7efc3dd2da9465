#include "shim/arguments.h"

#include <gtest/gtest.h>

#include <vector>

namespace memguard::shim {
namespace {

bool works(std::vector<const char*> arguments) {
  arguments.push_back(nullptr);
  return is_work(arguments.data());
}

TEST(Work, IsWhatCompilesAFile) {
  EXPECT_TRUE(works({"--crate-name", "a", "src/lib.rs", "--emit=dep-info,metadata,link"}));
  EXPECT_TRUE(works({"@/tmp/arguments"}));
  // clippy-driver rustc ...
  EXPECT_TRUE(works({"rustc", "--crate-name", "a", "src/lib.rs"}));
}

TEST(Work, IsNotWhatAsks) {
  EXPECT_FALSE(works({}));
  EXPECT_FALSE(works({"-vV"}));
  EXPECT_FALSE(works({"-", "--crate-name", "___", "--print=file-names", "--crate-type", "bin"}));
  EXPECT_FALSE(works({"-", "--crate-name", "___"}));
}

TEST(Work, IsNotWhatPrintsToStandardOutput) {
  EXPECT_FALSE(works({"src/main.rs", "--print", "link-args"}));
  EXPECT_FALSE(works({"src/main.rs", "--print=native-static-libs"}));
}

}  // namespace
}  // namespace memguard::shim

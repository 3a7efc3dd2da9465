#include "cargo/metadata.h"

#include <gtest/gtest.h>

namespace memguard::cargo {
namespace {

// The manifest is in memory only, and whether its cargo was asked is told by its not being there.
class Metadata : public testing::Test {
 protected:
  std::string manifest_ = "[package.metadata.memguard]";
  Surroundings at_{{}, "/nowhere", [this](const std::string& path) -> Result<std::string> {
                     if (path != "/nowhere/Cargo.toml") return fail("read", ENOENT);
                     return manifest_;
                   }};
};

TEST_F(Metadata, CargoIsAskedOnlyWhereAManifestMayHaveSomethingForUs) {
  EXPECT_FALSE(metadata(at_, {"/no/such/cargo", "build"}));  // asked, and not there
  manifest_ = "[package]";
  EXPECT_EQ(metadata(at_, {"/no/such/cargo", "build"}).value(), "");
  manifest_ = "[package.metadata.memguard]";
  EXPECT_EQ(metadata(at_, {"/no/such/make"}).value(), "");
  EXPECT_EQ(metadata(at_, {"/no/such/cargo", "build", "--manifest-path", "/else/Cargo.toml"}).value(), "");
  at_.working_directory = "";
  EXPECT_EQ(metadata(at_, {"/no/such/cargo", "build"}).value(), "");
}

}  // namespace
}  // namespace memguard::cargo

#include "cargo/rustc_wrapper.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace memguard::cargo {
namespace {

class RustcWrapper : public testing::Test {
 protected:
  std::map<std::string, std::string> files_;
  Surroundings at_{{{"HOME", "/home/me"}}, "/home/me/project/crate", [this](const std::string& path) {
                     const auto found = files_.find(path);
                     return found == files_.end() ? Result<std::string>(fail("read", ENOENT)) : found->second;
                   }};

  std::vector<std::string> command_{"cargo", "build"};

  static std::string with(const std::string& wrapper) { return "[build]\nrustc-wrapper = \"" + wrapper + "\"\n"; }
};

TEST_F(RustcWrapper, IsNoneByDefault) { EXPECT_EQ(rustc_wrapper(at_, command_), ""); }

TEST_F(RustcWrapper, TheVariableWinsOverFiles) {
  files_["/home/me/project/crate/.cargo/config.toml"] = with("fromfile");
  at_.variables["CARGO_BUILD_RUSTC_WRAPPER"] = "second";
  EXPECT_EQ(rustc_wrapper(at_, command_), "second");
  at_.variables["RUSTC_WRAPPER"] = "sccache";
  EXPECT_EQ(rustc_wrapper(at_, command_), "sccache");
}

TEST_F(RustcWrapper, AnEmptyVariableMeansNone) {
  files_["/home/me/project/crate/.cargo/config.toml"] = with("fromfile");
  at_.variables["RUSTC_WRAPPER"] = "";
  EXPECT_EQ(rustc_wrapper(at_, command_), "");
}

TEST_F(RustcWrapper, TheNearestFileWins) {
  files_["/home/me/.cargo/config.toml"] = with("home");
  EXPECT_EQ(rustc_wrapper(at_, command_), "home");
  files_["/home/me/project/.cargo/config.toml"] = with("project");
  EXPECT_EQ(rustc_wrapper(at_, command_), "project");
  files_["/home/me/project/crate/.cargo/config.toml"] = "[build]\njobs = 3\n";
  EXPECT_EQ(rustc_wrapper(at_, command_), "project");
  files_["/home/me/project/crate/.cargo/config.toml"] = with("crate");
  EXPECT_EQ(rustc_wrapper(at_, command_), "crate");
}

TEST_F(RustcWrapper, TheFileWithoutAnEndingWins) {
  files_["/home/me/project/.cargo/config.toml"] = with("new");
  files_["/home/me/project/.cargo/config"] = with("old");
  EXPECT_EQ(rustc_wrapper(at_, command_), "old");
}

TEST_F(RustcWrapper, CargoHomeComesLast) {
  at_.variables["CARGO_HOME"] = "/var/cargo";
  files_["/var/cargo/config.toml"] = with("tools/wrap");
  EXPECT_EQ(rustc_wrapper(at_, command_), "/var/tools/wrap");
  files_["/.cargo/config.toml"] = with("root");
  EXPECT_EQ(rustc_wrapper(at_, command_), "root");
}

TEST_F(RustcWrapper, APathIsRelativeToTheFolderOfDotCargo) {
  files_["/home/me/project/.cargo/config.toml"] = with("tools/wrap");
  EXPECT_EQ(rustc_wrapper(at_, command_), "/home/me/project/tools/wrap");
  files_["/home/me/project/.cargo/config.toml"] = with("/opt/wrap");
  EXPECT_EQ(rustc_wrapper(at_, command_), "/opt/wrap");
  at_.variables["RUSTC_WRAPPER"] = "./wrap";
  EXPECT_EQ(rustc_wrapper(at_, command_), "/home/me/project/crate/./wrap");
}

TEST_F(RustcWrapper, WhatCargoWillComplainAboutIsNoWrapper) {
  files_["/home/me/project/crate/.cargo/config.toml"] = "[build\nrustc-wrapper = ";
  files_["/home/me/project/.cargo/config.toml"] = "build = 7\n";
  files_["/home/me/.cargo/config.toml"] = "[build]\nrustc-wrapper = [1]\n";
  EXPECT_EQ(rustc_wrapper(at_, command_), "");
}

TEST_F(RustcWrapper, ARemovedWorkingDirectoryLeavesCargosHome) {
  at_.working_directory = "";
  files_["/home/me/.cargo/config.toml"] = with("home");
  EXPECT_EQ(rustc_wrapper(at_, command_), "home");
}

TEST_F(RustcWrapper, AKeyOnTheCommandLineWinsOverFilesAndTheVariableOfThatKey) {
  files_["/home/me/.cargo/config.toml"] = with("home");
  at_.variables["CARGO_BUILD_RUSTC_WRAPPER"] = "variable";
  command_ = {"cargo", "--config", "build.rustc-wrapper='sccache'", "build"};
  EXPECT_EQ(rustc_wrapper(at_, command_), "sccache");
  command_ = {"cargo", "build", "--config=build.rustc-wrapper = './wrap'"};
  EXPECT_EQ(rustc_wrapper(at_, command_), "/home/me/project/crate/./wrap");
  command_ = {"cargo", "build", "--config=build.rustc-wrapper=''"};
  EXPECT_EQ(rustc_wrapper(at_, command_), "");
  at_.variables["RUSTC_WRAPPER"] = "first";
  EXPECT_EQ(rustc_wrapper(at_, command_), "first");
}

TEST_F(RustcWrapper, AFileOnTheCommandLineCountsAsOneOfItsFolder) {
  files_["/home/me/project/crate/conf/ci.toml"] = with("tools/wrap");
  command_ = {"cargo", "build", "--config", "conf/ci.toml"};
  EXPECT_EQ(rustc_wrapper(at_, command_), "/home/me/project/crate/tools/wrap");
  files_["/etc/ci.toml"] = with("sccache");
  command_ = {"cargo", "--config", "/etc/ci.toml", "build"};
  EXPECT_EQ(rustc_wrapper(at_, command_), "sccache");
}

TEST_F(RustcWrapper, TheLastOptionThatSaysItWins) {
  command_ = {"cargo",        "--config", "build.rustc-wrapper='a'", "--config", "build.rustc-wrapper='b'", "--config",
              "build.jobs=1", "build"};
  EXPECT_EQ(rustc_wrapper(at_, command_), "b");
}

TEST_F(RustcWrapper, WhatTheBuiltProgramIsToldIsNotCargos) {
  command_ = {"cargo", "run", "--", "--config", "build.rustc-wrapper='a'"};
  EXPECT_EQ(rustc_wrapper(at_, command_), "");
  command_ = {"cargo", "build", "--config"};
  EXPECT_EQ(rustc_wrapper(at_, command_), "");
}

}  // namespace
}  // namespace memguard::cargo

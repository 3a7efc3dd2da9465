// can_be_executed, asked about files as this very process sees them.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "gate/exec_request.h"
#include "temporary_folder.h"

namespace memguard::gate {
namespace {

namespace fs = std::filesystem;

class CanBeExecuted : public testing::Test {
 protected:
  std::string make(const std::string& name, mode_t mode) {
    std::string path = folder_.in(name);
    std::ofstream(path) << "#!/bin/sh\n";
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }

  static bool asked(const std::string& path, ExecArguments arguments = {.dirfd = AT_FDCWD}) {
    return can_be_executed(::getpid(), arguments, path);
  }

  TemporaryFolder folder_;
};

TEST_F(CanBeExecuted, AProgramCan) { EXPECT_TRUE(asked(make("rustc", 0755))); }
TEST_F(CanBeExecuted, AFileWithoutExecuteBitCannot) { EXPECT_FALSE(asked(make("rustc", 0644))); }
TEST_F(CanBeExecuted, AFolderCannot) { EXPECT_FALSE(asked(folder_.path())); }
TEST_F(CanBeExecuted, WhatIsNotThereCannot) { EXPECT_FALSE(asked(folder_.in("nothing"))); }

TEST_F(CanBeExecuted, ARelativePathStartsAtTheCallersFolderDescriptor) {
  make("rustc", 0755);
  const int folder = ::open(folder_.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  ASSERT_GE(folder, 0);
  EXPECT_TRUE(asked("rustc", {.dirfd = folder}));
  EXPECT_FALSE(asked("nothing", {.dirfd = folder}));
  ::close(folder);
}

TEST_F(CanBeExecuted, AnEmptyPathMeansTheDescriptorItself) {
  const int file = ::open(make("rustc", 0755).c_str(), O_PATH | O_CLOEXEC);
  ASSERT_GE(file, 0);
  EXPECT_TRUE(asked("whatever it is called now", {.dirfd = file, .flags = AT_EMPTY_PATH}));
  ::close(file);
}

std::string behind(const std::string& path) { return file_behind(::getpid(), {.dirfd = AT_FDCWD}, path); }

TEST_F(CanBeExecuted, TheFileBehindLinksIsTheLastOne) {
  const std::string file = make("clang", 0755);
  fs::create_symlink(file, folder_.in("alternative"));
  fs::create_symlink("alternative", folder_.in("cc"));
  EXPECT_EQ(fs::path(behind(folder_.in("cc"))).filename(), "clang");
  EXPECT_EQ(behind(file), file);
}

TEST_F(CanBeExecuted, ThereIsNoFileBehindALinkToNothingOrToItself) {
  fs::create_symlink("nothing", folder_.in("cc"));
  fs::create_symlink("c++", folder_.in("c++"));
  EXPECT_EQ(behind(folder_.in("cc")), "");
  EXPECT_EQ(behind(folder_.in("c++")), "");
}

bool again(const std::string& path, const ExecArguments& arguments = {.dirfd = AT_FDCWD}) {
  return can_be_executed_again(::getpid(), arguments, path);
}

TEST_F(CanBeExecuted, AProgramAndAScriptCanAgain) {
  EXPECT_TRUE(again(make("rustc", 0755)));
  EXPECT_TRUE(again(fs::canonical("/proc/self/exe")));
}

TEST_F(CanBeExecuted, WhatNamesAnotherFileForAnotherProcessCannotAgain) {
  EXPECT_FALSE(again("/proc/self/exe"));
  EXPECT_FALSE(again("/dev/fd/3"));
  const std::string path = make("rustc", 0755);
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(file, 0);
  EXPECT_FALSE(again(path, {.dirfd = file, .flags = AT_EMPTY_PATH}));
  EXPECT_FALSE(again("rustc", {.dirfd = file})) << "a folder that the next process has no descriptor of";
  ::close(file);
}

TEST_F(CanBeExecuted, AProgramOfAnotherWordSizeAndNoProgramCannotAgain) {
  const auto with = [this](std::string_view text) {
    const std::string path = make("rustc", 0755);
    std::ofstream(path) << text;
    return again(path);
  };
  EXPECT_TRUE(
      with("\x7f"
           "ELF\x02\x01"));
  EXPECT_FALSE(
      with("\x7f"
           "ELF\x01\x01"));
  EXPECT_FALSE(with("MZ, by binfmt_misc"));
  EXPECT_FALSE(with(""));
  EXPECT_FALSE(again(folder_.in("nothing")));
}

}  // namespace
}  // namespace memguard::gate

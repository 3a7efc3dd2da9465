// can_be_executed, asked about files as this very process sees them.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "gate/exec_request.h"

namespace memguard::gate {
namespace {

class CanBeExecuted : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "memguard-test-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string make(const std::string& name, mode_t mode) {
    std::string path = folder_ / name;
    std::ofstream(path) << "#!/bin/sh\n";
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }

  static bool asked(const std::string& path, ExecArguments arguments = {.dirfd = AT_FDCWD}) {
    return can_be_executed(::getpid(), arguments, path);
  }

  std::filesystem::path folder_;
};

TEST_F(CanBeExecuted, AProgramCan) { EXPECT_TRUE(asked(make("rustc", 0755))); }
TEST_F(CanBeExecuted, AFileWithoutExecuteBitCannot) { EXPECT_FALSE(asked(make("rustc", 0644))); }
TEST_F(CanBeExecuted, AFolderCannot) { EXPECT_FALSE(asked(folder_)); }
TEST_F(CanBeExecuted, WhatIsNotThereCannot) { EXPECT_FALSE(asked(folder_ / "nothing")); }

TEST_F(CanBeExecuted, ARelativePathStartsAtTheCallersFolderDescriptor) {
  make("rustc", 0755);
  const int folder = ::open(folder_.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
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

}  // namespace
}  // namespace memguard::gate

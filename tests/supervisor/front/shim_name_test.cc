#include "supervisor/front/shim_name.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "supervisor/self/find_program.h"
#include "temporary_folder.h"

namespace memguard::supervisor {
namespace {

namespace fs = std::filesystem;

class ShimName : public testing::Test {
 protected:
  std::string program(const std::string& name) {
    const fs::path file = folder_ / name;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << "#!/bin/sh\n";
    fs::permissions(file, fs::perms::owner_all);
    return file.string();
  }
  std::string name_for(const std::string& wrapper) { return shim_for(shim_, wrapper, folder_ / "state/shims"); }

  TemporaryFolder temporary_;
  fs::path folder_ = temporary_.path();
  std::string shim_ = program("bin/memguard-shim");
};

TEST_F(ShimName, IsTheShimsOwnWithoutAWrapper) { EXPECT_EQ(name_for(""), shim_); }

TEST_F(ShimName, IsOfItsOwnForEachWrapperAndStartsTheShim) {
  const std::string one = name_for(program("one"));
  const std::string other = name_for(program("other"));
  EXPECT_NE(one, other);
  for (const auto& name : {one, other}) EXPECT_EQ(fs::canonical(name), fs::canonical(shim_));
}

TEST_F(ShimName, IsTheWrappersForWhoLooksWhichItIs) {
  EXPECT_EQ(fs::path(name_for(program("bin/sccache"))).filename(), "sccache");
}

TEST_F(ShimName, StaysUntilTheWrapperChanges) {
  const std::string wrapper = program("wrapper");
  const std::string before = name_for(wrapper);
  EXPECT_EQ(name_for(wrapper), before);
  fs::last_write_time(wrapper, fs::last_write_time(wrapper) + std::chrono::seconds(1));
  EXPECT_NE(name_for(wrapper), before);
}

TEST_F(ShimName, IsTheShimsOwnWhereNoLinkCanBeMade) {
  const std::string wrapper = program("wrapper");
  EXPECT_EQ(shim_for(shim_, wrapper, ""), shim_);
  EXPECT_EQ(shim_for(shim_, wrapper, wrapper + "/below-a-file"), shim_);
}

TEST_F(ShimName, AProgramIsFoundInPathAsExecvpDoes) {
  const std::string first = program("first/tool");
  const std::string second = program("second/tool");
  fs::permissions(first, fs::perms::owner_read);
  const std::string path = (folder_ / "first").string() + ":/nosuch:" + (folder_ / "second").string();
  EXPECT_EQ(find_program("tool", path), second);
  EXPECT_EQ(find_program(second, ""), second);
  EXPECT_EQ(find_program("other", path), "");
  EXPECT_EQ(find_program(first, path), "");
}

}  // namespace
}  // namespace memguard::supervisor

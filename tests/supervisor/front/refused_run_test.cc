// Runs that are refused before anything of them is made. The front ends each test in a child.
#include "supervisor/front/front.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "base/io.h"
#include "child_states.h"
#include "temporary_folder.h"

namespace memguard::supervisor {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class RefusedRun : public testing::Test {
 protected:
  RefusedRun() { ::unsetenv("MEMGUARD_RUN"); }
  // What it says; the command would make a file.
  std::string said() {
    const int end = end_in_child([this] {
      const int file = ::open(folder_.in("said").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
      ::dup2(file, STDERR_FILENO);
      return run_build(config_, {"touch", folder_.in("made")});
    });
    EXPECT_EQ(end, 125);
    EXPECT_FALSE(std::filesystem::exists(folder_.in("made")));
    return read_at(AT_FDCWD, folder_.in("said")).value_or("");
  }

  TemporaryFolder folder_;
  config::Config config_;
};

TEST_F(RefusedRun, HasALimitInWhichNoBuildFits) {
  config_.memory = {config::Size{.bytes = Bytes{1 << 20}}, "--memory"};
  const std::string text = said();
  EXPECT_THAT(text, StartsWith("memguard: "));
  EXPECT_THAT(text, HasSubstr("--memory"));
}

TEST_F(RefusedRun, HasAReportThatCannotBeWritten) {
  // A folder is no file.
  config_.json = {folder_.path(), "--json"};
  EXPECT_THAT(said(), HasSubstr("--json: "));
}

}  // namespace
}  // namespace memguard::supervisor

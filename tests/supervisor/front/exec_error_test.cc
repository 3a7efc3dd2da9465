// What is said of a command that could not be executed: the errno is that of a real execvp(3).
#include "supervisor/front/exec_error.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "temporary_folder.h"

namespace memguard::supervisor {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class ExecError : public testing::Test {
 protected:
  // What is said of this word, after trying it.
  static std::string of(const std::string& word) {
    const pid_t child = ::fork();
    if (child == 0) {
      std::string copy = word;
      char* argv[] = {copy.data(), nullptr};  // NOLINT
      ::execvp(argv[0], argv);
      ::_exit(errno);
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    return exec_error({word, "more"}, WEXITSTATUS(status)).text();
  }
  [[nodiscard]] std::string file(const std::string& text, mode_t mode = 0755) const {
    std::ofstream(folder_.in("tool")) << text;
    EXPECT_EQ(::chmod(folder_.in("tool").c_str(), mode), 0);
    return folder_.in("tool");
  }

  TemporaryFolder folder_;
};

TEST_F(ExecError, WithoutACauseSaysWhatTheKernelSays) {
  EXPECT_EQ(of("/no-such-command"), "execute /no-such-command: No such file or directory");
  EXPECT_EQ(of("no-such-command"), "execute no-such-command: No such file or directory");
}

TEST_F(ExecError, NamesAnInterpreterThatIsMissing) {
  for (const char* line : {"#!/no/such/python -u\n", "#! /no/such/python\n", "#!/no/such/python"}) {
    const std::string tool = file(line);
    EXPECT_EQ(of(tool), fmt::format("execute {0}: No such file or directory. {0} is there, but its interpreter "
                                    "/no/such/python is not.",
                                    tool));
  }
  EXPECT_THAT(of(file("#!/bin/sh\r\nexit 0\r\n")),
              HasSubstr("interpreter /bin/sh\\x0d is not (its lines end as on Win"));
}

TEST_F(ExecError, FindsItInPathToo) {
  (void)file("#!/no/such/python\n");
  const std::string before = ::getenv("PATH");
  ::setenv("PATH", folder_.path().c_str(), 1);
  const std::string text = of("tool");
  ::setenv("PATH", before.c_str(), 1);
  EXPECT_THAT(text, EndsWith("its interpreter /no/such/python is not."));
}

TEST_F(ExecError, NamesALoaderThatIsMissing) {
  EXPECT_THAT(exec_error({file("\x7f"
                               "ELF...")},
                         ENOENT)
                  .text(),
              HasSubstr("the loader it names is not"));
}

TEST_F(ExecError, TellsALineFromAName) {
  EXPECT_THAT(of("cargo build"), HasSubstr("leave the quotes out"));
  EXPECT_THAT(of("/usr/bin/cargo build"), HasSubstr("leave the quotes out"));
}

TEST_F(ExecError, TellsAVariableFromAName) {
  EXPECT_THAT(of("FOO=1"), HasSubstr("env NAME=VALUE COMMAND"));
  EXPECT_THAT(of("RUSTFLAGS=-C debuginfo=0"), HasSubstr("env NAME=VALUE COMMAND"));
  EXPECT_THAT(of("no-name=1"), EndsWith("No such file or directory"));
}

TEST_F(ExecError, TellsThemAlsoWhereAFolderOfPathMayNotBeSearched) {
  EXPECT_THAT(exec_error({"cargo build"}, EACCES).text(), HasSubstr("leave the quotes out"));
  EXPECT_THAT(exec_error({"FOO=1", "cargo"}, EACCES).text(), HasSubstr("env NAME=VALUE COMMAND"));
}

TEST_F(ExecError, SaysThatItIsAFolder) {
  EXPECT_EQ(of(folder_.path()), "execute " + folder_.path() + ": Permission denied. It is a folder. Name a program.");
}

TEST_F(ExecError, SaysWhatTheFileLacks) { EXPECT_THAT(of(file("text", 0644)), EndsWith(": chmod +x.")); }

TEST_F(ExecError, CannotDriveTheTerminal) { EXPECT_THAT(of("/a\x1b[2J"), StartsWith("execute /a\\x1b[2J: No such")); }

}  // namespace
}  // namespace memguard::supervisor

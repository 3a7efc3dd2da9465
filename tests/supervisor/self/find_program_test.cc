// The program that is found is the one that execvp(3) starts.
#include "supervisor/self/find_program.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "gated_child.h"
#include "in_child.h"
#include "script.h"
#include "temporary_folder.h"

namespace memguard::supervisor {
namespace {

namespace fs = std::filesystem;

/// A folder of folders with programs named "tool". Each ends with a number of its own.
class FoundProgram : public testing::Test {
 protected:
  FoundProgram() {
    make("first", 1);
    make("second", 2);
    make(".", 3);
    make("forbidden", 4);
    fs::permissions(folder_.in("forbidden/tool"), fs::perms::owner_read);
    fs::create_directories(folder_.in("folder/tool"));
    fs::create_directories(folder_.in("dangling"));
    fs::create_symlink("nosuch", folder_.in("dangling/tool"));
    fs::create_directories(folder_.in("link"));
    fs::create_symlink("../second/tool", folder_.in("link/tool"));
  }

  void make(const std::string& folder, int end) const {
    fs::create_directories(folder_.in(folder));
    make_script(folder_.in(folder + "/tool"), "exit " + std::to_string(end));
  }

  /// How a child ends that does this in the folder; 127 where nothing was executed.
  template <class Exec>
  int end_of(const Exec& exec) const {
    const pid_t child = ::fork();
    if (child == 0) {
      if (::chdir(folder_.path().c_str()) == 0) exec();
      ::_exit(127);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WEXITSTATUS(status);
  }
  [[nodiscard]] int end_of_execvp(const std::string& name, const std::string& path) const {
    return end_of([&] {
      ::setenv("PATH", path.c_str(), 1);
      std::array<const char*, 2> words{name.c_str(), nullptr};
      (void)::execvp(name.c_str(), const_cast<char**>(words.data()));
    });
  }
  [[nodiscard]] int end_of_found(const std::string& name, const std::string& path) const {
    return end_of([&] { execute(find_program(name, path), {name}); });
  }

  TemporaryFolder folder_;
};

TEST_F(FoundProgram, IsTheOneThatExecvpStarts) {
  const auto expect_end = [this](const std::string& name, const std::string& path, int end) {
    SCOPED_TRACE(name + " in " + path);
    EXPECT_EQ(end_of_execvp(name, path), end);
    EXPECT_EQ(end_of_found(name, path), end);
  };
  expect_end("tool", "first:second", 1);
  expect_end("tool", "second:first", 2);
  expect_end("tool", "nosuch:forbidden:folder:dangling:link:first", 2);
  // An empty name is the working folder's.
  for (const char* path : {"", ":first", "nosuch:", "nosuch::first"}) expect_end("tool", path, 3);
  // What has a slash is looked for nowhere else.
  expect_end("second/tool", "first", 2);
  expect_end("./tool", "first", 3);
  expect_end("forbidden/tool", "first", 127);
  expect_end("nosuch", "first:second", 127);
}

TEST_F(FoundProgram, IsNamedByItsPlaceInPath) {
  in_child([this] {
    ASSERT_EQ(::chdir(folder_.path().c_str()), 0);
    EXPECT_EQ(find_program("tool", "nosuch:first"), "first/tool");
    EXPECT_EQ(find_program("tool", ""), "./tool");
    EXPECT_EQ(find_program("first/tool", "second"), "first/tool");
    EXPECT_EQ(find_program("tool", "forbidden"), "");
  });
}

TEST(SearchPath, IsThatOfTheEnvironmentOrOfExecvp) {
  in_child([] {
    ::setenv("PATH", "/one:/other", 1);
    EXPECT_EQ(search_path(), "/one:/other");
    ::setenv("PATH", "", 1);
    EXPECT_EQ(search_path(), "");
    ::unsetenv("PATH");
    EXPECT_EQ(search_path(), "/bin:/usr/bin");
  });
}

}  // namespace
}  // namespace memguard::supervisor

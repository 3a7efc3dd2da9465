#include "gate/detour.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "base/unique_fd.h"
#include "temporary_folder.h"
#include "waiting_child.h"

namespace memguard::gate {
namespace {

namespace fs = std::filesystem;
using Strings = std::vector<std::string>;

std::array<UniqueFd, 2> make_pipe() {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

// A process that waits, and executes what it is told when it may go.
class Detour : public testing::Test {
 protected:
  void SetUp() override {
    const WaitingChild child;
    if (!Detours::possible(child.pid())) GTEST_SKIP() << "ptrace is refused here, or not known for this processor";
  }

  Detours to(const char* guide, const char* option) {
    return {guide, option, [this](pid_t process) { refused_.push_back(process); }};
  }

  fs::path script(const std::string& name, const std::string& text) {
    std::ofstream(fs::path(folder_.path()) / name) << text;
    fs::permissions(fs::path(folder_.path()) / name, fs::perms::owner_all);
    return fs::path(folder_.path()) / name;
  }

  // Tries each path in turn, as execvp(3) does.
  void start(const Strings& paths, Strings words, Strings variables = {}) {
    pid_ = ::fork();
    if (pid_ != 0) return go_[0].reset();
    go_[1].reset();
    (void)::dup2(out_[1].get(), STDOUT_FILENO);
    char token = 0;
    while (::read(go_[0].get(), &token, 1) != 1) {}
    const auto pointers = [](Strings& all) {
      std::vector<char*> each;
      for (std::string& one : all) each.push_back(one.data());
      each.push_back(nullptr);
      return each;
    };
    for (const std::string& path : paths)
      (void)::execve(path.c_str(), pointers(words).data(), pointers(variables).data());
    ::_exit(7);
  }

  // Lets it go, and gives its wait status.
  int run(Detours& detours) {
    EXPECT_TRUE(detours.begin(pid_));
    return finish(detours);
  }
  int finish(Detours& detours) {
    EXPECT_EQ(::write(go_[1].get(), "g", 1), 1);
    return end(detours);
  }
  int end(Detours& detours) const {
    int status = 0;
    do {
      EXPECT_EQ(::waitpid(pid_, &status, 0), pid_);
    } while (detours.take(pid_, status));
    return status;
  }
  std::string out() {
    out_[1].reset();
    std::string text;
    std::array<char, 4096> part{};
    for (ssize_t got = 0; (got = ::read(out_[0].get(), part.data(), part.size())) > 0;)
      text.append(part.data(), static_cast<std::size_t>(got));
    return text;
  }

  TemporaryFolder folder_;
  std::array<UniqueFd, 2> go_ = make_pipe();
  std::array<UniqueFd, 2> out_ = make_pipe();
  pid_t pid_ = 0;
  std::vector<pid_t> refused_;
};

TEST_F(Detour, GoesToTheGuideWithPathAndArguments) {
  Detours detours = to("/bin/echo", "sent");
  start({"/bin/true"}, {"zeroth", "first", "", "third one"});
  EXPECT_EQ(run(detours), 0);
  EXPECT_TRUE(refused_.empty());
  EXPECT_EQ(out(), "sent /bin/true zeroth first  third one\n");
}

TEST_F(Detour, KeepsTheEnvironment) {
  Detours detours = to("/usr/bin/printenv", "OURS");
  start({"/bin/true"}, {"true"}, {"OTHER=1", "OURS=of the build"});
  EXPECT_NE(run(detours), 0);  // no variable has the other names
  EXPECT_EQ(out(), "of the build\n");
}

TEST_F(Detour, KeepsTheArgumentsOfAScript) {
  Detours detours = to("/bin/echo", "sent");
  const std::string path = script("rustc", "#!/bin/sh -e\nexit 3\n");
  start({path}, {"rustc", "a.rs", "b"});
  EXPECT_EQ(run(detours), 0);
  EXPECT_EQ(out(), "sent " + path + " " + path + " a.rs b\n");
}

TEST_F(Detour, AProgramThatIsGivenItsOwnPathIsNoScript) {
  Detours detours = to("/bin/echo", "sent");
  start({"/bin/true"}, {"true", "/bin/true", "last"});
  EXPECT_EQ(run(detours), 0);
  EXPECT_EQ(out(), "sent /bin/true true /bin/true last\n");
}

TEST_F(Detour, AnExecThatFailsFails) {
  Detours detours = to("/bin/echo", "sent");
  start({"/nosuch/program"}, {"program"});
  EXPECT_EQ(WEXITSTATUS(run(detours)), 7);
  EXPECT_TRUE(refused_.empty());
  EXPECT_EQ(out(), "");
}

TEST_F(Detour, TheNextExecAfterOneThatFailedGoesThere) {
  Detours detours = to("/bin/echo", "sent");
  start({"/nosuch/true", "/bin/true"}, {"true"});
  EXPECT_TRUE(detours.begin(pid_));
  EXPECT_EQ(run(detours), 0);
  EXPECT_EQ(out(), "sent /bin/true true\n");
}

TEST_F(Detour, WithoutAGuideTheProgramRunsAndThatIsTold) {
  Detours detours = to("/nosuch/guide", "sent");
  start({"/bin/echo"}, {"echo", "myself"}, {"A=1"});
  EXPECT_EQ(run(detours), 0);
  EXPECT_EQ(refused_, std::vector{pid_});
  EXPECT_EQ(out(), "myself\n");
}

TEST_F(Detour, WithTooManyArgumentsTheProgramRuns) {
  Detours detours = to("/bin/echo", "sent");
  Strings words(9000, "x");
  words[0] = "echo";
  start({"/bin/echo"}, words);
  EXPECT_EQ(run(detours), 0);
  EXPECT_EQ(refused_, std::vector{pid_});
  EXPECT_EQ(out().size(), 2 * (words.size() - 1));
}

TEST_F(Detour, OneThatIsStoppedMeanwhileGoesOnWhenItIsContinued) {
  Detours detours = to("/bin/echo", "sent");
  start({"/bin/true"}, {"true"});
  ASSERT_TRUE(detours.begin(pid_));
  ::kill(pid_, SIGSTOP);
  int status = 0;
  // The signal, and the stop that it brings.
  for (int stops = 0; stops < 2; ++stops) {
    ASSERT_EQ(::waitpid(pid_, &status, 0), pid_);
    ASSERT_TRUE(detours.take(pid_, status));
  }
  EXPECT_EQ(proc::read_stat(pid_)->state, 't');
  ::kill(pid_, SIGCONT);
  EXPECT_EQ(finish(detours), 0);
  EXPECT_EQ(out(), "sent /bin/true true\n");
}

TEST_F(Detour, ASignalReachesIt) {
  Detours detours = to("/bin/echo", "sent");
  start({"/bin/true"}, {"true"});
  ASSERT_TRUE(detours.begin(pid_));
  ::kill(pid_, SIGTERM);
  EXPECT_EQ(WTERMSIG(end(detours)), SIGTERM);
  EXPECT_EQ(out(), "");
}

TEST_F(Detour, OneThatIsKilledIsForgotten) {
  Detours detours = to("/bin/echo", "sent");
  start({"/bin/true"}, {"true"});
  ASSERT_TRUE(detours.begin(pid_));
  ::kill(pid_, SIGKILL);
  EXPECT_EQ(WTERMSIG(end(detours)), SIGKILL);
  EXPECT_FALSE(detours.take(pid_, SIGSTOP << 8 | 0x7f));
}

TEST_F(Detour, WhoIsNotThereCannotBegin) {
  Detours detours = to("/bin/echo", "sent");
  EXPECT_FALSE(detours.begin(4'194'305));
  EXPECT_FALSE(Detours::possible(4'194'305));
}

TEST_F(Detour, WhetherItIsPossibleIsFoundOutWithoutATrace) {
  Detours detours = to("/bin/echo", "sent");
  start({"/bin/echo"}, {"echo", "myself"});
  EXPECT_TRUE(Detours::possible(pid_));
  EXPECT_EQ(finish(detours), 0);
  EXPECT_EQ(out(), "myself\n");
}

}  // namespace
}  // namespace memguard::gate

// The shim itself, with scripts for a compiler and a supervisor that answers what the test says.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.h"
#include "fake_supervisor.h"
#include "temporary_folder.h"

namespace memguard::shim {
namespace {

namespace fs = std::filesystem;

class Shim : public testing::Test {
 public:
  Shim(const Shim&) = delete;
  Shim(Shim&&) = delete;
  Shim& operator=(const Shim&) = delete;
  Shim& operator=(Shim&&) = delete;

 protected:
  Shim() = default;
  ~Shim() override {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }

  // A compiler that does `script`; $n says how often it was started before.
  void compiler(const std::string& script) { write("rustc", count_ + script); }
  void write(const std::string& name, const std::string& script) {
    std::ofstream(folder_ / name) << "#!/bin/sh\ncd '" << folder_.string() << "'\n" << script << "\n";
    fs::permissions(folder_ / name, fs::perms::owner_all);
  }

  void start(std::vector<std::string> arguments = {"a.rs"}) {
    arguments.insert(arguments.begin(), (folder_ / "rustc").string());
    start_with(std::move(arguments));
  }
  void start_with(std::vector<std::string> arguments) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    err_ = UniqueFd(ends[0]);
    const UniqueFd writes(ends[1]);
    arguments.insert(arguments.begin(), MEMGUARD_SHIM_FILE);
    pid_ = ::fork();
    if (pid_ != 0) return;
    ::dup2(writes.get(), STDERR_FILENO);
    if (in_run_) ::setenv("MEMGUARD_RUN", supervisor_.run_id().c_str(), 1);
    if (!in_run_ && !keep_run_) ::unsetenv("MEMGUARD_RUN");
    if (!wrapper_.empty()) ::setenv("MEMGUARD_WRAPPER", wrapper_.c_str(), 1);
    std::vector<char*> argv;
    argv.reserve(arguments.size() + 1);
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    ::execv(argv[0], argv.data());
    ::_exit(125);
  }

  // Its wait status.
  int end() {
    int status = -1;
    ::waitpid(pid_, &status, 0);
    pid_ = 0;
    return status;
  }
  std::string err() {
    std::string text;
    std::array<char, 4096> part{};
    ssize_t got = 0;
    while ((got = ::read(err_.get(), part.data(), part.size())) > 0) text.append(part.data(), static_cast<size_t>(got));
    return text;
  }
  // Waits for a line of the compiler.
  std::string line() {
    std::string text;
    char c = 0;
    while (text.empty() || text.back() != '\n') {
      if (::read(err_.get(), &c, 1) != 1) break;
      text += c;
    }
    return text;
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream file(folder_ / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  [[nodiscard]] bool exists(const std::string& name) const { return fs::exists(folder_ / name); }

  static int exited(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : -1; }
  static int signalled(int status) { return WIFSIGNALED(status) ? WTERMSIG(status) : -1; }

  FakeSupervisor supervisor_;
  TemporaryFolder temporary_;
  fs::path folder_ = temporary_.path();
  bool in_run_ = true;
  bool keep_run_ = false;
  std::string wrapper_;
  pid_t pid_ = 0;
  UniqueFd err_;
  const std::string count_ = "n=0; while [ -e started$n ]; do n=$((n + 1)); done; : >started$n\n";
};

// Whether a signal waits to be read.
bool proc_has_pending(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("ShdPnd:")) return line.find_first_not_of("0 \t", 7) != std::string::npos;
  }
  return false;
}

constexpr auto kLinkFailed = "echo 'error: linking with `cc` failed: exit status: 1' >&2; exit 1";

TEST_F(Shim, ASuccessIsASuccess) {
  compiler("echo warning >&2; exit 0");
  start();
  ASSERT_TRUE(supervisor_.answer_call());
  EXPECT_EQ(supervisor_.caller(), pid_);
  EXPECT_EQ(err(), "warning\n");
  EXPECT_EQ(exited(end()), 0);
  EXPECT_FALSE(supervisor_.hear());
}

TEST_F(Shim, AnErrorIsPassedOnWithoutAQuestion) {
  compiler("echo error >&2; exit 101");
  start();
  ASSERT_TRUE(supervisor_.answer_call());
  EXPECT_FALSE(supervisor_.hear());
  EXPECT_EQ(exited(end()), 101);
  EXPECT_EQ(err(), "error\n");
}

TEST_F(Shim, ADeathByAnotherSignalIsPassedOnWithoutAQuestionAndWithoutACoreOfItsOwn) {
  compiler("kill -SEGV $$");
  start();
  ASSERT_TRUE(supervisor_.answer_call());
  EXPECT_FALSE(supervisor_.hear());
  const int status = end();
  EXPECT_EQ(signalled(status), SIGSEGV);
  EXPECT_FALSE(WCOREDUMP(status));
}

TEST_F(Shim, AKilledCompilerIsStartedAgainWhenTheSupervisorSaysSo) {
  compiler("echo artifact >&2; printf part >&2; [ $n = 2 ] && echo ' done' >&2 && exit 3; kill -9 $$");
  start();
  ASSERT_TRUE(supervisor_.answer_call());
  for (int i = 0; i < 2; ++i) {
    const auto asked = supervisor_.hear();
    ASSERT_TRUE(asked);
    EXPECT_EQ(asked->ending, Ending::killed);
    supervisor_.say(Decision::restart);
  }
  EXPECT_EQ(exited(end()), 3);
  EXPECT_EQ(err(), "artifact\npart done\n");
}

TEST_F(Shim, AKillIsPassedOnAsAKill) {
  compiler("echo said >&2; printf half >&2; kill -9 $$");
  start();
  ASSERT_TRUE(supervisor_.answer_call());
  ASSERT_TRUE(supervisor_.hear());
  supervisor_.say(Decision::pass_on);
  EXPECT_EQ(signalled(end()), SIGKILL);
  EXPECT_EQ(err(), "said\nhalf");
  EXPECT_FALSE(exists("started1"));
}

TEST_F(Shim, TheDeadCompilersPidIsStillItsOwnWhenTheSupervisorIsAsked) {
  compiler("echo $$ >pid; kill -9 $$");
  start();
  ASSERT_TRUE(supervisor_.answer_call());
  ASSERT_TRUE(supervisor_.hear());
  int compiler = 0;
  std::ifstream(folder_ / "pid") >> compiler;
  std::string state;
  std::ifstream stat("/proc/" + std::to_string(compiler) + "/stat");
  stat >> state >> state >> state;
  EXPECT_EQ(state, "Z");
  supervisor_.say(Decision::pass_on);
  EXPECT_EQ(signalled(end()), SIGKILL);
}

TEST_F(Shim, AFailedLinkIsRepaired) {
  compiler(std::string("echo artifact >&2; [ $n = 1 ] && exit 0; ") + kLinkFailed);
  start();
  ASSERT_TRUE(supervisor_.answer_call());
  const auto asked = supervisor_.hear();
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->ending, Ending::link_failed);
  supervisor_.say(Decision::restart);
  EXPECT_EQ(exited(end()), 0);
  EXPECT_EQ(err(), "artifact\n");
}

TEST_F(Shim, AFailedLinkThatIsNotMemorysDoingIsTold) {
  compiler(kLinkFailed);
  start();
  ASSERT_TRUE(supervisor_.answer_call());
  ASSERT_TRUE(supervisor_.hear());
  supervisor_.say(Decision::pass_on);
  EXPECT_EQ(exited(end()), 1);
  EXPECT_EQ(err(), "error: linking with `cc` failed: exit status: 1\n");
}

TEST_F(Shim, ASupervisorThatDiesBeforeItsAnswerIsAskedAgain) {
  compiler("[ $n = 1 ] && exit 0; kill -9 $$");
  start();
  ASSERT_TRUE(supervisor_.answer_call());
  ASSERT_TRUE(supervisor_.hear());
  supervisor_.die();
  ASSERT_TRUE(supervisor_.answer_call());
  const auto asked = supervisor_.hear();
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->kind, Kind::ended);
  supervisor_.say(Decision::restart);
  EXPECT_EQ(exited(end()), 0);
}

TEST_F(Shim, ANewSupervisorIsToldWhileTheCompilerRuns) {
  compiler("echo runs >&2; read go <fifo; exit 0");
  ASSERT_EQ(::mkfifo((folder_ / "fifo").c_str(), 0600), 0);
  start();
  ASSERT_TRUE(supervisor_.answer_call());
  EXPECT_EQ(line(), "runs\n");
  supervisor_.die();
  EXPECT_TRUE(supervisor_.answer_call());
  std::ofstream(folder_ / "fifo") << "\n";
  EXPECT_EQ(exited(end()), 0);
}

TEST_F(Shim, WithoutASupervisorADeathIsPassedOn) {
  supervisor_.stop_listening();
  compiler("kill -9 $$");
  start();
  EXPECT_EQ(signalled(end()), SIGKILL);
}

TEST_F(Shim, WhenTheFrontStopsListeningADeathIsPassedOn) {
  compiler("echo runs >&2; read go <fifo; kill -9 $$");
  ASSERT_EQ(::mkfifo((folder_ / "fifo").c_str(), 0600), 0);
  start();
  ASSERT_TRUE(supervisor_.answer_call());
  EXPECT_EQ(line(), "runs\n");
  supervisor_.stop_listening();
  supervisor_.die();
  std::ofstream(folder_ / "fifo") << "\n";
  EXPECT_EQ(signalled(end()), SIGKILL);
}

TEST_F(Shim, OutsideARunItBecomesTheCompiler) {
  in_run_ = false;
  compiler("echo $$ >pid; exit 4");
  start();
  const pid_t shim = pid_;
  EXPECT_EQ(exited(end()), 4);
  EXPECT_EQ(read("pid"), std::to_string(shim) + "\n");
}

TEST_F(Shim, ForAProbeItBecomesTheCompiler) {
  compiler("echo $$ >pid; exit 0");
  start({"-vV"});
  const pid_t shim = pid_;
  EXPECT_EQ(exited(end()), 0);
  EXPECT_EQ(read("pid"), std::to_string(shim) + "\n");
}

TEST_F(Shim, TheUsersOwnWrapperIsCalledWithTheCompiler) {
  write("wrapper", "echo \"$@\" >arguments; exec \"$@\"");
  wrapper_ = folder_ / "wrapper";
  compiler("exit 5");
  start({"a.rs", "-C", "opt-level=3"});
  EXPECT_EQ(exited(end()), 5);
  EXPECT_EQ(read("arguments"), (folder_ / "rustc").string() + " a.rs -C opt-level=3\n");
}

TEST_F(Shim, WhatTheUsersWrapperIsGivenThatIsNoRustcIsItsOwn) {
  write("sccache", "echo \"$$ $@\" >called");
  wrapper_ = folder_ / "sccache";
  for (const std::vector<std::string>& words : {std::vector<std::string>{"cc", "-c", "a.c"}, {"--show-stats"}, {}}) {
    start_with(words);
    // The shim has become it.
    std::string called = std::to_string(pid_) + " ";
    for (std::size_t i = 0; i < words.size(); ++i) called += (i == 0 ? "" : " ") + words[i];
    EXPECT_EQ(exited(end()), 0);
    EXPECT_EQ(read("called"), called + "\n");
  }
}

TEST_F(Shim, InThePlaceOfACompilerItRunsThatVeryFileByTheNameItWasCalled) {
  // A wrapper of the user's has been called by cargo already.
  wrapper_ = "/nosuch";
  compiler("echo \"$@\" >called; exit 3");
  start_with({"--exec", (folder_ / "rustc").string(), "rustc", "a.rs", "--exec"});
  ASSERT_TRUE(supervisor_.answer_call());
  EXPECT_EQ(exited(end()), 3);
  EXPECT_EQ(read("called"), "a.rs --exec\n");
}

TEST_F(Shim, InThePlaceOfACompilerItStartsAKilledOneAgain) {
  compiler("[ $n -gt 0 ] || kill -9 $$; exit 0");
  start_with({"--exec", (folder_ / "rustc").string(), "rustc", "a.rs"});
  ASSERT_TRUE(supervisor_.answer_call());
  ASSERT_TRUE(supervisor_.hear());
  supervisor_.say(Decision::restart);
  EXPECT_EQ(exited(end()), 0);
  EXPECT_TRUE(exists("started1"));
}

// `env -i make`, and a server that compiles for clients of other runs.
TEST_F(Shim, InThePlaceOfACompilerItIsOfTheRunThatSentItWhateverTheEnvironmentSays) {
  for (const char* run : {"", "1:another"}) {
    in_run_ = false;
    if (*run != '\0') ::setenv("MEMGUARD_RUN", run, 1);
    keep_run_ = *run != '\0';
    fs::remove(folder_ / "ran");
    compiler("[ -e ran ] || { touch ran; kill -9 $$; }; exit 0");
    start_with({"--exec=" + supervisor_.run_id(), (folder_ / "rustc").string(), "rustc", "a.rs"});
    ASSERT_TRUE(supervisor_.answer_call()) << run;
    ASSERT_TRUE(supervisor_.hear());
    supervisor_.say(Decision::restart);
    EXPECT_EQ(exited(end()), 0);
  }
  ::unsetenv("MEMGUARD_RUN");
}

TEST_F(Shim, AnOptionThatOnlyBeginsLikeItsOwnIsTheCompilersName) {
  compiler("exit 9");
  start_with({"--execute", "rustc", "rustc", "a.rs"});
  EXPECT_EQ(exited(end()), 127);
}

TEST_F(Shim, TheCompilerDiesWithTheShim) {
  compiler("echo $$ >pid; echo runs >&2; read go <fifo");
  ASSERT_EQ(::mkfifo((folder_ / "fifo").c_str(), 0600), 0);
  start();
  EXPECT_EQ(line(), "runs\n");
  ::kill(pid_, SIGKILL);
  EXPECT_EQ(signalled(end()), SIGKILL);
  // The compiler alone still had the pipe.
  EXPECT_EQ(err(), "");
}

// As gcc's and clang's own: an output that was begun is removed.
constexpr auto kPutsAway = "trap 'echo away >&2; exit 5' INT TERM; echo runs >&2; while :; do sleep 0.02; done";

TEST_F(Shim, WhatIsSentToItAloneReachesTheCompilerWhichPutsAwayWhatItBegan) {
  for (const int number : {SIGINT, SIGTERM}) {
    compiler(kPutsAway);
    start();
    EXPECT_EQ(line(), "runs\n");
    ::kill(pid_, number);
    EXPECT_EQ(err(), "away\n");
    EXPECT_EQ(exited(end()), 5);
  }
}

TEST_F(Shim, ACompilerThatDiesOfASignalToEndTheBuildEndsTheShimByTheSame) {
  compiler("echo runs >&2; while :; do sleep 0.02; done");
  start();
  EXPECT_EQ(line(), "runs\n");
  ::kill(pid_, SIGTERM);
  EXPECT_EQ(signalled(end()), SIGTERM);
}

TEST_F(Shim, NothingIsStartedAgainWhenTheBuildIsToEnd) {
  compiler("trap '' TERM; echo $$ >pid; echo runs >&2; while :; do sleep 0.02; done");
  start();
  ASSERT_TRUE(supervisor_.answer_call());
  EXPECT_EQ(line(), "runs\n");
  ::kill(pid_, SIGTERM);
  // It has been read when the process sleeps again with nothing pending.
  while (proc_has_pending(pid_)) std::this_thread::yield();
  ::kill(std::stoi(read("pid")), SIGKILL);
  EXPECT_EQ(signalled(end()), SIGKILL);
  EXPECT_FALSE(supervisor_.hear());
}

TEST_F(Shim, TheCompilerInheritsWhatItWouldHaveWithoutTheShim) {
  // Descriptor 9 as cargo's jobserver.
  compiler("ls /proc/self/fd >fds$n; grep -E '^Sig(Blk|Ign)' /proc/self/status >signals$n");
  ASSERT_EQ(::dup2(STDIN_FILENO, 9), 9);
  for (const bool in_run : {false, true}) {
    in_run_ = in_run;
    start();
    EXPECT_EQ(exited(end()), 0);
  }
  ::close(9);
  EXPECT_NE(read("fds0").find("9\n"), std::string::npos);
  EXPECT_EQ(read("fds1"), read("fds0"));
  EXPECT_NE(read("signals0"), "");
  EXPECT_EQ(read("signals1"), read("signals0"));
}

TEST_F(Shim, ACompilerThatIsNotThereIs127) {
  start();
  EXPECT_EQ(exited(end()), 127);
  EXPECT_NE(err().find("rustc: No such file"), std::string::npos);
}

}  // namespace
}  // namespace memguard::shim

// What /proc tells of a process that runs already. Which are found at all: job_scan_test.cc.
#include <sys/wait.h>

#include <csignal>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gated_child.h"
#include "script.h"
#include "supervisor/intake/job_scan.h"
#include "temporary_folder.h"
#include "waiting_child.h"

namespace memguard::supervisor {
namespace {

using Strings = std::vector<std::string>;
using testing::ElementsAre;
using testing::IsEmpty;

/// A process that was executed with these, and has stopped itself.
class StoppedProgram {
 public:
  StoppedProgram(const std::string& path, const Strings& words, const Strings& variables)
      : child_([&] {
          make_script(path, "kill -STOP $$");
          execute(path, words, variables);
        }) {
    int status = 0;
    ::waitpid(child_.pid(), &status, WUNTRACED);
    EXPECT_TRUE(WIFSTOPPED(status));
  }
  [[nodiscard]] proc::Stat stat() const { return proc::read_stat(child_.pid()).value(); }

 private:
  WaitingChild child_;
};

class FactsOf : public testing::Test {
 protected:
  TemporaryFolder folder_;
  config::Config config_;
};

TEST_F(FactsOf, ARustcAreThoseThatTheGateWouldHaveRead) {
  const StoppedProgram rustc(folder_.in("rustc"),
                             {"rustc", "--crate-name", "app", "--crate-type", "bin", "--emit=link", "main.rs"},
                             {"CARGO_PKG_NAME=the-package", "CARGO_MAKEFLAGS=-j --jobserver-auth=3,4"});
  const auto facts = facts_of_process(config_, rustc.stat());
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->job_class, config::kRustc);
  EXPECT_EQ(facts->program.view(), "rustc");
  EXPECT_EQ(facts->crate.view(), "app");
  EXPECT_EQ(facts->package.view(), "the-package");
  EXPECT_TRUE(facts->will_link);
  EXPECT_EQ(facts->jobserver, (JobserverEnds{3, 4}));
  EXPECT_EQ(facts->thread, rustc.stat().pid);
  EXPECT_FALSE(facts->unread);
}

TEST_F(FactsOf, ARustcThatOnlyTellsItsVersionAreNone) {
  const StoppedProgram rustc(folder_.in("rustc"), {"rustc", "-vV"}, {});
  EXPECT_FALSE(facts_of_process(config_, rustc.stat()));
}

TEST_F(FactsOf, AFoundProcessAreOfTheProgramThatItWasExecutedBy) {
  const StoppedProgram tool(folder_.in("tool"), {"tool"}, {"CARGO_PKG_NAME=the-package"});
  const ExecFacts facts = facts_of_found(tool.stat(), "/target/debug/tool-1a2b3c4d5e6f7890");
  EXPECT_EQ(facts.job_class, config::kOther);
  EXPECT_EQ(facts.program.view(), "tool-*");
  EXPECT_EQ(facts.process.pid, tool.stat().pid);
  EXPECT_EQ(facts.process.start_ticks, tool.stat().start_ticks);
}

TEST_F(FactsOf, AProcessItsEnvironmentIsWhatItWasStartedWith) {
  const StoppedProgram tool(folder_.in("tool"), {"tool"}, {"A=1", "EMPTY=", "LINES=one\ntwo"});
  EXPECT_THAT(environment_of(tool.stat().pid), ElementsAre("A=1", "EMPTY=", "LINES=one\ntwo"));
}

TEST_F(FactsOf, AScriptItsProgramIsTheInterpreter) {
  const StoppedProgram tool(folder_.in("tool"), {"tool"}, {});
  EXPECT_EQ(program_of_process(tool.stat().pid), std::filesystem::canonical("/bin/sh"));
}

TEST_F(FactsOf, OneThatIsGoneAreNone) {
  WaitingChild child;
  const proc::Stat stat = proc::read_stat(child.pid()).value();
  child.end();
  EXPECT_THAT(environment_of(stat.pid), IsEmpty());
  EXPECT_EQ(program_of_process(stat.pid), "");
  EXPECT_FALSE(facts_of_process(config_, stat));
  EXPECT_EQ(facts_of_found(stat, "tool").program.view(), "tool");
}

}  // namespace
}  // namespace memguard::supervisor

// The shim that a run finds, and what cargo is told of it.
#include "supervisor/front/shim_setup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "child_of_run.h"
#include "supervisor/restart/shims.h"
#include "supervisor/self/find_program.h"
#include "temporary_folder.h"

namespace memguard::supervisor {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::StartsWith;

class SetUpShim : public testing::Test {
 public:
 protected:
  SetUpShim() {
    ::setenv("XDG_STATE_HOME", folder_.in("state").c_str(), 1);
    ::setenv("SCCACHE_SERVER_PORT", port_.c_str(), 1);
    ::unsetenv("MEMGUARD_WRAPPER");
    wrapper_is("");
  }
  ~SetUpShim() override {
    for (const char* name : {"XDG_STATE_HOME", "SCCACHE_SERVER_PORT", "MEMGUARD_WRAPPER", "RUSTC_WRAPPER"})
      ::unsetenv(name);
  }
  [[nodiscard]] std::string program(const std::string& name, fs::perms mode = fs::perms::owner_all) const {
    std::ofstream(folder_.in(name)) << "#!/bin/sh\n";
    fs::permissions(folder_.in(name), mode);
    return folder_.in(name);
  }
  static void wrapper_is(const std::string& wrapper) { ::setenv("RUSTC_WRAPPER", wrapper.c_str(), 1); }
  static void known_wrapper_is(const std::string& wrapper) { ::setenv("MEMGUARD_WRAPPER", wrapper.c_str(), 1); }
  ShimSetup set_up(const std::vector<std::string>& command = {"cargo", "build"}) {
    return set_up_shim(config_, command, run_id_, folder_.path());
  }

  TemporaryFolder folder_;
  const std::string run_id_ = fmt::format("{}:shim", ::getpid());
  // Of no server but the test's own.
  const std::string port_ = fmt::format("memguard-{}", ::getpid());
  const std::string shim_ = program("memguard-shim");
  config::Config config_;
};

TEST_F(SetUpShim, FindsItBesideTheProgramAndListens) {
  const ShimSetup setup = set_up({"make"});
  EXPECT_EQ(setup.program, shim_);
  EXPECT_TRUE(setup.listener);
  EXPECT_EQ(setup.missing, "");
  EXPECT_THAT(setup.wrapper, IsEmpty());
  EXPECT_EQ(shim_missing(config_, folder_.path()), "");
}

TEST_F(SetUpShim, LooksBesideThisProgram) {
  EXPECT_EQ(own_folder(), fs::canonical("/proc/self/exe").parent_path().string());
}

TEST_F(SetUpShim, SaysThatThereIsNone) {
  fs::permissions(shim_, fs::perms::owner_read);
  const ShimSetup setup = set_up();
  EXPECT_THAT(setup.missing, StartsWith("no memguard-shim beside memguard"));
  EXPECT_EQ(setup.program, "");
  EXPECT_FALSE(setup.listener);
  EXPECT_THAT(setup.wrapper, IsEmpty());
  for (const std::string& folder : {folder_.path(), std::string()})
    EXPECT_EQ(shim_missing(config_, folder), setup.missing) << folder;
}

TEST_F(SetUpShim, DoesNothingWhereNothingIsToBeStartedAgain) {
  fs::remove(shim_);
  config_.restart.value = false;
  const ShimSetup setup = set_up();
  EXPECT_EQ(setup.missing, "");
  EXPECT_FALSE(setup.listener);
  EXPECT_EQ(shim_missing(config_, folder_.path()), "");
}

TEST_F(SetUpShim, SaysWhyItCannotListen) {
  const auto somebody = listen_for_shims(run_id_);
  ASSERT_TRUE(somebody);
  const ShimSetup setup = set_up();
  EXPECT_THAT(setup.missing, HasSubstr("listen for shims"));
  EXPECT_THAT(setup.missing, HasSubstr("Address already in use"));
  EXPECT_EQ(setup.program, "");
  EXPECT_THAT(setup.wrapper, IsEmpty());
}

TEST_F(SetUpShim, IsTheWrapperThatCargoIsTold) {
  EXPECT_THAT(set_up().wrapper, ElementsAre(Pair("RUSTC_WRAPPER", shim_)));
  EXPECT_THAT(set_up({"/usr/bin/cargo"}).wrapper, ElementsAre(Pair("RUSTC_WRAPPER", shim_)));
  EXPECT_THAT(set_up({}).wrapper, IsEmpty());
}

TEST_F(SetUpShim, KeepsTheWrapperOfTheUser) {
  const std::string wrapper = program("wrap");
  wrapper_is(wrapper);
  const auto told = set_up().wrapper;
  ASSERT_THAT(
      told, ElementsAre(Pair("RUSTC_WRAPPER", HasSubstr("/state/memguard/shims/")), Pair("MEMGUARD_WRAPPER", wrapper)));
  EXPECT_EQ(fs::path(told[0].second).filename(), "wrap");
  EXPECT_EQ(fs::canonical(told[0].second), fs::canonical(shim_));
}

TEST_F(SetUpShim, LeavesAWrapperThatCannotBeExecutedToCargo) {
  wrapper_is(program("wrap", fs::perms::owner_read));
  const ShimSetup setup = set_up();
  EXPECT_THAT(setup.wrapper, IsEmpty());
  EXPECT_EQ(setup.program, shim_);
}

TEST_F(SetUpShim, KnowsTheVariablesOfARunThatIsOver) {
  const std::string wrapper = program("wrap");
  wrapper_is(shim_);
  known_wrapper_is(wrapper);
  EXPECT_THAT(set_up().wrapper,
              ElementsAre(Pair("RUSTC_WRAPPER", HasSubstr("/wrap")), Pair("MEMGUARD_WRAPPER", wrapper)));
  known_wrapper_is("");
  EXPECT_THAT(set_up().wrapper, ElementsAre(Pair("RUSTC_WRAPPER", shim_), Pair("MEMGUARD_WRAPPER", "")));
}

TEST_F(SetUpShim, TellsOfACacheServerThatNobodyGuards) {
  fs::create_symlink(find_program("tail", search_path()), folder_.in("sccache"));
  wrapper_is(folder_.in("sccache"));
  EXPECT_EQ(set_up().remark, "");
  const ChildOfRun server({"SCCACHE_START_SERVER=1", "SCCACHE_SERVER_PORT=" + port_}, folder_.in("sccache"));
  EXPECT_THAT(set_up().remark, HasSubstr(fmt::format("(pid {})", server.pid())));
  wrapper_is(program("wrap"));
  EXPECT_EQ(set_up().remark, "");
}

}  // namespace
}  // namespace memguard::supervisor

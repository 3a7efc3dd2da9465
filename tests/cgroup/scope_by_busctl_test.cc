// cgroup/scope_by_busctl.cc, compiled into this test, with a busctl that notes what it is asked and answers as told.
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp, setenv
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cgroup/scope.h"
#include "cgroup/scope_name.h"

namespace memguard::cgroup {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class ScopeByBusctl : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "busctl.XXXXXX";
    folder_ = ::mkdtemp(name.data());
    const std::ofstream bus(folder_ / "bus");  // only asked whether it is there
    ::setenv("XDG_RUNTIME_DIR", folder_.c_str(), 1);
    path_ = ::getenv("PATH");
    ::setenv("PATH", (folder_.string() + ":" + path_).c_str(), 1);
  }
  void TearDown() override {
    ::setenv("PATH", path_.c_str(), 1);
    fs::remove_all(folder_);
  }
  // `body` is a shell's: "$*" are the words of busctl.
  void answers(const std::string& body) const {
    const auto file = folder_ / "busctl";
    std::ofstream(file) << "#!/bin/sh\necho \"$*\" >>" << (folder_ / "asked") << "\n" << body << "\n";
    ::chmod(file.c_str(), 0755);
  }
  [[nodiscard]] std::string asked() const {
    std::stringstream text;
    text << std::ifstream(folder_ / "asked").rdbuf();
    return text.str();
  }
  fs::path folder_;
  std::string path_;
};

TEST_F(ScopeByBusctl, AManagerThatSaysItsVersionIsThere) {
  answers("echo 's \"252\"'");
  EXPECT_TRUE(check_manager(Manager::user));
  EXPECT_THAT(asked(), HasSubstr(fmt::format("--address=unix:path={}/bus", folder_.string())));
  EXPECT_THAT(asked(), HasSubstr("Manager Version"));
}

TEST_F(ScopeByBusctl, AManagerThatSaysNothingIsAnErrorWithItsSocket) {
  answers("exit 1");
  const auto there = check_manager(Manager::user);
  ASSERT_FALSE(there);
  EXPECT_THAT(there.error().text(), HasSubstr("busctl"));
}

TEST_F(ScopeByBusctl, AUnitDelegatesWhenItsPropertySaysSo) {
  answers("case \"$*\" in *GetUnit*) echo 'o \"/org/x\"' ;; */org/x*Delegate) echo 'b true' ;; esac");
  EXPECT_TRUE(user_unit_delegates("a.service"));
  EXPECT_THAT(asked(), HasSubstr("systemd1.Service Delegate"));
  EXPECT_TRUE(user_unit_delegates("a.scope"));
  EXPECT_THAT(asked(), HasSubstr("systemd1.Scope Delegate"));
  answers("case \"$*\" in *GetUnit*) echo 'o \"/org/x\"' ;; *) echo 'b false' ;; esac");
  EXPECT_FALSE(user_unit_delegates("a.service"));
  answers("exit 1");
  EXPECT_FALSE(user_unit_delegates("a.service"));
}

TEST_F(ScopeByBusctl, AScopeIsAskedForWithAndThenWithoutOomPolicy) {
  answers("case \"$*\" in *OOMPolicy*) exit 1 ;; *) echo 'o \"/org/job/1\"' ;; esac");
  // Nobody moves us: the wait for that ends.
  const auto scope = start_scope({.manager = Manager::user, .slice = "a.slice", .patience = std::chrono::seconds(1)});
  ASSERT_FALSE(scope);
  EXPECT_EQ(scope.error().code, ETIMEDOUT);
  const std::string all = asked();
  const std::string second = all.substr(all.find('\n'));
  EXPECT_THAT(all, HasSubstr("OOMPolicy s continue PIDs au 1 "));
  EXPECT_THAT(second, AllOf(HasSubstr(" fail 7 Description s "), HasSubstr(" Delegate b true "),
                            HasSubstr(" Slice s a.slice PIDs au 1 "), Not(HasSubstr("OOMPolicy"))));
}

TEST_F(ScopeByBusctl, NamesOfScopesAreKnown) {
  EXPECT_TRUE(is_scope_name("memguard-1-00000000.scope"));
  EXPECT_FALSE(is_scope_name("session-1.scope"));
}

}  // namespace
}  // namespace memguard::cgroup

#include "status/folder.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace memguard::status {
namespace {

namespace fs = std::filesystem;

proc::Identity self() { return {::getpid(), proc::read_stat(::getpid())->start_ticks}; }

class RunFolder : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "run-folder-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    top_ = pattern;
    variables_["XDG_RUNTIME_DIR"] = top_;
  }
  void TearDown() override { fs::remove_all(top_); }

  [[nodiscard]] int found() const {
    const auto runs = find_runs(variables_);
    return static_cast<int>(std::ranges::count(runs, ::getpid(), &Found::pid));
  }
  [[nodiscard]] std::ptrdiff_t names() const {
    return std::distance(fs::directory_iterator(top_ + "/memguard"), fs::directory_iterator());
  }

  std::string top_;
  Variables variables_;
};

TEST_F(RunFolder, IsForItsUserAlone) {
  const auto socket = RunSocket::create(variables_, self());
  ASSERT_TRUE(socket) << socket.error().text();
  struct stat seen {};
  ASSERT_EQ(::stat((top_ + "/memguard").c_str(), &seen), 0);
  EXPECT_EQ(seen.st_mode & 07777U, 0700U);
  EXPECT_EQ(found(), 1);
}

TEST_F(RunFolder, KeepsNoNameOfARunThatEnded) {
  auto socket = RunSocket::create(variables_, self());
  ASSERT_TRUE(socket);
  EXPECT_EQ(names(), 1);
  socket->remove();
  EXPECT_EQ(names(), 0);
  EXPECT_EQ(found(), 0);
}

TEST_F(RunFolder, AChildThatEndsLeavesTheNameOfItsParent) {
  auto socket = RunSocket::create(variables_, self());
  ASSERT_TRUE(socket);
  const pid_t child = ::fork();
  if (child == 0) {
    socket->remove();
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(found(), 1);
}

// As `kill -9` of all of a run leaves it.
TEST_F(RunFolder, WhatADeadRunLeftIsSweptByWhoeverLooks) {
  const pid_t child = ::fork();
  if (child == 0) {
    auto socket = RunSocket::create(variables_, self());
    ::_exit(socket ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);
  EXPECT_EQ(names(), 1);
  EXPECT_EQ(found(), 0);
  EXPECT_EQ(names(), 0);
}

TEST_F(RunFolder, WhatADeadRunLeftIsSweptByTheNextRun) {
  const pid_t child = ::fork();
  if (child == 0) {
    auto socket = RunSocket::create(variables_, self());
    ::_exit(socket ? 0 : 1);
  }
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(names(), 1);
  const auto socket = RunSocket::create(variables_, self());
  ASSERT_TRUE(socket);
  EXPECT_EQ(names(), 1) << "its own";
}

TEST_F(RunFolder, WhatIsNoSocketOfARunIsLeftAlone) {
  fs::create_directory(top_ + "/memguard");
  fs::permissions(top_ + "/memguard", fs::perms::owner_all);
  std::ofstream(top_ + "/memguard/notes.txt") << "mine";
  std::ofstream(top_ + "/memguard/4194303-7") << "no socket, though its name looks like one";
  EXPECT_EQ(found(), 0);
  EXPECT_TRUE(fs::exists(top_ + "/memguard/notes.txt"));
}

TEST_F(RunFolder, ThatOthersMayEnterIsNotUsed) {
  fs::create_directory(top_ + "/memguard");
  fs::permissions(top_ + "/memguard", fs::perms(0755));
  const auto socket = RunSocket::create(variables_, self());
  EXPECT_EQ(names(), 0);
  EXPECT_EQ(found(), socket ? 1 : 0) << "in the next folder";
}

TEST_F(RunFolder, ThatIsALinkIsNotUsed) {
  fs::create_directory(top_ + "/elsewhere");
  fs::permissions(top_ + "/elsewhere", fs::perms::owner_all);
  fs::create_directory_symlink(top_ + "/elsewhere", top_ + "/memguard");
  (void)RunSocket::create(variables_, self());
  EXPECT_TRUE(fs::is_empty(top_ + "/elsewhere"));
}

TEST_F(RunFolder, MayHaveAVeryLongPath) {
  std::string deep = top_;
  while (deep.size() < 300) deep += "/a-rather-long-name-of-a-folder";
  fs::create_directories(deep);
  variables_["XDG_RUNTIME_DIR"] = deep;
  const auto socket = RunSocket::create(variables_, self());
  ASSERT_TRUE(socket);
  EXPECT_TRUE(fs::exists(deep + "/memguard"));
  EXPECT_EQ(found(), 1);
}

TEST_F(RunFolder, HasAPlaceWithoutARuntimeFolder) {
  EXPECT_THAT(folders({}, 1000), testing::ElementsAre("/run/user/1000/memguard", "/tmp/memguard-1000"));
  EXPECT_THAT(folders({{"XDG_RUNTIME_DIR", "relative"}}, 0),
              testing::ElementsAre("/run/user/0/memguard", "/run/memguard", "/tmp/memguard-0"));
  const auto socket = RunSocket::create({}, self());
  ASSERT_TRUE(socket) << socket.error().text();
  const auto runs = find_runs({});
  EXPECT_EQ(std::ranges::count(runs, ::getpid(), &Found::pid), 1);
}

TEST_F(RunFolder, AnotherUserIsKnownByTheSocket) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  fs::permissions(top_, fs::perms(0755));
  auto socket = RunSocket::create(variables_, self());
  ASSERT_TRUE(socket);
  fs::permissions(top_ + "/memguard", fs::perms(0777));
  const std::string name = fs::directory_iterator(top_ + "/memguard")->path();
  fs::permissions(name, fs::perms(0777));
  const pid_t child = ::fork();
  if (child == 0) {
    constexpr uid_t kNobody = 65534;
    if (::setuid(kNobody) != 0) ::_exit(2);
    // The folder's mode does not keep it out here; what it is does.
    const int caller = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path, sizeof address.sun_path - 1);
    ::_exit(::connect(caller, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);
  const UniqueFd stranger(::accept4(socket->listener(), nullptr, nullptr, SOCK_CLOEXEC));
  ASSERT_TRUE(stranger);
  EXPECT_FALSE(same_user(stranger.get()));
}

}  // namespace
}  // namespace memguard::status

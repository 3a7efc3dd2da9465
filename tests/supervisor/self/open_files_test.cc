// How far the limit of open files is raised, and what is kept back of it. What each use may take:
// live/end_watch_test.cc.
#include "supervisor/self/open_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include <gtest/gtest.h>

#include "in_child.h"
#include "without_right.h"

namespace memguard::supervisor {
namespace {

constexpr rlim_t kSoft = 64;
constexpr rlim_t kHard = 256;

void limit_files(rlim_t soft, rlim_t hard) {
  const rlimit files{soft, hard};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
}
rlimit limit_of_files() {
  rlimit files{};
  EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
  return files;
}
UniqueFd open_one() { return UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }
/// Until no more are to be had.
std::vector<UniqueFd> open_all() {
  std::vector<UniqueFd> files;
  while (UniqueFd file = open_one()) files.push_back(std::move(file));
  EXPECT_EQ(errno, EMFILE);
  return files;
}

TEST(FileLimit, WithoutRightsIsRaisedToTheHardOne) {
  in_child([] {
    limit_files(kSoft, kHard);
    const WithoutRight resources(CAP_SYS_RESOURCE);
    const rlimit before = allow_many_files();
    EXPECT_EQ(before.rlim_cur, kSoft);
    EXPECT_EQ(before.rlim_max, kHard);
    EXPECT_EQ(limit_of_files().rlim_cur, kHard);
    EXPECT_EQ(limit_of_files().rlim_max, kHard);
  });
}

TEST(FileLimit, OfRootIsRaisedToTheKernels) {
  in_child(
      [] {
        if (!WithoutRight::has(CAP_SYS_RESOURCE)) GTEST_SKIP();
        rlim_t most = 0;
        std::ifstream("/proc/sys/fs/nr_open") >> most;
        limit_files(kSoft, kHard);
        EXPECT_EQ(allow_many_files().rlim_max, kHard);
        EXPECT_EQ(limit_of_files().rlim_cur, most);
        EXPECT_EQ(limit_of_files().rlim_max, most);
      },
      "the right to raise limits");
}

TEST(SpareFiles, LetThreeBeOpenedWhenAllElseIsUsedUp) {
  in_child([] {
    limit_files(kSoft, kHard);
    std::vector<UniqueFd> spare = spare_files();
    for (const UniqueFd& file : spare) EXPECT_EQ(::fcntl(file.get(), F_GETFD), FD_CLOEXEC);
    const auto others = open_all();
    EXPECT_FALSE(open_one());
    spare.clear();
    EXPECT_EQ(open_all().size(), 3U);
  });
}

TEST(SpareFiles, AreNoneWhereNoneIsLeft) {
  in_child([] {
    limit_files(kSoft, kHard);
    const auto others = open_all();
    for (const UniqueFd& file : spare_files()) EXPECT_FALSE(file);
  });
}

class KeptFile : public testing::Test {
 protected:
  /// Whether a descriptor of that number may be kept.
  static bool may_be_kept(int number, FileUse use) {
    UniqueFd file(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, number));
    EXPECT_EQ(file.get(), number);
    return may_keep(file, use);
  }
};

TEST_F(KeptFile, MayTakeTheShareOfItsUse) {
  in_child([] {
    limit_files(kHard, kHard);
    EXPECT_TRUE(may_be_kept(127, FileUse::reading));
    EXPECT_FALSE(may_be_kept(128, FileUse::reading));
    EXPECT_TRUE(may_be_kept(191, FileUse::client));
    EXPECT_FALSE(may_be_kept(192, FileUse::client));
    EXPECT_TRUE(may_be_kept(223, FileUse::shim));
    EXPECT_FALSE(may_be_kept(224, FileUse::shim));
  });
}

TEST_F(KeptFile, LeavesTwelveOfASmallLimitWhateverItsUse) {
  in_child([] {
    limit_files(72, kHard);
    EXPECT_TRUE(may_be_kept(59, FileUse::shim));
    // Below seven eighths, which are 63.
    EXPECT_FALSE(may_be_kept(60, FileUse::shim));
  });
}

TEST_F(KeptFile, IsHeldAgainstTheLimitThatThereIsNow) {
  in_child([] {
    limit_files(kHard, kHard);
    EXPECT_TRUE(may_be_kept(40, FileUse::end));
    limit_files(48, kHard);
    EXPECT_FALSE(may_be_kept(40, FileUse::end));
  });
}

TEST(OpenLeaves, TakeAnEighthOfTheLimitAndAreTwoAtLeast) {
  in_child([] {
    limit_files(kHard, kHard);
    EXPECT_EQ(most_open_leaves(), 8U);
    limit_files(16, kHard);
    EXPECT_EQ(most_open_leaves(), 2U);
  });
}

}  // namespace
}  // namespace memguard::supervisor

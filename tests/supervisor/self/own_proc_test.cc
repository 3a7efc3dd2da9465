// A /proc of another pid namespace, and one of our own instead: in namespaces that nobody else is in.
#include "supervisor/self/own_proc.h"

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include <gtest/gtest.h>

#include "in_child.h"
#include "temporary_folder.h"
#include "without_right.h"

namespace memguard::supervisor {
namespace {

namespace fs = std::filesystem;

/// The mounts, the root and the folder of this process.
struct Place {
  fs::path mounts = fs::read_symlink("/proc/self/ns/mnt");
  fs::path root = fs::read_symlink("/proc/self/root");
  fs::path folder = fs::current_path();
  bool operator==(const Place&) const = default;
};

/// Mounts that are shared with whoever makes namespaces from here, as on most machines, and with nobody else.
bool enter_namespaces() {
  constexpr int kOurs = CLONE_NEWNS | CLONE_NEWPID;
  if (::unshare(kOurs) != 0 && ::unshare(CLONE_NEWUSER | kOurs) != 0) return false;
  return ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount(nullptr, "/", nullptr, MS_REC | MS_SHARED, nullptr) == 0;
}

class ForeignProc : public testing::Test {
 protected:
  /// In the first process of a pid namespace, with the /proc of the namespace above.
  static void in_pid_namespace(const std::function<void()>& body) {
    constexpr const char* kNeeds = "namespaces of mounts and pids";
    in_child(
        [&] {
          if (!enter_namespaces()) GTEST_SKIP();
          in_child(body);
        },
        kNeeds);
  }
};

TEST(Proc, OfThisPidNamespaceIsOurs) {
  EXPECT_TRUE(proc_is_ours());
  EXPECT_FALSE(proc_is_missing());
}

TEST_F(ForeignProc, IsSeenToBeForeign) {
  in_pid_namespace([] {
    EXPECT_FALSE(proc_is_ours());
    EXPECT_FALSE(proc_is_missing());
  });
}

TEST_F(ForeignProc, IsReplacedForUsAndStaysThatOfTheBuild) {
  const TemporaryFolder folder;
  in_pid_namespace([&] {
    ASSERT_EQ(::chdir(folder.path().c_str()), 0);
    const auto own = OwnProc::mount();
    ASSERT_TRUE(own) << own.error().text();
    EXPECT_TRUE(proc_is_ours());
    EXPECT_TRUE(own->leave());
    EXPECT_FALSE(proc_is_ours());
    EXPECT_EQ(fs::current_path(), folder.path());
  });
}

TEST_F(ForeignProc, IsOursAlsoInWhatWeFork) {
  in_pid_namespace([] {
    const auto own = OwnProc::mount();
    ASSERT_TRUE(own) << own.error().text();
    in_child([] { EXPECT_TRUE(proc_is_ours()); });
  });
}

// "/" is no mount there, so that what is mounted cannot be kept from others.
TEST_F(ForeignProc, InAChrootStaysAndNothingChanges) {
  const TemporaryFolder folder;
  in_pid_namespace([&] {
    fs::create_directory(folder.in("proc"));
    ASSERT_EQ(::mount("/proc", folder.in("proc").c_str(), nullptr, MS_BIND | MS_REC, nullptr), 0);
    ASSERT_EQ(::chroot(folder.path().c_str()), 0);
    ASSERT_EQ(::chdir("/proc"), 0);
    const Place before;
    const auto own = OwnProc::mount();
    ASSERT_FALSE(own);
    EXPECT_EQ(own.error().code, EINVAL);
    EXPECT_EQ(Place(), before);
    EXPECT_FALSE(proc_is_ours());
  });
}

TEST_F(ForeignProc, ThatIsMissingIsNotForeign) {
  in_pid_namespace([] {
    ASSERT_EQ(::mount("none", "/proc", "tmpfs", 0, nullptr), 0);
    EXPECT_TRUE(proc_is_missing());
    EXPECT_TRUE(proc_is_ours());
  });
}

TEST(OwnProc, IsRefusedWithoutRightsAndNothingChanges) {
  in_child([] {
    const WithoutRight admin(CAP_SYS_ADMIN);
    const Place before;
    const auto own = OwnProc::mount();
    ASSERT_FALSE(own);
    EXPECT_EQ(own.error().code, EPERM);
    EXPECT_EQ(Place(), before);
  });
}

}  // namespace
}  // namespace memguard::supervisor

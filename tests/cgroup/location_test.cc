// Where we are: texts of /proc from hosts, containers and namespaces.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cgroup/location.h"
#include "temporary_folder.h"

namespace memguard::cgroup {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;

constexpr std::string_view kHybrid =
    "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
    "32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";

TEST(Mounts, Cgroup2IsFoundAmongOthers) {
  const auto mounts = parse_mounts(kHybrid);
  ASSERT_EQ(mounts.size(), 1U);
  EXPECT_EQ(mounts[0].point, "/sys/fs/cgroup/unified");
  EXPECT_EQ(mounts[0].root, "/");
  EXPECT_FALSE(mounts[0].read_only);
}

TEST(Mounts, V1HierarchyIsFoundByItsController) {
  EXPECT_THAT(parse_mounts(kHybrid, "memory"), ElementsAre(Field(&Mount::point, "/sys/fs/cgroup/memory")));
  EXPECT_THAT(parse_mounts(kHybrid, "cpuacct"), ElementsAre(Field(&Mount::point, "/sys/fs/cgroup/cpu")));
  EXPECT_THAT(parse_mounts(kHybrid, "mem"), IsEmpty());
}

TEST(Mounts, ContainerMountIsReadOnlyByEitherOptions) {
  EXPECT_TRUE(parse_mounts("1 2 0:3 /.. /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw\n")[0].read_only);
  EXPECT_TRUE(parse_mounts("1 2 0:3 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup ro,nsdelegate\n")[0].read_only);
}

TEST(Mounts, EscapedNamesAreTakenBack) {
  EXPECT_EQ(parse_mounts("1 2 0:3 / /mnt/a\\040b\\134c rw - cgroup2 none rw\n")[0].point, "/mnt/a b\\c");
  EXPECT_EQ(parse_mounts("1 2 0:3 / /mnt/x\\04 rw - cgroup2 none rw\n")[0].point, "/mnt/x\\04");
}

TEST(Mounts, BrokenLinesAreSkipped) {
  EXPECT_THAT(parse_mounts(""), IsEmpty());
  EXPECT_THAT(parse_mounts("1 2 0:3 / /x rw\n - cgroup2 none rw\n1 2 - cgroup2 none rw\n1 2 3 / /x rw - cgroup2\n"),
              IsEmpty());
}

TEST(OwnPath, Cgroup2IsTheLineWithoutControllers) {
  EXPECT_EQ(parse_own_path("4:memory:/a\n1:name=systemd:/b\n0::/user.slice/x:y.scope\n"), "/user.slice/x:y.scope");
  EXPECT_EQ(parse_own_path("10::/a\n"), std::nullopt);
}

TEST(OwnPath, V1IsFoundByItsController) {
  EXPECT_EQ(parse_own_path("4:cpu,memory:/a\n0::/b\n", "memory"), "/a");
  EXPECT_EQ(parse_own_path("0::/b\n", "memory"), std::nullopt);
}

TEST(OwnPath, RemovedGroupIsNone) { EXPECT_EQ(parse_own_path("0::/a (deleted)\n"), std::nullopt); }

TEST(OwnPath, BrokenTextIsNone) {
  for (const auto* text : {"", "\n", "0", "0:", "0::", "0::x", ":::"}) EXPECT_EQ(parse_own_path(text), std::nullopt);
}

TEST(DirectoryOf, PathIsBelowTheMountPoint) {
  EXPECT_EQ(directory_of({"/", "/sys/fs/cgroup", false}, "/a/b"), "/sys/fs/cgroup/a/b");
  EXPECT_EQ(directory_of({"/", "/sys/fs/cgroup", false}, "/"), "/sys/fs/cgroup");
}

TEST(DirectoryOf, BindMountShowsOnlyWhatIsBelowItsRoot) {
  const Mount mount{"/docker/abc", "/sys/fs/cgroup", false};
  EXPECT_EQ(directory_of(mount, "/docker/abc"), "/sys/fs/cgroup");
  EXPECT_EQ(directory_of(mount, "/docker/abc/x"), "/sys/fs/cgroup/x");
  EXPECT_EQ(directory_of(mount, "/docker/abcdef"), std::nullopt);
  EXPECT_EQ(directory_of(mount, "/"), std::nullopt);
}

TEST(DirectoryOf, AboveTheNamespaceThereIsNoName) {
  EXPECT_EQ(directory_of({"/", "/sys/fs/cgroup", false}, "/../../x"), std::nullopt);
  EXPECT_EQ(directory_of({"/..", "/sys/fs/cgroup", false}, "/"), std::nullopt);
}

TEST(RootCandidate, OrdinaryGroupIsItsOwn) {
  EXPECT_EQ(root_candidate("/sys/fs/cgroup/a"), "/sys/fs/cgroup/a");
  EXPECT_EQ(root_candidate("/sys/fs/cgroup"), "/sys/fs/cgroup");
}

TEST(RootCandidate, WhatMemguardMadeBelongsToItsParent) {
  EXPECT_EQ(root_candidate("/sys/fs/cgroup/a/memguard-guests"), "/sys/fs/cgroup/a");
  EXPECT_EQ(root_candidate("/sys/fs/cgroup/a/memguard-12/build/main"), "/sys/fs/cgroup/a");
  EXPECT_EQ(root_candidate("/sys/fs/cgroup/memguard-12/build/main/memguard-guests"),
            "/sys/fs/cgroup/memguard-12/build/main");
}

TEST(RootCandidate, ScopeOfMemguardIsAnOrdinaryGroup) {
  const std::string scope = "/sys/fs/cgroup/user.slice/memguard-12-0a1b2c3d.scope";
  EXPECT_EQ(root_candidate(scope), scope);
  EXPECT_EQ(root_candidate(scope + "/memguard-12/supervisor"), scope);
}

TEST(RunName, IsAPidAfterThePrefix) {
  EXPECT_TRUE(is_run_name("memguard-1"));
  for (const auto* name : {"memguard-", "memguard-0", "memguard--1", "memguard-1x", "memguard-guests", "xmemguard-1",
                           "memguard-99999999999"}) {
    EXPECT_FALSE(is_run_name(name)) << name;
  }
}

class Directory : public testing::Test {
 protected:
  void touch(const char* file) { std::ofstream(path_ + "/" + file) << ""; }
  TemporaryFolder folder_;
  std::string path_ = folder_.path();
};

TEST_F(Directory, WithoutControlFilesIsNotWritableAsAGroup) {
  EXPECT_EQ(check_writable(path_).error().code, ENOENT);
  touch("cgroup.procs");
  touch("cgroup.subtree_control");
  EXPECT_TRUE(check_writable(path_));
}

TEST_F(Directory, WithoutTypeAndEventsIsTheHierarchyRoot) {
  EXPECT_FALSE(is_hierarchy_root(path_));
  touch("cgroup.procs");
  EXPECT_TRUE(is_hierarchy_root(path_));
  touch("cgroup.events");
  EXPECT_FALSE(is_hierarchy_root(path_));
}

TEST_F(Directory, GivenMountPointIsTakenAsTheHierarchy) {
  touch("cgroup.procs");
  const auto here = locate(path_);
  ASSERT_TRUE(here);
  EXPECT_EQ(here->mount.point, path_);
}

TEST(HolderOf, IsTheUnitThatSomebodyElseMayStop) {
  EXPECT_EQ(holder_of("0::/system.slice/nightly.service\n"), "nightly.service");
  EXPECT_EQ(holder_of("0::/system.slice/nightly.service/sub\n"), "nightly.service");
  EXPECT_EQ(holder_of("0::/user.slice/user-1000.slice/user@1000.service/app.slice/nightly.service\n"),
            "nightly.service");
  EXPECT_EQ(holder_of("0::/user.slice/user-1000.slice/user@1000.service/app.slice/run-r1.scope\n"), "run-r1.scope");
  EXPECT_EQ(holder_of("0::/system.slice/session-build.service\n"), "session-build.service");
}

TEST(HolderOf, IsTheJobOfAScheduler) {
  EXPECT_EQ(holder_of("0::/system.slice/slurmstepd.scope/job_12/step_0/user/task_0\n"), "job_12");
  // Debian's, on a machine whose name looks like that of a scope of ours.
  EXPECT_EQ(holder_of("0::/system.slice/memguard-vm_slurmstepd.scope/job_12/step_batch/user/task_0\n"), "job_12");
  EXPECT_EQ(holder_of("9:memory:/slurm/uid_1000/job_7/step_batch\n0::/user.slice/user-1000.slice/session-3.scope\n"),
            "job_7");
  EXPECT_EQ(holder_of("0::/lsf/cluster/41\n"), "lsf");
  EXPECT_EQ(holder_of("0::/system.slice/slurmd.service\n"), "slurmd.service");
}

TEST(HolderOf, IsNobodyWhereAUserStartsPrograms) {
  for (const char* path :
       {"/", "/user.slice/user-1000.slice/session-3.scope", "/init.scope",
        "/user.slice/user-1000.slice/user@1000.service/init.scope",
        "/user.slice/user-1000.slice/user@1000.service/app.slice/app-org.kde.konsole-1234.scope",
        "/user.slice/user-1000.slice/user@1000.service/app.slice/app-konsole@1f.service",
        "/user.slice/user-1000.slice/user@1000.service/app.slice/vte-spawn-0a-1b.scope",
        "/user.slice/user-1000.slice/user@1000.service/memguard-12-0a1b2c3d.scope", "/docker/0a1b"}) {
    EXPECT_EQ(holder_of(std::string("0::") + path + "\n"), std::nullopt) << path;
  }
  EXPECT_EQ(holder_of(""), std::nullopt);
}

}  // namespace
}  // namespace memguard::cgroup

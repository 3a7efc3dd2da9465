// What the user reads when something is missing: reviewed like code.
#include <cerrno>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cgroup/home.h"
#include "cgroup/remedies.h"

namespace memguard::cgroup {
namespace {

using testing::HasSubstr;
using testing::Not;

const Error kReadOnly{"write to /sys/fs/cgroup", EROFS, {}};

TEST(Remedies, HybridHostIsToldTheBootParameter) {
  const auto missing = missing_memory_controller("/sys/fs/cgroup/unified", {}, "4:memory:/a\n0::/\n", Container::none);
  EXPECT_EQ(missing.what, "no memory controller in cgroup v2: it is in use as cgroup v1 (hybrid hierarchy)");
  EXPECT_EQ(missing.remedy, "Boot with systemd.unified_cgroup_hierarchy=1; without systemd, with cgroup_no_v1=memory.");
}

TEST(Remedies, DisabledControllerIsToldTheBootParameter) {
  const auto missing =
      missing_memory_controller("/x", "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t0\t1\t1\nmemory\t0\t1\t0\n",
                                "0::/\n", Container::none);
  EXPECT_THAT(missing.remedy, HasSubstr("cgroup_enable=memory"));
}

TEST(Remedies, ControllerNotPassedOnNamesTheGroup) {
  const auto missing = missing_memory_controller("/sys/fs/cgroup/x", "memory\t0\t1\t1\n", "0::/x\n", Container::none);
  EXPECT_EQ(missing.what, "no memory controller in /sys/fs/cgroup/x");
}

TEST(Remedies, ReadOnlyMountIsToldPerContainer) {
  const auto remedy = [](Container container) {
    return missing_write_access("/sys/fs/cgroup", kReadOnly, container).remedy;
  };
  EXPECT_THAT(remedy(Container::docker), HasSubstr("--cgroupns=private -v /sys/fs/cgroup:/sys/fs/cgroup:rw"));
  EXPECT_THAT(remedy(Container::podman), HasSubstr("--security-opt unmask=/sys/fs/cgroup"));
  EXPECT_THAT(remedy(Container::kubernetes), HasSubstr("no setting for it yet"));
  EXPECT_THAT(remedy(Container::none), HasSubstr("remount,rw"));
  EXPECT_THAT(remedy(Container::sandbox), HasSubstr("bwrap --bind /sys/fs/cgroup"));
  EXPECT_THAT(remedy(Container::sandbox), Not(HasSubstr("remount")));
}

// A user manager and Delegate=yes are nowhere near.
TEST(Remedies, UserInAContainerIsToldOfThatContainer) {
  const auto remedy = [](Container container) {
    return missing_write_access("/sys/fs/cgroup", Error{"write to /sys/fs/cgroup", EACCES, {}}, container).remedy;
  };
  EXPECT_THAT(remedy(Container::docker), HasSubstr("without --user"));
  EXPECT_THAT(remedy(Container::docker), HasSubstr("--cgroupns=private"));
  EXPECT_THAT(remedy(Container::podman), HasSubstr("unmask=/sys/fs/cgroup"));
  EXPECT_THAT(remedy(Container::kubernetes), HasSubstr("runAsUser: 0"));
  EXPECT_THAT(remedy(Container::sandbox), HasSubstr("bwrap --bind"));
  for (const auto container : {Container::docker, Container::podman, Container::kubernetes, Container::sandbox})
    EXPECT_THAT(remedy(container), Not(HasSubstr("linger")));
}

TEST(Remedies, ContainerIsNotToldToBootItself) {
  const auto hybrid = missing_memory_controller("/sys/fs/cgroup/unified", {}, "4:memory:/a\n0::/\n", Container::docker);
  EXPECT_THAT(hybrid.remedy, HasSubstr("Boot the machine that this container runs on with systemd.unified"));
  const auto v1 = missing_cgroup2("4:memory:/x\n", Container::podman);
  EXPECT_THAT(v1.remedy, HasSubstr("Boot the machine that this container runs on"));
  EXPECT_THAT(v1.remedy, Not(HasSubstr("mount")));
}

TEST(Remedies, ForeignGroupIsToldHowToBeGivenOne) {
  const auto missing =
      missing_write_access("/sys/fs/cgroup", Error{"write to /sys/fs/cgroup", EACCES, {}}, Container::none);
  EXPECT_THAT(missing.what, HasSubstr("write to /sys/fs/cgroup: Permission denied"));
  EXPECT_THAT(missing.remedy, HasSubstr("Delegate=yes"));
}

TEST(Remedies, MissingUserManagerIsToldLinger) {
  const auto missing = missing_scope(Error{"connect to /run/user/1000/bus", ENOENT, {}}, true);
  EXPECT_THAT(missing.what, HasSubstr("connect to /run/user/1000/bus: No such file or directory"));
  EXPECT_THAT(missing.remedy, HasSubstr("loginctl enable-linger"));
  EXPECT_THAT(missing.remedy, HasSubstr("XDG_RUNTIME_DIR"));
}

TEST(Remedies, ServiceIsToldToDelegate) {
  EXPECT_THAT(missing_delegation("/sys/fs/cgroup/system.slice/ci.service").remedy, HasSubstr("Delegate=yes"));
}

TEST(TierWords, AreReadAsWritten) {
  for (const auto tier : {Tier::signal, Tier::freezer, Tier::full}) EXPECT_EQ(parse_tier(to_text(tier)), tier);
  EXPECT_EQ(parse_tier("Full"), std::nullopt);
  EXPECT_EQ(parse_tier(""), std::nullopt);
}

TEST(Home, WithoutAnyCgroupHasAReasonAndIsLeftWithSuccess) {
  // A directory that is no cgroup2 file system: whatever this machine has, there is no home in it.
  auto home = obtain_home({.no_scope = true, .mount_point = "/proc/self/fdinfo"});
  EXPECT_EQ(home.tier, Tier::signal);
  EXPECT_FALSE(home.build);
  ASSERT_FALSE(home.missing.empty());
  for (const auto& missing : home.missing) EXPECT_FALSE(missing.remedy.empty());
  EXPECT_TRUE(leave_home(home));
}

// Where the system has it and a sandbox hides it, booting differently would change nothing.
TEST(MissingCgroup2, IsToldFromOneThatIsHidden) {
  EXPECT_THAT(missing_cgroup2("0::/user.slice/x.scope\n", Container::none).what,
              HasSubstr("cannot be seen in this chroot"));
  EXPECT_THAT(missing_cgroup2("4:memory:/x\n", Container::none).remedy, HasSubstr("Boot with"));
  EXPECT_THAT(missing_cgroup2("", Container::none).remedy, HasSubstr("Mount /proc"));
  const auto inside = missing_cgroup2("0::/\n", Container::docker);
  EXPECT_THAT(inside.what, HasSubstr("cannot be seen in this container"));
  EXPECT_THAT(inside.remedy, Not(HasSubstr("bwrap")));
}

TEST(MissingFreedom, AdvisesWhatKeepsTheBuildWhereItIs) {
  EXPECT_THAT(missing_freedom("nightly.service").remedy, HasSubstr("Delegate=yes in the [Service] section of nightly"));
  EXPECT_THAT(missing_freedom("run-r1.scope").remedy, HasSubstr("--scope -p Delegate=yes"));
  EXPECT_THAT(missing_freedom("job_12").remedy, HasSubstr("give the job's cgroup to its user"));
  EXPECT_THAT(missing_freedom("nightly.service", true).remedy, HasSubstr("ProtectControlGroups=no"));
  for (const char* holder : {"nightly.service", "run-r1.scope", "job_12"})
    EXPECT_THAT(missing_freedom(holder).remedy, Not(HasSubstr("linger"))) << holder;
}

}  // namespace
}  // namespace memguard::cgroup

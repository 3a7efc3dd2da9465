// How a build gets more memory, by who set its limit.
#include "report/more_memory.h"

#include <gtest/gtest.h>

#include "report/run_report.h"

namespace memguard::report {
namespace {

using namespace units;

RunReport limited_by(LimitSetter setter, std::string group = {}, Bytes most = Bytes::unlimited()) {
  RunReport run;
  run.limit = 200_MiB;
  run.limit_origin = {setter, "in words", std::move(group), most};
  return run;
}

TEST(MoreMemory, IsGivenByTheOptionWhereTheUserLimited) {
  EXPECT_EQ(how_to_get_more(limited_by(LimitSetter::user)), " with --memory");
  EXPECT_EQ(how_to_get_more(limited_by(LimitSetter::user), 300_MiB), ": memguard run --memory 300MiB");
}

TEST(MoreMemory, IsGivenByTheMachineWhereNobodyLimited) {
  EXPECT_EQ(how_to_get_more(limited_by(LimitSetter::machine)),
            ": end what else runs here, or take a machine with more memory");
}

TEST(MoreMemory, IsAlsoWhatIsKeptFreeForOthers) {
  RunReport run = limited_by(LimitSetter::machine);
  run.limit_origin.kept_free = 8_GiB;
  EXPECT_EQ(how_to_get_more(run),
            ": keep less than 8.0 GiB free (--keep-free), end what else runs here, or take a machine with more memory");
}

TEST(MoreMemory, IsNotGivenByTheOptionBeyondWhatIsKeptFree) {
  RunReport run = limited_by(LimitSetter::user, {}, 1_GiB);
  run.limit_origin.kept_free = 600_MiB;
  EXPECT_EQ(how_to_get_more(run, 400_MiB), ": memguard run --memory 400MiB");
  EXPECT_EQ(how_to_get_more(run, 500_MiB), how_to_get_of_machine(run.limit_origin));
}

TEST(MoreMemory, IsGivenByTheGroupThatLimited) {
  const RunReport run = limited_by(LimitSetter::group, "memory.max of /c\x1bi", 210_MiB);
  EXPECT_EQ(how_to_get_more(run), ": raise memory.max of /c\\x1bi (a unit, container, pod or batch job sets it)");
  EXPECT_EQ(how_to_get_more(run, 250_MiB),
            ": raise memory.max of /c\\x1bi by 50.0 MiB (a unit, container, pod or batch job sets it)");
}

TEST(MoreMemory, IsGivenByOthersWhoHaveMuchOfTheGroup) {
  EXPECT_EQ(how_to_get_more(limited_by(LimitSetter::group, "memory.max of /ci", 400_MiB)),
            ": raise memory.max of /ci (a unit, container, pod or batch job sets it), or end what else runs below it");
}

TEST(MoreMemory, NamesTheGroupWithAllItsPath) {
  const std::string path = "memory.max of /sys/fs/cgroup/" + std::string(300, 'a') + ".service";
  EXPECT_NE(how_to_get_more(limited_by(LimitSetter::group, path)).find(path), std::string::npos);
}

// memguard refuses a limit beyond.
TEST(MoreMemory, IsNotGivenByTheOptionBeyondWhatAGroupOrTheMachineAllows) {
  const RunReport at_group = limited_by(LimitSetter::user, "memory.max of /ci", 200_MiB);
  EXPECT_EQ(how_to_get_more(at_group), ": raise memory.max of /ci (a unit, container, pod or batch job sets it)");
  const RunReport below_group = limited_by(LimitSetter::user, "memory.max of /ci", 250_MiB);
  EXPECT_EQ(how_to_get_more(below_group), " with --memory");
  EXPECT_EQ(how_to_get_more(below_group, 300_MiB),
            ": raise memory.max of /ci by 100 MiB (a unit, container, pod or batch job sets it)");
  EXPECT_EQ(how_to_get_more(limited_by(LimitSetter::user, {}, 250_MiB), 300_MiB),
            ": end what else runs here, or take a machine with more memory");
}

TEST(MoreMemory, IsNotGivenBelowALimitThatCannotBeRead) {
  RunReport run = limited_by(LimitSetter::user);
  run.hidden_limit = 150_MiB;
  EXPECT_EQ(how_to_get_more(run), ": raise the limit above it, of a pod or container, which cannot be read from here");
  run.hidden_limit = 270_MiB;
  EXPECT_EQ(how_to_get_more(run), " with --memory");
}

TEST(MoreMemory, OfOneThatWasKilledAboveIsNeverGivenByTheOption) {
  EXPECT_EQ(how_to_get_more_above(limited_by(LimitSetter::user)),
            ": raise the limit above it, or take a machine with more memory");
  EXPECT_EQ(how_to_get_more_above(limited_by(LimitSetter::user, "memory.max of /ci", 250_MiB)),
            ": raise memory.max of /ci (a unit, container, pod or batch job sets it)");
  RunReport full = limited_by(LimitSetter::machine);
  full.limit_origin.kept_free = 8_GiB;
  EXPECT_EQ(how_to_get_more_above(full), ": end what else runs here, or take a machine with more memory");
}

}  // namespace
}  // namespace memguard::report

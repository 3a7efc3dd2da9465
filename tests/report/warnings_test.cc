// Each line is one that a run kept to itself in the first version.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/run_report.h"

namespace memguard::report {
namespace {

using namespace units;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

RunReport run_of(std::string tier = "full") {
  RunReport run;
  run.tier = std::move(tier);
  run.limit = 200_MiB;
  run.peak = 199_MiB;
  return run;
}

std::uint32_t& count(RunReport& run, Unguarded reason) { return run.unguarded.at(static_cast<std::size_t>(reason)); }

TEST(WarningsTest, silence_means_that_all_was_well) {
  EXPECT_THAT(warnings(run_of()), IsEmpty());
  EXPECT_THAT(warnings(RunReport{}), IsEmpty());
}

TEST(WarningsTest, what_was_not_guarded_is_one_line_with_its_reasons) {
  RunReport run = run_of();
  count(run, Unguarded::unreadable) = 1;
  EXPECT_THAT(warnings(run),
              ElementsAre("1 program was not guarded: 1 could not be read (where Yama forbids it: sysctl "
                          "kernel.yama.ptrace_scope=1)"));
  count(run, Unguarded::outside) = 3;
  EXPECT_THAT(warnings(run),
              ElementsAre("4 programs were not guarded: 1 could not be read (where Yama forbids it: sysctl "
                          "kernel.yama.ptrace_scope=1), 3 sat outside the build's cgroup (a container or a service "
                          "of systemd: limit it there)"));
}

TEST(WarningsTest, each_reason_has_its_words_and_its_remedy) {
  for (std::size_t i = 0; i < kUnguardedReasons; ++i) {
    RunReport run = run_of();
    run.unguarded.at(i) = 7;
    ASSERT_EQ(warnings(run).size(), 1U);
    EXPECT_THAT(warnings(run)[0], HasSubstr(remedy(static_cast<Unguarded>(i))));
    EXPECT_FALSE(remedy(static_cast<Unguarded>(i)).empty());
  }
}

TEST(WarningsTest, many_of_each_do_not_overflow) {
  RunReport run = run_of();
  run.unguarded.fill(UINT32_MAX);
  EXPECT_THAT(warnings(run)[0], HasSubstr("17179869180 programs"));
}

TEST(WarningsTest, that_the_limit_was_passed_by_how_much_and_by_whom) {
  RunReport run = run_of("freezer");
  run.over_limit = OverLimit{104_MiB, "link target/app", 180_MiB, 60_MiB};
  EXPECT_THAT(
      warnings(run),
      ElementsAre("memory passed the limit of 200 MiB by 104 MiB; link target/app had 180 MiB where 60.0 MiB were "
                  "expected. In tier freezer nothing ends a job beyond the limit: memguard doctor says what "
                  "tier full needs."));
  run.over_limit->predicted = {};
  EXPECT_THAT(warnings(run)[0], HasSubstr("by 104 MiB; link target/app had 180 MiB. In tier"));
  run.over_limit->who.clear();
  EXPECT_THAT(warnings(run)[0], HasSubstr("by 104 MiB. In tier"));
}

TEST(WarningsTest, who_needed_little_more_than_the_limit_that_there_was) {
  RunReport run = run_of();
  run.limit = 160_MiB;
  run.thrashing = Thrashing{"cc \x1b[2Ju1.cc", std::chrono::seconds(190), 160_MiB};
  EXPECT_THAT(warnings(run),
              ElementsAre("cc \\x1b[2Ju1.cc hardly got on for 190 s: at a limit of 160 MiB too little was left for its "
                          "program, which was read from the disk again and again. Make this job smaller, or give "
                          "the build more with --memory."));
  run.thrashing->who.clear();
  EXPECT_THAT(warnings(run), ElementsAre(HasSubstr("a job hardly got on")));
}

TEST(WarningsTest, who_hardly_got_on_beside_others_of_the_machine) {
  RunReport run = run_of();
  run.thrashing = Thrashing{"ld", std::chrono::seconds(190), 120_MiB};
  EXPECT_THAT(warnings(run), ElementsAre(HasSubstr("give the build more: end what else runs here, or take a machine")));
}

TEST(WarningsTest, whom_the_kernel_killed_that_was_no_job) {
  RunReport run = run_of();
  run.oom_kills_no_job = 1;
  run.victims = {{"codegen", 180_MiB}};
  EXPECT_THAT(warnings(run),
              ElementsAre("under the limit of 200 MiB the kernel killed a process of the build for memory that was no "
                          "job: codegen with 180 MiB. Nothing starts it again. Run fewer at once (-j), or give the "
                          "build more with --memory."));
  run.victims.clear();
  EXPECT_THAT(warnings(run)[0], HasSubstr("that was no job: `dmesg`, as root, names it. Nothing starts it again"));
  run.oom_kills_no_job = 5;
  run.victims.assign(4, {"codegen", 90_MiB});
  EXPECT_THAT(warnings(run)[0], HasSubstr("killed 5 processes of the build for memory that were no jobs: codegen with "
                                          "90.0 MiB, codegen with 90.0 MiB, codegen with 90.0 MiB and 2 more. Nothing "
                                          "starts them again"));
}

TEST(WarningsTest, a_kill_somewhere_on_the_machine_only_when_the_build_failed) {
  RunReport run = run_of("signal");
  run.oom_kills_machine = 2;
  EXPECT_THAT(warnings(run), IsEmpty());
  run.exit_status = 2;
  EXPECT_THAT(warnings(run), ElementsAre(HasSubstr("the kernel killed 2 processes for memory on this machine, maybe of "
                                                   "the build: `dmesg` names what.")));
}

TEST(WarningsTest, names_cannot_drive_the_terminal) {
  RunReport run = run_of("freezer");
  run.over_limit = OverLimit{1_MiB, "a\x1b[2J", 2_MiB, {}};
  run.oom_kills_no_job = 1;
  run.victims = {{"b\x1b[2J", 2_MiB}};
  for (const auto& line : warnings(run)) EXPECT_THAT(line, HasSubstr("\\x1b[2J"));
}

}  // namespace
}  // namespace memguard::report

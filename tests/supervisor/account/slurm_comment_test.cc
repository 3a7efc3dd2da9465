#include "supervisor/account/slurm_comment.h"

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "temporary_folder.h"

namespace memguard::supervisor {
namespace {

using namespace units;
using testing::HasSubstr;

report::RunReport run() {
  report::RunReport run;
  run.peak = 415_MiB;
  run.limit = 569_MiB;
  run.held = 4;
  for (const Bytes peak : {100_MiB, 180_MiB}) {
    run.jobs.emplace_back();
    run.jobs.back().peak = peak;
  }
  return run;
}

class SlurmCommentTest : public testing::Test {
 protected:
  // A scontrol that does `script`, alone on PATH.
  void scontrol(const std::string& script) {
    std::ofstream(folder_.in("scontrol")) << "#!/bin/sh\nPATH=/usr/bin:/bin\n" << script << "\n";
    ::chmod(folder_.in("scontrol").c_str(), 0755);
  }
  Status comment(const std::string& job = "17") {
    const char* before = std::getenv("PATH");
    const std::string path = before == nullptr ? "" : before;
    ::setenv("PATH", folder_.path().c_str(), 1);
    auto done = comment_slurm_job(run(), {{"SLURM_JOB_ID", job}});
    ::setenv("PATH", path.c_str(), 1);
    return done;
  }
  std::string said() {
    std::stringstream text;
    text << std::ifstream(folder_.in("said")).rdbuf();
    return text.str();
  }
  TemporaryFolder folder_;
};

TEST_F(SlurmCommentTest, it_says_what_the_build_took_and_the_least_that_would_do) {
  // (1.1 * 180 + 64) / 0.95
  EXPECT_EQ(slurm_comment(run()), "memguard: peak 415 MiB of 569 MiB, 2 jobs, 4 waited, 0 lost; least --mem=276M");
}

TEST_F(SlurmCommentTest, without_jobs_there_is_no_least) {
  EXPECT_THAT(slurm_comment({}), testing::Not(HasSubstr("least")));
}

TEST_F(SlurmCommentTest, the_job_gets_it) {
  scontrol("printf '%s|' \"$@\" >" + folder_.in("said"));
  EXPECT_TRUE(comment());
  EXPECT_EQ(said(), "update|JobId=17|Comment=" + slurm_comment(run()) + "|");
}

TEST_F(SlurmCommentTest, outside_a_job_nobody_is_asked) {
  scontrol("touch " + folder_.in("said"));
  EXPECT_THAT(comment_slurm_job(run(), {}).error().text(), HasSubstr("SLURM_JOB_ID names no job of Slurm"));
  EXPECT_FALSE(comment("1; rm -rf /"));
  EXPECT_EQ(said(), "");
}

TEST_F(SlurmCommentTest, a_site_that_forbids_it_is_told_of) {
  scontrol("exit 1");
  EXPECT_THAT(comment().error().text(), HasSubstr("job 17 was not set: scontrol update: status 1"));
}

TEST_F(SlurmCommentTest, a_missing_scontrol_is_told_of) {
  EXPECT_THAT(comment().error().text(), HasSubstr("there is no scontrol on PATH"));
}

}  // namespace
}  // namespace memguard::supervisor

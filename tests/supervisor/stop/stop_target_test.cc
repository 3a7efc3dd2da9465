// Who is stopped with a job, among processes that exist in a list only.
#include "supervisor/stop/stop_target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace memguard::supervisor {
namespace {

using testing::ElementsAre;

class StoppedWithAJob : public testing::Test {
 protected:
  // Started at ten times its pid.
  void runs(pid_t pid, pid_t parent) {
    everyone_.push_back({.pid = pid, .parent = parent, .start_ticks = static_cast<std::uint64_t>(pid) * 10});
  }
  LiveJob& job_at(pid_t pid) {
    ExecFacts facts{};
    facts.process = {pid, static_cast<std::uint64_t>(pid) * 10};
    return *jobs_.add(facts, jobs_.new_family(), Instant{});
  }
  [[nodiscard]] std::vector<pid_t> stopped_with(const LiveJob& job) const {
    std::vector<pid_t> pids;
    for (const auto& process : target_of(job, jobs_, everyone_).processes) pids.push_back(process.pid);
    return pids;
  }

  SharedArea& area_ = *SharedArea::create(std::size_t{1} << 10U).value();
  LiveJobs jobs_{area_};
  std::vector<proc::Stat> everyone_;
};

TEST_F(StoppedWithAJob, IsAllThatItStartedAndNobodyBeside) {
  runs(10, 1);
  runs(11, 10);
  runs(12, 11);
  runs(20, 1);
  EXPECT_THAT(stopped_with(job_at(10)), ElementsAre(10, 11, 12));
}

TEST_F(StoppedWithAJob, IsNotAnotherJobBelowNorWhatThatStarted) {
  runs(10, 1);
  runs(11, 10);
  runs(12, 11);
  runs(13, 12);
  runs(14, 10);
  const LiveJob& rustc = job_at(10);
  const LiveJob& link = job_at(12);
  EXPECT_THAT(stopped_with(rustc), ElementsAre(10, 11, 14));
  EXPECT_THAT(stopped_with(link), ElementsAre(12, 13));
}

TEST_F(StoppedWithAJob, IsItsWorkerOnce) {
  runs(10, 1);
  runs(11, 10);
  LiveJob& job = job_at(10);
  job.processes.push_back({11, 110});
  EXPECT_THAT(stopped_with(job), ElementsAre(10, 11));
}

// A wrapper that is a job itself, and whose worker has been found besides.
TEST_F(StoppedWithAJob, IsNotTheWorkerThatIsAJobOfItsOwn) {
  runs(10, 1);
  runs(11, 10);
  LiveJob& wrapper = job_at(10);
  wrapper.processes.push_back({11, 110});
  const LiveJob& worker = job_at(11);
  EXPECT_THAT(stopped_with(wrapper), ElementsAre(10));
  EXPECT_THAT(stopped_with(worker), ElementsAre(11));
}

TEST_F(StoppedWithAJob, IsKnownByWhenItStartedAndGoesToTheLeafOfTheJob) {
  runs(10, 1);
  runs(11, 10);
  LiveJob& job = job_at(10);
  job.record->leaf = 7;
  const StopTarget target = target_of(job, jobs_, everyone_);
  EXPECT_EQ(target.leaf, 7);
  EXPECT_THAT(target.processes, ElementsAre(proc::Identity{10, 100}, proc::Identity{11, 110}));
}

TEST_F(StoppedWithAJob, IsTheJobItselfAlsoWhereTheListLacksIt) {
  EXPECT_THAT(stopped_with(job_at(10)), ElementsAre(10));
}

}  // namespace
}  // namespace memguard::supervisor

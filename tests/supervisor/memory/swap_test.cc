// What of a build can go to swap, and that it goes there, in cgroups that the test holds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <poll.h>

#include <future>
#include <map>

#include <fmt/format.h>

#include "fake_cgroup_dir.h"
#include "supervisor/memory/swap_space.h"
#include "supervisor/stop/reclaimer.h"

namespace memguard::supervisor {
namespace {

using namespace units;
using namespace std::chrono_literals;
using testing::ElementsAre;

// A home of tier full with two leaves, and one job in each: 100 MiB of it charged to its leaf.
class Swapping : public testing::Test {
 protected:
  Swapping() {
    home_.tier = cgroup::Tier::full;
    home_.build = cgroup::Group(tree_.open());
    EXPECT_TRUE(home_.build->enable_controller("memory"));
    for (const int leaf : {0, 1}) {
      EXPECT_TRUE(home_.build->make(fmt::format("job-{}", leaf)));
      charge(leaf, 100_MiB);
      family_of(leaf) = add(leaf);
    }
  }

  policy::FamilyId& family_of(int leaf) { return families_[leaf]; }
  policy::FamilyId add(int leaf) {
    ExecFacts facts{};
    // No process at all has this pid: only the tables matter.
    facts.process = {1 << 30, static_cast<std::uint64_t>(leaf)};
    const auto family = jobs_.new_family();
    JobRecord& record = *jobs_.add(facts, family, Instant{1s})->record;
    record.leaf = leaf;
    record.phase = JobPhase::frozen;
    return family;
  }
  void charge(int leaf, Bytes anonymous) {
    const std::string group = fmt::format("job-{}", leaf);
    tree_.set_text(group, "memory.current", fmt::format("{}\n", anonymous.count));
    tree_.set_text(group, "memory.stat",
                   fmt::format("anon {}\nfile 7\nkernel 0\nshmem 0\nslab_reclaimable 0\n", anonymous.count));
  }
  Bytes in_swap(int leaf) { return home_.build->open(fmt::format("job-{}", leaf)).value().swap_current().value(); }

  cgroup::FakeTree tree_;
  cgroup::Home home_;
  SharedArea& area_ = *SharedArea::create().value();
  LiveJobs jobs_{area_};
  std::map<int, policy::FamilyId> families_;
};

class ReclaimerTest : public Swapping {
 protected:
  // What the piece that was ordered came to.
  Reclaimer::Outcome outcome() {
    while (!done_) {
      pollfd completed{worker_->completed_fd(), POLLIN, 0};
      ::poll(&completed, 1, -1);
      worker_->run_completions();
    }
    return *done_;
  }
  // Nothing is written until `go_on` is ready.
  void keep_waiting(const std::shared_future<void>& go_on) {
    worker_->post([go_on]() -> Worker::Completion {
      go_on.wait();
      return {};
    });
  }
  [[nodiscard]] std::vector<std::string> written_to(const std::string& file) const {
    std::vector<std::string> texts;
    for (const std::string& entry : tree_.log()) {
      if (entry.starts_with(file + "=")) texts.push_back(entry.substr(file.size() + 1));
    }
    return texts;
  }
  std::unique_ptr<Worker> worker_ = Worker::start().value();
  std::optional<Reclaimer::Outcome> done_;
  Reclaimer reclaimer_{home_, jobs_, *worker_, [this](const Reclaimer::Outcome& outcome) { done_ = outcome; }};
};

TEST_F(ReclaimerTest, WritesSoMuchOfThatFamilyAndNoOther) {
  reclaimer_.reclaim(family_of(0), 40_MiB);
  EXPECT_TRUE(reclaimer_.busy());
  EXPECT_EQ(outcome().written, 40_MiB);
  EXPECT_EQ(outcome().family, family_of(0));
  EXPECT_FALSE(reclaimer_.busy());
  EXPECT_EQ(in_swap(0), 40_MiB);
  EXPECT_EQ(in_swap(1), Bytes{});
}

TEST_F(ReclaimerTest, EndsWhenNoMoreIsThere) {
  reclaimer_.reclaim(family_of(0), 1_GiB);
  EXPECT_EQ(outcome().written, 100_MiB);
}

TEST_F(ReclaimerTest, ARefusalIsNothingWritten) {
  tree_.fail("write", "job-0", "memory.reclaim", EIO, 9);
  reclaimer_.reclaim(family_of(0), 40_MiB);
  EXPECT_EQ(outcome().written, Bytes{});
}

TEST_F(ReclaimerTest, AFamilyThatRunsGivesNothing) {
  jobs_.all().front().record->phase = JobPhase::running;
  reclaimer_.reclaim(family_of(0), 40_MiB);
  EXPECT_FALSE(reclaimer_.busy());
  EXPECT_EQ(in_swap(0), Bytes{});
}

TEST_F(ReclaimerTest, AVanishedLeafGivesNothing) {
  ASSERT_TRUE(home_.build->remove("job-0", {}));
  reclaimer_.reclaim(family_of(0), 40_MiB);
  EXPECT_EQ(outcome().written, Bytes{});
}

TEST_F(ReclaimerTest, WritesInSlicesSoThatAThawComesBetween) {
  reclaimer_.reclaim(family_of(0), 40_MiB);
  EXPECT_EQ(outcome().written, 40_MiB);
  EXPECT_THAT(written_to("job-0/memory.reclaim"), ElementsAre("16777216", "16777216", "8388608"));
}

TEST_F(ReclaimerTest, GoesOnWithTheNextLeafOfTheFamily) {
  jobs_.all().back().record->family = static_cast<std::uint32_t>(family_of(0));
  reclaimer_.reclaim(family_of(0), 150_MiB);
  EXPECT_EQ(outcome().written, 150_MiB);
  EXPECT_EQ(in_swap(0), 100_MiB);
  EXPECT_EQ(in_swap(1), 50_MiB);
}

TEST_F(ReclaimerTest, AJobThatIsLeftAloneOrHasNoLeafGivesNothing) {
  jobs_.all().front().exempt = true;
  jobs_.all().back().record->leaf = -1;
  reclaimer_.reclaim(family_of(0), 40_MiB);
  reclaimer_.reclaim(family_of(1), 40_MiB);
  EXPECT_FALSE(reclaimer_.busy());
}

TEST_F(ReclaimerTest, OneFamilyAtATime) {
  reclaimer_.reclaim(family_of(0), 40_MiB);
  reclaimer_.reclaim(family_of(1), 40_MiB);
  EXPECT_EQ(outcome().family, family_of(0));
  EXPECT_EQ(in_swap(1), Bytes{});
}

TEST_F(ReclaimerTest, WhoIsThawedKeepsWhatIsNotWrittenYet) {
  std::promise<void> go_on;
  keep_waiting(go_on.get_future().share());
  reclaimer_.reclaim(family_of(0), 40_MiB);
  reclaimer_.stop(family_of(0));
  go_on.set_value();
  EXPECT_EQ(outcome().written, Bytes{});
  done_.reset();
  reclaimer_.reclaim(family_of(0), 40_MiB);
  EXPECT_EQ(outcome().written, 40_MiB) << "frozen once more";
}

TEST_F(ReclaimerTest, AnotherFamilyThatIsThawedChangesNothing) {
  std::promise<void> go_on;
  keep_waiting(go_on.get_future().share());
  reclaimer_.reclaim(family_of(0), 40_MiB);
  reclaimer_.stop(family_of(1));
  go_on.set_value();
  EXPECT_EQ(outcome().written, 40_MiB);
}

class SwapSpaceTest : public Swapping {
 protected:
  policy::JobSeen seen(int leaf, Bytes memory) {
    policy::JobSeen seen;
    seen.memory = memory;
    for (const LiveJob& job : jobs_.all()) {
      if (job.record->leaf == leaf) swap_.complete(seen, job);
    }
    return seen;
  }
  Bytes left_ = 1_GiB;
  SwapSpace swap_{home_, [this] { return left_; }};
};

TEST_F(SwapSpaceTest, WhatIsChargedElsewhereCannotBeSwapped) {
  swap_.read(jobs_, Instant{1s});
  EXPECT_EQ(swap_.room(), 1_GiB);
  EXPECT_EQ(seen(0, 130_MiB).unswappable, 30_MiB);
  EXPECT_EQ(seen(1, 90_MiB).unswappable, Bytes{});
}

TEST_F(SwapSpaceTest, WithoutRoomNothingIsSaidOfIt) {
  left_ = {};
  swap_.read(jobs_, Instant{1s});
  EXPECT_FALSE(swap_.usable());
  EXPECT_EQ(seen(0, 130_MiB).unswappable, Bytes{});
}

TEST_F(SwapSpaceTest, IsReadAnewAfterAWhileOrWhenSomethingChanged) {
  swap_.read(jobs_, Instant{1s});
  left_ = 1_MiB;
  swap_.read(jobs_, Instant{1s + 10ms});
  EXPECT_EQ(swap_.room(), 1_GiB);
  swap_.expire();
  swap_.read(jobs_, Instant{1s + 20ms});
  EXPECT_EQ(swap_.room(), 1_MiB);
  left_ = 2_MiB;
  swap_.read(jobs_, Instant{2s});
  EXPECT_EQ(swap_.room(), 2_MiB);
}

TEST_F(SwapSpaceTest, AJobWithoutALeafHasNothingThatCanBeSwapped) {
  LiveJob& job = jobs_.all().front();
  job.record->leaf = -1;
  job.swapped = 5_MiB;
  swap_.read(jobs_, Instant{1s});
  EXPECT_EQ(seen(-1, 130_MiB).unswappable, 130_MiB);
  EXPECT_EQ(seen(-1, 130_MiB).swapped, 5_MiB);
}

TEST_F(SwapSpaceTest, SharedMemoryCanBeSwappedAndFilesNeedNot) {
  tree_.set_text("job-0", "memory.stat", fmt::format("anon 0\nfile 900000000\nshmem {}\n", (10_MiB).count));
  swap_.read(jobs_, Instant{1s});
  EXPECT_EQ(seen(0, 130_MiB).unswappable, 120_MiB);
}

TEST_F(SwapSpaceTest, ABuildWhoseMemoryTheKernelDoesNotCountHasNone) {
  home_.tier = cgroup::Tier::freezer;
  SwapSpace uncounted(home_, [this] { return left_; });
  uncounted.read(jobs_, Instant{1s});
  EXPECT_FALSE(uncounted.usable());
}

TEST_F(SwapSpaceTest, ALeafThatVanishedHoldsNothing) {
  ASSERT_TRUE(home_.build->remove("job-0", {}));
  swap_.read(jobs_, Instant{1s});
  EXPECT_EQ(seen(0, 130_MiB).unswappable, 130_MiB);
}

TEST_F(SwapSpaceTest, AKernelThatDoesNotReclaimOnDemandHasNone) {
  tree_.fail("write", "", "memory.reclaim", ENOENT);
  SwapSpace old(home_, [this] { return left_; });
  old.read(jobs_, Instant{1s});
  EXPECT_FALSE(old.usable());
}

}  // namespace
}  // namespace memguard::supervisor

#include "supervisor/memory/movable_limit.h"

#include <gmock/gmock.h>

#include "fake_cgroup_dir.h"

namespace memguard::supervisor {
namespace {

using namespace units;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class MovedLimit : public testing::Test {
 protected:
  MovedLimit() {
    home_.tier = cgroup::Tier::full;
    home_.build = cgroup::Group(tree_.open());
    area_.highest_limit = area_.wall = area_.memory_max = 300_MiB;
    tree_.clear_log();
  }
  std::vector<std::string> written() {
    worker_ = Worker::start().value();  // the one before has done all it had to
    return tree_.log();
  }

  cgroup::FakeTree tree_;
  cgroup::Home home_;
  SharedArea& area_ = *SharedArea::create(std::size_t{1} << 10U).value();
  std::unique_ptr<Worker> worker_ = Worker::start().value();
};

TEST_F(MovedLimit, AHigherOneIsWrittenAtOnce) {
  MovableLimit limit(area_, home_, *worker_);
  ASSERT_TRUE(limit.move(400_MiB));
  EXPECT_THAT(tree_.log(), ElementsAre("memory.max=419430400"));
  EXPECT_EQ(limit.limit(), 400_MiB);
  EXPECT_EQ(area_.highest_limit.load(), 400_MiB);
}

// mm/memcontrol.c, memory_max_write: what does not fit and cannot be reclaimed is killed.
TEST_F(MovedLimit, ALowerOneIsWrittenWhenWhatIsUsedFitsBelowIt) {
  MovableLimit limit(area_, home_, *worker_);
  ASSERT_TRUE(limit.move(200_MiB));
  EXPECT_EQ(limit.limit(), 200_MiB) << "it is planned with from now on";
  limit.look(250_MiB);
  limit.look(190_MiB);
  EXPECT_THAT(written(), IsEmpty());
  MovableLimit of_next_supervisor(area_, home_, *worker_);
  of_next_supervisor.look(180_MiB);
  of_next_supervisor.look(180_MiB);
  EXPECT_THAT(written(), ElementsAre("memory.max=209715200"));
  EXPECT_EQ(area_.highest_limit.load(), 300_MiB) << "the report tells of the highest";
}

TEST_F(MovedLimit, IsNotWrittenWhereThereIsNoController) {
  home_.tier = cgroup::Tier::freezer;
  MovableLimit limit(area_, home_, *worker_);
  ASSERT_TRUE(limit.move(400_MiB));
  ASSERT_TRUE(limit.move(100_MiB));
  limit.look({});
  EXPECT_THAT(written(), IsEmpty());
  EXPECT_EQ(limit.limit(), 100_MiB);
}

TEST_F(MovedLimit, BeyondWhatMakesSenseStaysWhereItWas) {
  MovableLimit limit(area_, home_, *worker_);
  for (const Bytes wanted : {1_MiB, Bytes::unlimited()}) {
    const Status moved = limit.move(wanted);
    ASSERT_FALSE(moved);
    EXPECT_THAT(moved.error().text(), HasSubstr("a limit of"));
  }
  EXPECT_EQ(limit.limit(), 300_MiB);
  EXPECT_THAT(written(), IsEmpty());
}

TEST_F(MovedLimit, StaysWhereItWasWhenItCannotBeWritten) {
  tree_.fail("write", "", "memory.max", EACCES);
  MovableLimit limit(area_, home_, *worker_);
  EXPECT_FALSE(limit.move(400_MiB));
  EXPECT_EQ(limit.limit(), 300_MiB);
}

TEST_F(MovedLimit, AMovedLimitIsTheUsersWhoeverSetTheFirst) {
  RunLimit chosen;
  chosen.wall = 300_MiB;
  chosen.origin.setter = report::LimitSetter::group;
  EXPECT_EQ(running_limit(area_, chosen).origin.setter, report::LimitSetter::group);
  EXPECT_EQ(running_limit(area_, chosen).limit, 300_MiB);
  area_.wall = 200_MiB;
  EXPECT_EQ(running_limit(area_, chosen).origin.setter, report::LimitSetter::user);
  EXPECT_EQ(running_limit(area_, chosen).limit, 200_MiB);
}

TEST_F(MovedLimit, AHiddenOneIsToldAsSoonAsItShowed) {
  const RunLimit chosen;
  EXPECT_EQ(running_limit(area_, chosen).hidden, Bytes::unlimited());
  area_.hidden.limit = 150_MiB;
  EXPECT_EQ(running_limit(area_, chosen).hidden, 150_MiB);
}

}  // namespace
}  // namespace memguard::supervisor

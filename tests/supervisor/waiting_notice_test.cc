#include "supervisor/waiting_notice.h"

#include "stopped_links.h"

namespace memguard::supervisor {
namespace {

using namespace std::chrono_literals;
using namespace units;

class WaitingNoticeOf : public StoppedLinks {
 protected:
  std::string said(Duration now) { return notice_.look(jobs_, 570_MiB, 700_MiB, at(now)).value_or(""); }

  WaitingNotice notice_{config_};
};

TEST_F(WaitingNoticeOf, SaysWhoWaitsAndWhoIsNextAfterTenSeconds) {
  add(JobPhase::running, 0s);
  add(JobPhase::frozen, 1s);
  add(JobPhase::held, 3s, "app-c");
  EXPECT_EQ(said(10s), "");
  EXPECT_EQ(said(11s), "2 jobs wait for memory (570 of 700 MiB used); link app-b is next, after 10 s");
}

TEST_F(WaitingNoticeOf, NamesMemoryWhereThatIsWaitedFor) {
  LiveJob& first = add(JobPhase::held, 0s);
  LiveJob& second = add(JobPhase::held, 0s);
  first.why = second.why = policy::Cause::processors_busy;
  EXPECT_EQ(said(10s), "2 jobs wait for a processor (570 of 700 MiB used); link app-b is next, after 10 s");
  second.why = policy::Cause::no_room;
  EXPECT_EQ(said(40s), "2 jobs wait for memory (570 of 700 MiB used); link app-b is next, after 40 s");
}

TEST_F(WaitingNoticeOf, IsSaidAgainAfterThirtySecondsAndNotSooner) {
  add(JobPhase::held, 0s);
  EXPECT_EQ(said(10s), "1 job waits for memory (570 of 700 MiB used); link app-b is next, after 10 s");
  EXPECT_EQ(said(39s), "");
  EXPECT_NE(said(40s), "");
}

TEST_F(WaitingNoticeOf, NothingIsSaidOfWhatWaitsShortlyOrForItsLike) {
  add(JobPhase::held, 0s).group = policy::Group{policy::GroupId{1}, 1};
  add(JobPhase::held, 50s);
  EXPECT_EQ(said(59s), "");
}

TEST_F(WaitingNoticeOf, WhoHardlyGetsOnIsNamedInsteadOfWhoWaits) {
  add(JobPhase::held, 0s);
  const WaitingNotice::Thrashing slow{{add(JobPhase::running, 0s, "app-c").id, at(20s)}};
  const auto look = [&](Duration now) { return notice_.look(jobs_, 570_MiB, 700_MiB, at(now), slow).value_or(""); };
  EXPECT_EQ(look(29s), "1 job waits for memory (570 of 700 MiB used); link app-b is next, after 29 s");
  EXPECT_EQ(look(58s), "");
  EXPECT_EQ(look(60s),
            "link app-c has hardly got on for 40 s: alone, it needs more than 700 MiB, and its program is read from the "
            "disk again and again. Give the build more with --memory.");
  config_.explain.value = true;
  EXPECT_NE(look(90s), "");
  config_.quiet.value = true;
  EXPECT_EQ(look(120s), "");
}

TEST_F(WaitingNoticeOf, WhoHasEndedDoesNotThrash) {
  const LiveJob& slow = add(JobPhase::running, 0s);
  const WaitingNotice::Thrashing thrashing{{slow.id, at(0s)}};
  jobs_.remove(slow.id, report::Outcome::done, at(30s));
  EXPECT_FALSE(notice_.look(jobs_, 570_MiB, 700_MiB, at(40s), thrashing));
}

TEST_F(WaitingNoticeOf, QuietIsQuiet) {
  add(JobPhase::held, 0s);
  config_.quiet.value = true;
  EXPECT_EQ(said(60s), "");
  config_.quiet.value = false;
  config_.explain.value = true;
  EXPECT_EQ(said(60s), "");
}

}  // namespace
}  // namespace memguard::supervisor

#include "supervisor/tell/waiting_notice.h"

#include <gmock/gmock.h>

#include "stopped_links.h"

namespace memguard::supervisor {
namespace {

using namespace std::chrono_literals;
using namespace units;
using ::testing::EndsWith;

class WaitingNoticeOf : public StoppedLinks {
 protected:
  std::string said(Duration now, const WaitingNotice::SlowJob& slow = {}) {
    const auto notice = notice_.look(jobs_, 570_MiB, 700_MiB, at(now), slow);
    return notice ? notice->text : "";
  }

  report::RunningLimit limit_{700_MiB, Bytes::unlimited(), {}};
  WaitingNotice notice_{config_, [this] { return limit_; }};
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
  const WaitingNotice::SlowJob slow{
      {.job = add(JobPhase::running, 0s, "app-c").id, .lasted = 15s, .has = 640_MiB, .limit = 700_MiB}};
  EXPECT_EQ(said(29s), "1 job waits for memory (570 of 700 MiB used); link app-b is next, after 29 s");
  EXPECT_EQ(said(58s, slow), "");
  const std::string text =
      "link app-c has hardly got on for 15 s: it has 640 of 700 MiB, and what is left is too little for its program, "
      "which is read from the disk again and again. Give the build more with `+` in memguard top.";
  EXPECT_EQ(said(60s, slow), text);
  config_.explain.value = true;
  EXPECT_EQ(said(90s, slow), text);
  config_.quiet.value = true;
  EXPECT_EQ(said(120s, slow), "");
}

TEST_F(WaitingNoticeOf, WhoSetTheLimitCanGiveMore) {
  limit_.origin = {report::LimitSetter::group, "in words", "memory.max of /ci", 700_MiB};
  const WaitingNotice::SlowJob slow{{.job = add(JobPhase::running, 0s).id}};
  EXPECT_THAT(said(29s, slow),
              EndsWith("more: raise memory.max of /ci (a unit, container, pod or batch job sets it)."));
}

TEST_F(WaitingNoticeOf, EachKindIsAnEventOfItsOwn) {
  add(JobPhase::held, 0s);
  EXPECT_EQ(notice_.look(jobs_, 570_MiB, 700_MiB, at(20s))->event, JournalEvent::waits);
  const WaitingNotice::SlowJob slow{{.job = add(JobPhase::running, 0s).id}};
  EXPECT_EQ(notice_.look(jobs_, 570_MiB, 700_MiB, at(60s), slow)->event, JournalEvent::thrashes);
}

TEST_F(WaitingNoticeOf, WhoHasEndedDoesNotThrash) {
  const LiveJob& job = add(JobPhase::running, 0s);
  const WaitingNotice::SlowJob slow{{.job = job.id, .lasted = 15s}};
  jobs_.remove(job.id, report::Outcome::done, at(30s));
  EXPECT_EQ(said(40s, slow), "");
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

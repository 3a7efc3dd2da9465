// What is asked of a run from another terminal. Policy is the test: it notes what it was shown, and denies at will.
#include "supervisor/desk.h"

#include <fcntl.h>
#include <sched.h>

#include <csignal>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "no_stopper.h"
#include "temporary_folder.h"
#include "waiting_child.h"

namespace memguard::supervisor {
namespace {

using namespace std::chrono_literals;
using namespace units;
using policy::Wish;
using status::Request;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

class DeskOf : public testing::Test {
 protected:
  DeskOf() { area_.highest_limit = area_.wall = area_.memory_max = 300_MiB; }

  LiveJob& add(const char* output, JobPhase phase, std::optional<policy::FamilyId> family = {}) {
    ExecFacts facts{};
    facts.process = front_.identity();
    facts.job_class = config::kLink;
    facts.output.set(output);
    LiveJob& job = *jobs_.add(facts, family.value_or(jobs_.new_family()), Instant{});
    job.record->phase = phase;
    return job;
  }
  static Request request(Request::Kind kind, const LiveJob& job) { return {kind, job.record->id, {}}; }
  static Request let_go(const LiveJob& job) { return request(Request::Kind::let_go, job); }
  static Request freeze(const LiveJob& job) { return request(Request::Kind::freeze, job); }
  static Request evict(const LiveJob& job) { return request(Request::Kind::evict, job); }
  static Request limit(Bytes bytes) { return {Request::Kind::limit, 0, bytes}; }

  Result<status::Reply> reply_to(const Request& asked) { return status::parse_reply(desk_.answer(to_line(asked))); }
  // What was done, or "refused: " and why.
  std::string ask(const Request& asked) {
    const auto reply = reply_to(asked);
    return reply ? std::get<status::Done>(*reply).what : "refused: " + reply.error().what;
  }
  status::RunStatus look() {
    const auto reply = reply_to({});
    EXPECT_TRUE(reply);
    return reply ? std::get<status::RunStatus>(*reply) : status::RunStatus{};
  }
  void deny(const LiveJob& job, policy::Cause why) { decision_.denied = {{job.id, why}}; }

  void decide() {
    ++decided_;
    for (const LiveJob& job : jobs_.all()) wishes_.push_back(job.wish);
    for (const LiveJob& job : jobs_.all()) kept_.push_back(job.record->kept);
    if (on_decision_) on_decision_();
    desk_.stepped({.at = Instant(1s), .limit = 250_MiB, .used = 100_MiB, .jobs = {}, .ended = {}}, decision_);
  }

  const std::vector<std::string> command_{"make", "\x1b[31mall"};
  config::Config config_;
  const history::Remembered remembered_{};
  cgroup::Home home_;
  const RunLimit limit_{};
  SharedArea& area_ = *SharedArea::create(std::size_t{1} << 10U).value();
  WaitingChild front_;
  LiveJobs jobs_{area_};
  EventLoop loop_ = EventLoop::create().value();
  std::unique_ptr<Worker> worker_ = Worker::start().value();
  Restarter restarter_{
      {area_, home_, loop_, jobs_, *worker_, -1, ::getppid()}, [](policy::JobId) {}, [](const JobRecord&, bool) {}};
  BuildPause pause_{area_, front_.pid()};
  SupervisorParts run_{.area = area_,
                       .home = home_,
                       .limit = limit_,
                       .gate = {},
                       .front = front_.pid(),
                       .config = config_,
                       .remembered = remembered_,
                       .command = command_};
  int decided_ = 0;
  std::vector<Wish> wishes_;
  std::vector<bool> kept_;
  policy::Decision decision_;
  std::function<void()> on_decision_;
  Desk desk_{{run_, loop_, jobs_, restarter_, pause_, *worker_, [this] { decide(); }}};
};

TEST_F(DeskOf, TellsOfTheRunAndItsJobs) {
  add("app", JobPhase::running);
  decide();
  const auto run = look();
  EXPECT_EQ(run.pid, front_.pid());
  EXPECT_EQ(run.tier, "signal");
  EXPECT_EQ(run.limit, 300_MiB);
  EXPECT_EQ(run.limit_now, 250_MiB);
  EXPECT_EQ(run.used, 100_MiB);
  EXPECT_FALSE(run.paused || run.ending);
  ASSERT_THAT(run.jobs, SizeIs(1));
  EXPECT_EQ(run.jobs[0].name, "link app");
}

TEST_F(DeskOf, TellsOfACommandWithoutItsEscapeCodes) {
  EXPECT_THAT(look().command, AllOf(StartsWith("make "), HasSubstr("[31mall"), Not(HasSubstr("\x1b"))));
}

TEST_F(DeskOf, CutsACommandThatNoScreenShows) {
  const std::vector<std::string> command{"ar", std::string(5000, 'x'), std::string(5000, 'y')};
  const SupervisorParts run{.area = area_,
                            .home = home_,
                            .limit = limit_,
                            .gate = {},
                            .config = config_,
                            .remembered = remembered_,
                            .command = command};
  Desk desk({run, loop_, jobs_, restarter_, pause_, *worker_, [] {}});
  const std::string line = desk.answer(R"({"version":1,"do":"status"})");
  EXPECT_THAT(line, HasSubstr("ar xxx"));
  EXPECT_LT(line.size(), 3000U);
}

TEST_F(DeskOf, TellsThatTheBuildEnds) {
  area_.ending = true;
  EXPECT_TRUE(look().ending);
}

// The reply is kept for those who ask in the same moment.
TEST_F(DeskOf, TellsWhatACommandHasChanged) {
  LiveJob& job = add("app", JobPhase::running);
  EXPECT_FALSE(look().jobs.at(0).by_user);
  (void)ask(freeze(job));
  EXPECT_TRUE(look().jobs.at(0).by_user);
}

TEST_F(DeskOf, RefusesWhatItDoesNotUnderstand) {
  for (const char* line : {"", "status", "{}", R"({"version":99,"do":"status"})", R"({"version":1,"do":"kill"})"})
    EXPECT_FALSE(status::parse_reply(desk_.answer(line))) << line;
  EXPECT_EQ(decided_, 0);
}

TEST_F(DeskOf, KnowsNoJobThatHasEnded) {
  EXPECT_EQ(ask({Request::Kind::let_go, 7, {}}), "refused: there is no job 7: it may have ended");
  EXPECT_EQ(decided_, 0);
}

TEST_F(DeskOf, LeavesAJobAloneThatCannotBeStopped) {
  LiveJob& job = add("app", JobPhase::running);
  job.exempt = true;
  EXPECT_EQ(ask(freeze(job)), "refused: link app is left alone: it cannot be stopped, or a signal waits for it");
  EXPECT_FALSE(job.record->kept);
}

TEST_F(DeskOf, LeavesAJobAloneThatIsEvicted) {
  LiveJob& job = add("app", JobPhase::frozen);
  job.record->being_killed = true;
  EXPECT_EQ(ask(let_go(job)), "refused: link app is being evicted");
  EXPECT_EQ(decided_, 0);
}

TEST_F(DeskOf, RefusesEverythingWhileTheBuildEnds) {
  LiveJob& job = add("app", JobPhase::frozen);
  for (auto* flag : {&area_.ending, &area_.finished}) {
    *flag = true;
    EXPECT_EQ(ask(let_go(job)), "refused: the build is ending");
    EXPECT_EQ(ask(limit(400_MiB)), "refused: the build is ending");
    *flag = false;
  }
  EXPECT_EQ(decided_, 0);
}

TEST_F(DeskOf, RefusesEverythingWhileTheBuildIsStopped) {
  LiveJob& job = add("app", JobPhase::frozen);
  ::kill(front_.pid(), SIGSTOP);
  while (!pause_.look()) ::sched_yield();
  EXPECT_EQ(ask(let_go(job)), "refused: the build is stopped by Ctrl-Z: let it go on first");
  EXPECT_TRUE(look().paused);
  EXPECT_EQ(decided_, 0);
}

TEST_F(DeskOf, WishesThatAStoppedJobGoesForOneStep) {
  LiveJob& job = add("app", JobPhase::held);
  EXPECT_EQ(ask(let_go(job)), "link app was let go");
  EXPECT_THAT(wishes_, ElementsAre(Wish::go));
  EXPECT_EQ(job.wish, Wish::none) << "granted again and again";
}

TEST_F(DeskOf, KeepsNothingOfAFamilyThatIsLetGo) {
  LiveJob& rustc = add("lib", JobPhase::frozen);
  LiveJob& link = add("app", JobPhase::frozen, rustc.family());
  LiveJob& other = add("other", JobPhase::frozen);
  for (LiveJob& job : jobs_.all()) job.record->kept = true;
  (void)ask(let_go(link));
  EXPECT_THAT(kept_, ElementsAre(false, false, true));
  EXPECT_TRUE(other.record->kept);
}

TEST_F(DeskOf, HasNothingToLetGoWhereAJobRuns) {
  EXPECT_EQ(ask(let_go(add("app", JobPhase::running))), "refused: link app runs already");
  EXPECT_EQ(decided_, 0);
}

TEST_F(DeskOf, SaysWhyAJobIsNotLetGo) {
  LiveJob& job = add("app", JobPhase::frozen);
  deny(job, policy::Cause::beside_frozen);
  EXPECT_EQ(ask(let_go(job)), "refused: not link app: nothing new starts beside a frozen job");
}

TEST_F(DeskOf, KeepsAFrozenJobUntilItIsLetGo) {
  LiveJob& job = add("app", JobPhase::running);
  EXPECT_EQ(ask(freeze(job)), "link app was frozen until it is let go");
  EXPECT_THAT(kept_, ElementsAre(true)) << "policy sees it";
  EXPECT_TRUE(job.record->kept);
}

TEST_F(DeskOf, KeepsAHeldJobAtBirth) {
  EXPECT_EQ(ask(freeze(add("app", JobPhase::held))), "link app stays stopped until it is let go");
}

TEST_F(DeskOf, KeepsNothingThatPolicyDenies) {
  LiveJob& job = add("app", JobPhase::running);
  deny(job, policy::Cause::oldest_family);
  EXPECT_EQ(ask(freeze(job)), "refused: not link app: the oldest always runs");
  EXPECT_FALSE(job.record->kept);
}

TEST_F(DeskOf, KeepsWhatWasKeptBeforeItWasDenied) {
  LiveJob& job = add("app", JobPhase::held);
  job.record->kept = true;
  deny(job, policy::Cause::oldest_family);
  (void)ask(freeze(job));
  EXPECT_TRUE(job.record->kept);
}

TEST_F(DeskOf, WishesThatAJobGivesItsMemoryBack) {
  for (const auto phase : {JobPhase::running, JobPhase::frozen}) {
    LiveJob& job = add("app", phase);
    EXPECT_EQ(ask(evict(job)), "link app is evicted, and will be started again");
    EXPECT_EQ(wishes_.back(), Wish::evict);
    EXPECT_EQ(job.wish, Wish::none);
  }
}

TEST_F(DeskOf, EvictsNothingThatHasNoMemory) {
  for (const auto phase : {JobPhase::waiting, JobPhase::held})
    EXPECT_EQ(ask(evict(add("app", phase))), "refused: link app has no memory yet");
  EXPECT_EQ(decided_, 0);
}

TEST_F(DeskOf, SaysWhyAJobIsNotEvicted) {
  LiveJob& job = add("app", JobPhase::running);
  deny(job, policy::Cause::no_restart);
  EXPECT_EQ(ask(evict(job)), "refused: not link app: nobody would start it again");
}

TEST_F(DeskOf, TakesADenialOfAnotherJobForNone) {
  LiveJob& job = add("app", JobPhase::running);
  deny(add("other", JobPhase::running), policy::Cause::no_restart);
  EXPECT_THAT(ask(evict(job)), StartsWith("link app is evicted"));
}

TEST_F(DeskOf, NamesAJobThatEndsWhileItIsDecided) {
  LiveJob& job = add("app", JobPhase::held);
  on_decision_ = [this, id = job.id] { jobs_.remove(id, report::Outcome::done, Instant(1s)); };
  EXPECT_EQ(ask(let_go(job)), "link app was let go");
}

TEST_F(DeskOf, GivesUpFreezingAJobThatEndsWhileItIsDenied) {
  LiveJob& job = add("app", JobPhase::running);
  deny(job, policy::Cause::oldest_family);
  on_decision_ = [this, id = job.id] { jobs_.remove(id, report::Outcome::done, Instant(1s)); };
  EXPECT_EQ(ask(freeze(job)), "refused: not link app: the oldest always runs");
}

TEST_F(DeskOf, NamesAJobWithoutItsEscapeCodes) {
  EXPECT_THAT(ask(let_go(add("\x1b]0;x\x07", JobPhase::running))),
              AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\x07")), HasSubstr("runs already")));
}

TEST_F(DeskOf, MovesTheLimitAndDecidesAnew) {
  on_decision_ = [this] { EXPECT_EQ(area_.wall.load(), 200_MiB); };
  EXPECT_EQ(ask(limit(200_MiB)), "the limit is 200 MiB now, it was 300 MiB");
  EXPECT_EQ(decided_, 1);
  EXPECT_EQ(look().limit, 200_MiB);
}

TEST_F(DeskOf, LeavesTheLimitWhereNoBuildIsWorthTrying) {
  EXPECT_THAT(ask(limit(1_MiB)), StartsWith("refused: a limit of"));
  EXPECT_EQ(area_.wall.load(), 300_MiB);
  EXPECT_EQ(decided_, 0);
}

TEST_F(DeskOf, TellsOfAMovedLimitOnlyWithExplain) {
  testing::internal::CaptureStderr();
  (void)ask(limit(200_MiB));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  config_.explain.value = true;
  testing::internal::CaptureStderr();
  (void)ask(limit(100_MiB));
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              HasSubstr(" s: the limit is 100 MiB now, it was 200 MiB: you asked for it\n"));
}

// epoll takes no ordinary file (EPERM).
class DeskWithoutASocket : public DeskOf {
 protected:
  std::string said_when_watching() {
    const UniqueFd file = UniqueFd(::open(folder_.in("file").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    run_.status_listener = file.get();
    Desk desk({run_, loop_, jobs_, restarter_, pause_, *worker_, [] {}});
    testing::internal::CaptureStderr();
    desk.watch();
    return testing::internal::GetCapturedStderr();
  }

  TemporaryFolder folder_;
};

TEST_F(DeskWithoutASocket, TellsThatNobodyCanLook) {
  EXPECT_THAT(said_when_watching(), StartsWith("memguard: memguard status shows nothing of this run: "));
}

TEST_F(DeskWithoutASocket, IsSilentWhenToldToBe) {
  config_.quiet.value = true;
  EXPECT_EQ(said_when_watching(), "");
}

TEST_F(DeskOf, IsSilentWhereNobodyIsToLook) {
  testing::internal::CaptureStderr();
  desk_.watch();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace memguard::supervisor

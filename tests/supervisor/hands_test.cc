// Decisions over processes that wait, below a fake cgroup. What is stopped is only written down.
#include "supervisor/hands.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/io.h"
#include "fake_cgroup_dir.h"
#include "waiting_child.h"

namespace memguard::supervisor {
namespace {

using namespace std::chrono_literals;
using namespace units;
using policy::Cause;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::MatchesRegex;

// Writes down what it is asked, by leaf.
class LoggingStopper final : public Stopper {
 public:
  HoldOutcome hold(const ExecFacts& /*job*/, std::uint64_t /*notification*/, int leaf) override {
    (void)note("hold", leaf);
    return HoldOutcome::held;
  }
  HoldOutcome look_again(const ExecFacts& /*job*/, int /*leaf*/) override { return HoldOutcome::held; }
  Status place(const StopTarget& target) override { return note("place", target.leaf); }
  Status freeze(const StopTarget& target) override { return note("freeze", target.leaf); }
  Status thaw(const StopTarget& target) override { return note("thaw", target.leaf); }
  bool is_stopped(const StopTarget& /*target*/) override { return false; }
  void clear_leaves(const std::set<int>& /*stopped*/, const std::set<int>& /*used*/) override {}
  void vacate(int /*leaf*/) override {}

  std::vector<std::string> log;

 private:
  Status note(const char* what, int leaf) {
    log.push_back(fmt::format("{} {}", what, leaf));
    return {};
  }
};

class HandsOf : public testing::Test {
 protected:
  HandsOf() {
    home_.tier = cgroup::Tier::full;
    home_.build = cgroup::Group(tree_.open());
    EXPECT_TRUE(home_.build->enable_controller("memory"));
    home_.main = home_.build->make("main").value();
    tree_.clear_log();
  }

  LiveJob& add(const char* output, JobPhase phase, int leaf = -1) {
    ExecFacts facts{};
    facts.process = child_.identity();
    facts.job_class = config::kLink;
    facts.output.set(output);
    LiveJob& job = *jobs_.add(facts, jobs_.new_family(), Instant{});
    job.record->phase = phase;
    job.record->leaf = leaf;
    return job;
  }
  // One that waits for its answer.
  LiveJob& add_waiting(const char* output) {
    LiveJob& job = add(output, JobPhase::waiting);
    job.slot = &area_.slots.at(static_cast<std::size_t>(job.id));
    job.slot->state = SlotState::taken;
    return job;
  }
  // A frozen one with so much memory in its leaf.
  LiveJob& add_frozen(const char* output, int leaf, Bytes memory) {
    EXPECT_TRUE(home_.build->make(fmt::format("job-{}", leaf)));
    tree_.set_text(fmt::format("job-{}", leaf), "memory.current", fmt::format("{}\n", memory.count));
    tree_.clear_log();
    return add(output, JobPhase::frozen, leaf);
  }
  static policy::Reason because(Cause cause) {
    policy::Reason why;
    why.cause = cause;
    return why;
  }
  static policy::Freeze freeze(const LiveJob& job) { return {job.family(), {job.id}, because(Cause::growth)}; }
  static policy::Thaw thaw(const LiveJob& job) { return {job.family(), {job.id}, because(Cause::fits)}; }

  void decide(std::vector<policy::Action> actions) {
    hands_.carry_out({.at = now_, .limit = 1_GiB, .used = 700_MiB, .jobs = {}, .ended = {}},
                     {.actions = std::move(actions), .next_sample = {}}, now_);
  }
  void carry_out(std::vector<policy::Action> actions) {
    decide(std::move(actions));
    worker_->drain();
  }
  std::string told(std::vector<policy::Action> actions) {
    config_.explain.value = true;
    testing::internal::CaptureStderr();
    carry_out(std::move(actions));
    return testing::internal::GetCapturedStderr();
  }

  const WaitingChild child_;
  cgroup::FakeTree tree_;
  cgroup::Home home_;
  config::Config config_;
  SharedArea& area_ = *SharedArea::create().value();
  Instant now_{5s};
  LiveJobs jobs_{area_};
  EventLoop loop_ = EventLoop::create().value();
  LoggingStopper stopper_;
  int looks_at_processes_ = 0;
  std::vector<Bytes> reclaimed_;
  std::unique_ptr<Worker> worker_ = Worker::start().value();
  Stops stops_{{-1, false},
               true,
               jobs_,
               stopper_,
               *worker_,
               [this] {
                 ++looks_at_processes_;
                 return proc::all_processes();
               },
               [](policy::JobId, HoldOutcome) {}};
  Restarter restarter_{
      {area_, home_, loop_, jobs_, *worker_, -1, ::getppid()}, [](policy::JobId) {}, [](const JobRecord&, bool) {}};
  Reclaimer reclaimer_{home_, jobs_, *worker_,
                       [this](const Reclaimer::Outcome& outcome) { reclaimed_.push_back(outcome.written); }};
  TokenPool tokens_{area_, jobs_, ::getpid(), 8};
  int close_looks_ = 0;
  CloseLook close_look_{loop_, jobs_, [this] {
                          ++close_looks_;
                          return now_;
                        }};
  Explainer explainer_{config_};
  Hands hands_{{home_, explainer_, jobs_, stops_, restarter_, reclaimer_, tokens_, close_look_, *worker_}};
};

TEST_F(HandsOf, LetAWaitingJobGoAndNoteWhatItWasExpectedToNeed) {
  const LiveJob& job = add_waiting("app");
  carry_out({policy::Admit{job.id, 300_MiB, because(Cause::fits)}});
  EXPECT_EQ(area_.slots[0].state, SlotState::empty);
  EXPECT_EQ(job.record->phase, JobPhase::running);
  EXPECT_EQ(job.record->predicted, 300_MiB);
}

TEST_F(HandsOf, HoldAWaitingJobAndNoteWhatItWasExpectedToNeed) {
  const LiveJob& job = add_waiting("app");
  carry_out({policy::Hold{job.id, 300_MiB, because(Cause::no_room)}});
  EXPECT_EQ(area_.slots[0].state, SlotState::taken);
  EXPECT_EQ(job.record->phase, JobPhase::held);
  EXPECT_EQ(job.record->predicted, 300_MiB);
}

TEST_F(HandsOf, FreezeBeforeAnythingElseGetsTheMemory) {
  const LiveJob& stopped = add("a", JobPhase::frozen, 0);
  const LiveJob& runs = add("b", JobPhase::running, 1);
  carry_out({thaw(stopped), freeze(runs)});
  EXPECT_THAT(stopper_.log, ElementsAre("freeze 1", "thaw 0"));
  EXPECT_EQ(stopped.record->phase, JobPhase::running);
  EXPECT_EQ(runs.record->phase, JobPhase::frozen);
}

TEST_F(HandsOf, LookOnceAtAllProcessesHoweverManyFreeze) {
  const LiveJob& first = add("a", JobPhase::running, 0);
  const LiveJob& second = add("b", JobPhase::running, 1);
  carry_out({freeze(first), freeze(second)});
  EXPECT_THAT(stopper_.log, ElementsAre("freeze 0", "freeze 1"));
  EXPECT_EQ(looks_at_processes_, 1);
}

TEST_F(HandsOf, LookAtNoProcessWhereNothingFreezes) {
  carry_out({policy::Admit{add_waiting("app").id, 300_MiB, because(Cause::fits)}});
  EXPECT_EQ(looks_at_processes_, 0);
}

TEST_F(HandsOf, PassOverAJobThatHasEnded) {
  const policy::JobId gone{77};
  const policy::FamilyId nobody{77};
  const LiveJob& job = add_waiting("app");
  carry_out({policy::Admit{gone, 1_MiB, {}}, policy::Hold{gone, 1_MiB, {}}, policy::Freeze{nobody, {gone}, {}},
             policy::Thaw{nobody, {gone}, {}}, policy::Evict{nobody, {}}, policy::Reclaim{nobody, 1_MiB, {}},
             policy::Admit{job.id, 1_MiB, {}}});
  EXPECT_THAT(stopper_.log, IsEmpty());
  EXPECT_EQ(job.record->phase, JobPhase::running);
}

TEST_F(HandsOf, EvictNobodyWhomNobodyWouldStartAgain) {
  const LiveJob& job = add("app", JobPhase::running);
  carry_out({policy::Evict{job.family(), because(Cause::growth)}});
  EXPECT_TRUE(proc::alive(child_.identity()));
  EXPECT_FALSE(job.record->evicted);
  EXPECT_EQ(area_.totals.evicted, 0);
}

TEST_F(HandsOf, WriteMemoryOfAFrozenFamilyToSwap) {
  const LiveJob& job = add_frozen("app", 3, 50_MiB);
  carry_out({policy::Reclaim{job.family(), 40_MiB, because(Cause::growth)}});
  EXPECT_THAT(reclaimed_, ElementsAre(40_MiB));
}

// So that nothing of it is written that it needs at once. The worker is kept busy until all is decided.
class ReclaimUnderWay : public HandsOf {
 protected:
  void reclaim_then(const policy::Action& next) {
    std::promise<void> decided;
    worker_->post([done = decided.get_future().share()]() -> Worker::Completion {
      done.wait();
      return {};
    });
    decide({policy::Reclaim{job_.family(), 40_MiB, because(Cause::growth)}, next});
    decided.set_value();
    worker_->drain();
  }

  LiveJob& job_ = add_frozen("app", 3, 50_MiB);
};

TEST_F(ReclaimUnderWay, EndsWithTheThawOfItsFamily) {
  reclaim_then(thaw(job_));
  EXPECT_THAT(reclaimed_, ElementsAre(0_B));
}

TEST_F(ReclaimUnderWay, EndsWithTheEvictionOfItsFamily) {
  reclaim_then(policy::Evict{job_.family(), because(Cause::growth)});
  EXPECT_THAT(reclaimed_, ElementsAre(0_B));
}

TEST_F(ReclaimUnderWay, GoesOnWhenAnotherFamilyThaws) {
  reclaim_then(thaw(add("other", JobPhase::frozen, 4)));
  EXPECT_THAT(reclaimed_, ElementsAre(40_MiB));
}

TEST_F(HandsOf, WriteMemoryHighAndNoteItForTheTimeline) {
  carry_out({policy::SetHigh{900_MiB, because(Cause::several_running)}});
  EXPECT_THAT(tree_.log(), ElementsAre("memory.high=943718400"));
  EXPECT_EQ(area_.timeline.high, (900_MiB).count);
}

TEST_F(HandsOf, TakeMemoryHighAway) {
  carry_out({policy::SetHigh{900_MiB, {}}, policy::SetHigh{Bytes::unlimited(), {}}});
  EXPECT_THAT(tree_.log(), ElementsAre("memory.high=943718400", "memory.high=max"));
}

TEST_F(HandsOf, CarryTheRestOutWhenMemoryHighCannotBeWritten) {
  tree_.fail("write", "", "memory.high", EACCES);
  const LiveJob& job = add_waiting("app");
  carry_out({policy::SetHigh{900_MiB, {}}, policy::Admit{job.id, 1_MiB, {}}, policy::SetHigh{800_MiB, {}}});
  EXPECT_EQ(job.record->phase, JobPhase::running);
  EXPECT_THAT(tree_.log(), ElementsAre("memory.high=838860800"));
}

TEST_F(HandsOf, NeitherWriteNorTellOfAMemoryHighThatIsNotThere) {
  home_.tier = cgroup::Tier::freezer;
  EXPECT_EQ(told({policy::SetHigh{900_MiB, because(Cause::several_running)}}), "");
  hands_.set_high(900_MiB);
  worker_->drain();
  EXPECT_THAT(tree_.log(), IsEmpty());
  EXPECT_EQ(area_.timeline.high, 0);
}

TEST_F(HandsOf, TellOfEachActionInTheOrderOfTheDecision) {
  const LiveJob& runs = add("b", JobPhase::running, 1);
  const LiveJob& first = add_waiting("a");
  const LiveJob& second = add_waiting("c");
  const std::string line = "memguard: 5.00 s: ";
  EXPECT_THAT(told({policy::Admit{first.id, 1_MiB, because(Cause::fits)}, freeze(runs),
                    policy::Hold{second.id, 1_MiB, because(Cause::no_room)}}),
              MatchesRegex(line + "start link a: fits[^\n]*\n" + line + "freeze link b: growth does not fit[^\n]*\n" +
                           line + "hold link c: no room[^\n]*\n"));
}

TEST_F(HandsOf, NoteEachNewStateWithItsCause) {
  const LiveJob& runs = add("b", JobPhase::running, 1);
  const LiveJob& waits = add_waiting("a");
  carry_out({freeze(runs), policy::Admit{waits.id, 1_MiB, because(Cause::older_waits)}});
  const auto changes = area_.timeline.changes.changes();
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].state, NotedState::frozen);
  EXPECT_EQ(changes[0].cause, static_cast<std::uint8_t>(Cause::growth));
  EXPECT_EQ(changes[0].at, 5s);
  EXPECT_EQ(changes[1].state, NotedState::runs);
  EXPECT_EQ(changes[1].cause, static_cast<std::uint8_t>(Cause::older_waits));
}

TEST_F(HandsOf, NoteASampleOfMemoryWithEachStep) {
  carry_out({});
  const auto samples = area_.timeline.samples.samples();
  ASSERT_EQ(samples.size(), 1U);
  EXPECT_EQ(samples[0].used, (700_MiB).count);
}

// A job of some milliseconds is over before the next sample: it is looked at as soon as it runs.
class JobsThatBegin : public HandsOf {
 protected:
  // The loop runs until there was a look after these, or nobody came for long. The first look of all finds nobody, and
  // no further one is due.
  void expect_look_after(std::vector<policy::Action> actions) {
    ASSERT_TRUE(close_look_.watch());
    const auto forgotten = loop_.on_timer(kPatience, [this] { loop_.stop(); }).value();
    std::unique_ptr<EventLoop::Source> poll;
    const auto look = [&] {
      if (close_looks_ == 1) carry_out(std::exchange(actions, {}));
      close_looks_ < 2 ? (void)loop_.start_timer(*poll, 1ms) : loop_.stop();
    };
    poll = loop_.on_timer({}, look).value();
    ASSERT_TRUE(loop_.run());
    EXPECT_EQ(close_looks_, 2);
  }

 private:
  static constexpr Duration kPatience = 20s;
};

TEST_F(JobsThatBegin, AreLookedAtOnceTheyAreLetGo) {
  expect_look_after({policy::Admit{add_waiting("app").id, 1_MiB, {}}});
}

TEST_F(JobsThatBegin, AreLookedAtOnceTheyAreThawed) { expect_look_after({thaw(add("app", JobPhase::frozen, 0))}); }

// A pipe with seven tokens, and a process called cargo that has it and no variables.
class TokensOfACargo : public HandsOf {
 protected:
  TokensOfACargo() {
    while (read_at(AT_FDCWD, fmt::format("/proc/{}/comm", cargo_.pid())).value_or("") != "cargo\n") ::sched_yield();
  }
  static std::array<UniqueFd, 2> filled_pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), 0), 0);
    EXPECT_EQ(::write(ends[1], "|||||||", 7), 7);
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
  }
  static void become_cargo() {
    const char* const no_variables = nullptr;
    (void)::execle("/bin/sh", "sh", "-c", "printf cargo >/proc/self/comm; kill -STOP $$", nullptr, &no_variables);
  }

  std::array<UniqueFd, 2> pipe_ = filled_pipe();
  WaitingChild cargo_{become_cargo};
};

TEST_F(TokensOfACargo, AreAsManyAsWereDecided) {
  LiveJob& job = add("app", JobPhase::running);
  job.record->process = cargo_.identity();
  tokens_.arrived(job, {pipe_[0].get(), pipe_[1].get()});
  carry_out({policy::Spare{1, because(Cause::no_room)}});
  EXPECT_EQ(tokens_.look(), (policy::Tokens{1, 6}));
  carry_out({policy::Spare{5, because(Cause::fits)}});
  EXPECT_EQ(tokens_.look(), (policy::Tokens{5, 2}));
}

}  // namespace
}  // namespace memguard::supervisor

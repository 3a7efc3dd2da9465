// What jobs did over time, what the end waited for, and what to change.
#include "report/lanes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "report/compare.h"
#include "report/findings.h"
#include "report/names.h"

namespace memguard::report {
namespace {

using namespace std::chrono_literals;
using namespace units;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

class Pictured : public testing::Test {
 protected:
  Pictured() {
    run_.command = {"make", "-j4"};
    run_.limit = 1_GiB;
    run_.wall = 60s;
    run_.jobs.reserve(100);
  }
  JobReport& job(const std::string& output, Duration start, Duration end, Bytes peak = 100_MiB) {
    JobReport& made = run_.jobs.emplace_back();
    made.id = static_cast<std::uint32_t>(run_.jobs.size() - 1);
    made.job_class = "cc";
    made.output = output;
    made.start = start;
    made.end = end;
    made.peak = peak;
    made.outcome = Outcome::done;
    return made;
  }
  void change(const JobReport& of, Duration at, State state, const std::string& cause = "no_room") {
    run_.timeline.changes.push_back({.at = at, .job = of.id, .state = state, .cause = cause});
  }
  Findings found(std::optional<Estimate> estimate = {}) {
    lanes_ = lanes_of(run_);
    return find(run_, lanes_, estimate);
  }

  RunReport run_;
  std::vector<Lane> lanes_;
};

TEST_F(Pictured, ALaneHasEachStateFromItsChangeToTheNext) {
  const auto& one = job("a.o", 1s, 20s);
  change(one, 1s, State::held);
  change(one, 5s, State::runs);
  change(one, 8s, State::frozen, "growth");
  change(one, 90s, State::runs);
  const auto lanes = lanes_of(run_);
  ASSERT_THAT(lanes, SizeIs(1));
  ASSERT_THAT(lanes[0].stretches, SizeIs(3));
  EXPECT_EQ(lanes[0].stretches[0].state, State::held);
  EXPECT_EQ(lanes[0].stretches[1].from, 5s);
  EXPECT_EQ(lanes[0].stretches[2].to, 20s) << "no later than its end";
  EXPECT_EQ(lanes[0].stretches[2].why->cause, "growth");
  EXPECT_FALSE(lanes[0].guessed);
}

TEST_F(Pictured, WithoutChangesALaneIsAGuessFromItsSums) {
  auto& one = job("a.o", 1s, 20s);
  one.held = 4s;
  one.frozen = 90s;
  const auto lanes = lanes_of(run_);
  EXPECT_TRUE(lanes[0].guessed);
  ASSERT_THAT(lanes[0].stretches, SizeIs(2));
  EXPECT_EQ(lanes[0].stretches[0].to, 5s);
  EXPECT_EQ(lanes[0].stretches[1].to, 20s);
}

TEST_F(Pictured, AMomentInWhichTwoWaitCountsOnceAndWaitingForOnesKindNotAtAll) {
  const auto& a = job("a.o", 0s, 30s);
  const auto& b = job("b.o", 0s, 30s);
  const auto& c = job("c.o", 40s, 60s);
  change(a, 0s, State::held);
  change(b, 5s, State::held);
  change(a, 10s, State::runs);
  change(b, 15s, State::runs);
  change(c, 40s, State::held, "group_full");
  EXPECT_EQ(time_limited(lanes_of(run_)), 15s);
}

TEST_F(Pictured, WhoWaitsForAProcessorIsToldApart) {
  const auto& a = job("a.o", 0s, 60s);
  const auto& b = job("b.o", 0s, 60s);
  change(a, 0s, State::held, "processors_busy");
  change(a, 30s, State::runs);
  EXPECT_EQ(cost_sentence(run_, found()),
            "Memory cost this build nothing: jobs waited in 30 of 60 s, but for a processor.");
  change(b, 10s, State::held);
  change(b, 20s, State::held, "asked");
  EXPECT_EQ(time_limited(lanes_of(run_)), 10s);
  EXPECT_EQ(time_for_processor(lanes_of(run_)), 20s);
  EXPECT_EQ(cost_sentence(run_, found()),
            "Memory limited this build for 10 of 60 s; in 20 s more, jobs waited only for a processor.");
}

TEST_F(Pictured, WorkThatWasDoneTwiceIsACostWithoutAnyWait) {
  const auto& a = job("a.o", 0s, 60s);
  change(a, 0s, State::held, "processors_busy");
  change(a, 30s, State::runs);
  auto& b = job("b.o", 0s, 20s);
  b.outcome = Outcome::evicted;
  b.cpu = 20s;
  EXPECT_EQ(cost_sentence(run_, found()), "Memory cost this build 20 s of work, which were done twice.");
}

TEST_F(Pictured, WaitsThatTheUserWantedCostNoMemory) {
  const auto& a = job("a.o", 0s, 60s);
  run_.held_time = 20s;
  EXPECT_EQ(cost_sentence(run_, found()), "Jobs waited 20 s in all; when is not known any more.");
  change(a, 0s, State::held, "group_full");
  change(a, 20s, State::runs);
  EXPECT_EQ(cost_sentence(run_, found()),
            "Memory cost this build nothing: jobs waited 20 s in all, as you had told (link-jobs, test-jobs, a stop).");
}

TEST_F(Pictured, NoTwoJobsOfOnePlaceAreThereAtOnce) {
  job("a.o", 0s, 10s);
  job("b.o", 1s, 5s);
  job("c.o", 5s, 7s);
  job("d.o", 6s, 8s);
  EXPECT_THAT(slots_of(run_, lanes_of(run_)), ElementsAre(0, 1, 1, 2));
}

TEST_F(Pictured, TheEndWaitedForWhatHadEndedLastBefore) {
  job("a.o", 0s, 10s);
  job("b.o", 0s, 20s);
  const auto& app = job("app", 21s, 60s);
  auto& link = job("app.link", 30s, 60s);
  link.above = app.id;
  change(app, 21s, State::held);
  change(app, 26s, State::runs);
  const auto path = found().path;
  ASSERT_THAT(path, SizeIs(3));
  EXPECT_EQ(path[0].job->output, "b.o");
  EXPECT_EQ(path[1].job->output, "app");
  EXPECT_EQ(path[1].to, 30s) << "from then on it waited for its link";
  EXPECT_EQ(path[1].waited, 5s);
  EXPECT_EQ(path[2].job->output, "app.link");
  EXPECT_EQ(path_sentence(run_, found()),
            "The end waited for cc b.o (20 s), then cc app (9.0 s, 5.0 s of them held), then cc app.link (30 s): "
            "59 of 60 s.");
}

TEST_F(Pictured, JobsInACircleOrWithoutTimeEndTheChain) {
  auto& a = job("a.o", 5s, 5s);
  auto& b = job("b.o", 5s, 5s);
  a.above = b.id;
  b.above = a.id;
  EXPECT_THAT(found().path, SizeIs(1));
}

TEST_F(Pictured, WhatMemoryCostIsOneSentence) {
  EXPECT_EQ(cost_sentence(run_, found()), "Memory cost this build nothing: no job waited for it in 60 s.");
  const auto& one = job("a.o", 0s, 40s);
  change(one, 0s, State::held);
  change(one, 21s, State::runs);
  EXPECT_EQ(cost_sentence(run_, found()), "Memory limited this build for 21 of 60 s.");
  EXPECT_EQ(cost_sentence(run_, found(Estimate{1228_MiB, 44s})),
            "Memory limited this build for 21 of 60 s; with 1.2 GiB: about 44 s.");
}

// On one processor: a job that waits for memory had waited for the processor.
TEST_F(Pictured, MemoryThatWouldNotHelpIsNotAdvised) {
  auto& one = job("a.o", 0s, 40s, 600_MiB);
  one.cpu = 90s;
  run_.processors = 2;
  change(one, 0s, State::held);
  change(one, 21s, State::runs);
  const Findings as_long = found(Estimate{.memory = {}, .wall = 60s});
  EXPECT_EQ(cost_sentence(run_, as_long),
            "Jobs waited in 21 of 60 s, but more memory had hardly helped: they used 75 % of 2 processors.");
  EXPECT_THAT(changes(run_, as_long), ElementsAre(HasSubstr("Nothing about memory. To be faster it needs")));
}

TEST_F(Pictured, TheLargestNeedsAreOfThreeUnits) {
  job("a.o", 0s, 9s, 300_MiB);
  job("b.o", 0s, 9s, 200_MiB);
  job("b.o", 9s, 18s, 190_MiB);
  job("c.o", 0s, 9s, 100_MiB);
  job("d.o", 0s, 9s, 50_MiB);
  EXPECT_EQ(needs_sentence(found()),
            "The largest needs were 300 MiB for cc a.o, 200 MiB for cc b.o and 100 MiB for cc c.o.");
}

TEST_F(Pictured, WhatToChangeIsSaidInTheWordsOfTheTool) {
  auto& link = job("app", 0s, 60s, 700_MiB);
  link.job_class = "link";
  change(link, 0s, State::held);
  change(link, 30s, State::runs);
  EXPECT_THAT(changes(run_, found(Estimate{1228_MiB, 44s})),
              ElementsAre(StartsWith("Give it 1.2 GiB: memguard run --memory 1228MiB"), HasSubstr("-fuse-ld=lld")));
  run_.limit = 1000_MiB;
  run_.limit_origin = {LimitSetter::group, "what it has left", "memory.max of /ci", 1050_MiB};
  EXPECT_THAT(changes(run_, found(Estimate{1228_MiB, 44s})).front(),
              StartsWith("Give it 1.2 GiB: raise memory.max of /ci by 228 MiB (a unit, container, pod or batch job"));
  run_.command = {"/usr/bin/cargo", "build"};
  EXPECT_THAT(changes(run_, found()), ElementsAre(HasSubstr("lto = \"thin\"")));
}

TEST_F(Pictured, WhatWasLostAboveTheLimitIsNotAskedToTakeMoreOfIt) {
  auto& link = job("app", 0s, 60s, 700_MiB);
  link.outcome = Outcome::oom;
  run_.lost = 1;
  link.killer = Killer::limit;
  EXPECT_THAT(changes(run_, found()).front(), HasSubstr("or give it more with --memory."));
  link.killer = Killer::outside;
  EXPECT_THAT(changes(run_, found()).front(),
              HasSubstr("or give it more: raise the limit above it, or take a machine"));
}

TEST_F(Pictured, WorkThatWasDoneTwiceIsToBeDeclared) {
  auto& once = job("app", 0s, 20s);
  once.outcome = Outcome::evicted;
  once.cpu = 18s;
  EXPECT_THAT(changes(run_, found()), ElementsAre(HasSubstr("a job was started again and 18 s of work done twice")));
}

TEST_F(Pictured, WhereMemoryLimitedNothingThatIsSaid) {
  job("app", 0s, 20s);
  EXPECT_THAT(changes(run_, found()), ElementsAre(StartsWith("Nothing about memory.")));
  run_.jobs.clear();
  EXPECT_THAT(changes(run_, found()), ElementsAre("Nothing: no job needed memory."));
}

TEST_F(Pictured, AHostileNameIsPrintableAndShortInEverySentence) {
  job("\x1b[2J</script>\xff" + std::string(10'000, 'x'), 0s, 20s);
  for (const auto& sentence : {needs_sentence(found()), path_sentence(run_, found()), changes(run_, found()).front()}) {
    EXPECT_THAT(sentence, Not(HasSubstr("\x1b")));
    EXPECT_LT(sentence.size(), 400U);
  }
}

TEST_F(Pictured, JobsAreFoundByAllTheirNames) {
  auto& rustc = job("lib", 0s, 1s);
  rustc.job_class = "rustc";
  rustc.crate = "regex";
  rustc.version = "1.10.2";
  job("obj/parse.o", 0s, 1s).unit = "src/parse.c";
  job("obj/2", 0s, 1s);
  const auto names = [&](const std::string& word) {
    std::vector<std::string> found;
    for (const auto* one : find_jobs(run_, word)) found.push_back(name_of(*one));
    return found;
  };
  EXPECT_THAT(names("regex"), ElementsAre("regex 1.10.2"));
  EXPECT_THAT(names("rustc regex 1.10.2"), ElementsAre("regex 1.10.2"));
  EXPECT_THAT(names("parse.o"), ElementsAre("parse.o"));
  EXPECT_THAT(names("parse.c"), ElementsAre("parse.o"));
  EXPECT_THAT(names("obj/parse.o"), ElementsAre("parse.o"));
  EXPECT_THAT(names("pars"), ElementsAre("parse.o"));
  EXPECT_THAT(names("0"), ElementsAre("regex 1.10.2"));
  EXPECT_THAT(names("2"), ElementsAre("2")) << "a name comes before a number";
  EXPECT_THAT(names("nobody"), SizeIs(0));
  EXPECT_THAT(names(""), SizeIs(0));
}

TEST_F(Pictured, RunsAreComparedByUnit) {
  job("a.o", 0s, 10s, 100_MiB);
  job("same.o", 0s, 10s);
  job("gone.o", 0s, 1s);
  RunReport before = run_;
  run_.jobs.clear();
  auto& slower = job("a.o", 0s, 30s, 200_MiB);
  slower.held = 5s;
  job("same.o", 0s, 10s);
  const auto changes = changes_between(before, run_);
  ASSERT_THAT(changes, SizeIs(2));
  EXPECT_EQ(changes[0].unit, "cc a.o");
  EXPECT_EQ(changes[0].longer(), 20s);
  EXPECT_EQ(changes[0].after.ran, 25s);
  EXPECT_EQ(changes[0].larger(), 100_MiB);
  EXPECT_EQ(changes[1].unit, "cc gone.o");
  EXPECT_EQ(changes[1].after.jobs, 0);
}

}  // namespace
}  // namespace memguard::report

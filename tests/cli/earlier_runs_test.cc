// Earlier runs: their list, two beside each other, as Markdown and as files, and the decisions about one job.
#include <fstream>

#include "base/whole_file.h"
#include "looking_back.h"

namespace memguard::cli {
namespace {

using namespace units;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST_F(LookingBack, EarlierRunsAreListedShownAndCompared) {
  EXPECT_EQ(answer({"report", "--list"}), "No runs yet: the first memguard run -- COMMAND begins.\n");
  keep("make", 1);
  keep("\x1b[2J", 2);
  EXPECT_EQ(answer({"report", "--list"}),
            "run  ended  status   time  jobs  peak  waited  command\n"
            "1                0  2.0 s     1   0 B    0 ms  \\x1b[2J\n"
            "2                0  1.0 s     1   0 B    0 ms     make\n");
  EXPECT_THAT(answer({"report", "--last", "2"}), StartsWith("make\n"));
  const std::string compared = answer({"report", "--compare", "2", "1"});
  EXPECT_THAT(compared, StartsWith("A:  make\nB:  \\x1b[2J\n"));
  EXPECT_THAT(compared, HasSubstr("time                            1.0 s      2.0 s  +1.0 s"));
}

TEST_F(LookingBack, ARunThatIsNotThereIsNamed) {
  keep("make", 1);
  EXPECT_EQ(answer({"report", "--last", "2"}),
            "error: there is no run 2: 1 is kept. memguard report --list shows them.");
  EXPECT_THAT(answer({"report", "--last", "0"}), StartsWith("error: --last: "));
  EXPECT_THAT(answer({"report", "--compare", "1"}), StartsWith("error: "));
  EXPECT_THAT(answer({"report", "--compare", "1", "/nowhere"}), StartsWith("error: open /nowhere: "));
  EXPECT_THAT(answer({"report", "--list", "--markdown"}), StartsWith("error: "));
}

TEST_F(LookingBack, MarkdownHasNoMarkupOfOthers) {
  report::RunReport run;
  run.command = {"make", "<script>alert(1)</script>", "@everyone", "[a](http://b)", "|"};
  run.jobs.emplace_back().output = "|`*_<b>@me";
  run.jobs.back().peak = 1_MiB;
  ASSERT_TRUE(report::write_json(run, folder_.in("run.json")));
  const std::string text = answer({"report", "--markdown", folder_.in("run.json")});
  EXPECT_THAT(text, HasSubstr("\\<script\\>alert(1)\\</script\\>"));
  EXPECT_THAT(text, HasSubstr("@\u200beveryone"));
  EXPECT_THAT(text, HasSubstr("\\[a\\](http:\u200b//b)"));
  EXPECT_THAT(text, HasSubstr("\\|\\`\\*\\_\\<b\\>@\u200bme | 1.0 MiB"));
}

TEST_F(LookingBack, APictureThatCannotBeWrittenIsSaidAndNothingIsLost) {
  keep("make", 1);
  EXPECT_THAT(answer({"report", "--trace", "/nowhere/t.json"}),
              StartsWith("error: write /nowhere/t.json: No such file"));
  EXPECT_EQ(answer({"report", "--trace", "-"}), "error: write -. Name a file; stdout is /dev/stdout.");
  std::ofstream(folder_.in("t.json")) << "old";
  EXPECT_EQ(answer({"report", "--trace", folder_.in("t.json")}), "");
  EXPECT_THAT(*read_whole(folder_.in("t.json")), StartsWith("{\"displayTimeUnit\""));
}

// A compiler that had the memory, and a link that waited for it twice.
report::RunReport one_that_waited() {
  using namespace std::chrono_literals;
  report::RunReport run;
  run.wall = 40s;
  run.jobs.resize(2);
  run.jobs[0].job_class = "cc";
  run.jobs[0].output = "parse.o";
  run.jobs[0].unit = "src/parse.c";
  run.jobs[0].end = 30s;
  run.jobs[0].peak = 700_MiB;
  run.jobs[1].id = 1;
  run.jobs[1].job_class = "link";
  run.jobs[1].output = "target/app";
  run.jobs[1].pid = 12;
  run.jobs[1].start = 1s;
  run.jobs[1].end = 40s;
  run.jobs[1].peak = 300_MiB;
  run.jobs[1].predicted = 320_MiB;
  run.jobs[1].held = 9s;
  run.jobs[1].frozen = 5s;
  run.jobs[1].cpu = 20s;
  run.jobs[1].outcome = report::Outcome::done;
  const auto at = [](Duration when, report::State state, const char* cause) {
    return report::Change{.at = when,
                          .job = 1,
                          .state = state,
                          .cause = cause,
                          .limit = 1_GiB,
                          .used = 710_MiB,
                          .reserved = 800_MiB,
                          .need = 320_MiB,
                          .running = 1,
                          .frozen = 0,
                          .held = 2,
                          .for_job = 0};
  };
  run.timeline.changes = {at(1s, report::State::held, "no_room"), at(10s, report::State::runs, "fits"),
                          at(20s, report::State::frozen, "growth"), at(25s, report::State::runs, "fits")};
  return run;
}

TEST_F(LookingBack, TheDecisionsAboutAJobAreExplainedInOrder) {
  ASSERT_TRUE(report::write_json(one_that_waited(), folder_.in("run.json")));
  const std::string numbers =
      "             710 MiB used, 800 MiB reserved for what runs and 320 MiB needed, of 1.0 GiB; 1 job ran, 0 were "
      "frozen, 2 were held\n";
  EXPECT_EQ(answer({"explain", "app", folder_.in("run.json")}),
            "link app (job 1, pid 12)\n"
            "     1.00 s  held before its first instruction, because there was not enough memory left for it\n" +
                numbers +
                "             it waited 9.0 s for cc parse.o, which had 700 MiB at most\n"
                "    10.00 s  started, because there was memory for it\n" +
                numbers +
                "    20.00 s  frozen, with the memory it had, because there was not enough memory for what the running "
                "jobs would still grow by\n" +
                numbers +
                "             it waited 5.0 s for cc parse.o, which had 700 MiB at most\n"
                "    25.00 s  went on, because there was memory for it\n" +
                numbers +
                "    40.00 s  ended by itself: peak 300 MiB, 320 MiB expected; 9.0 s held, 5.0 s frozen, 20 s of "
                "processor time\n");
  EXPECT_THAT(answer({"explain", "parse.c", folder_.in("run.json")}),
              HasSubstr("when and why it waited is not in this report"));
  EXPECT_THAT(answer({"explain", "1", folder_.in("run.json")}), StartsWith("link app"));
}

TEST_F(LookingBack, AWaitForOneReasonAfterTheOtherIsExplainedInParts) {
  using namespace std::chrono_literals;
  report::RunReport run = one_that_waited();
  run.timeline.changes[1] = run.timeline.changes[0];
  run.timeline.changes[1].at = 4s;
  run.timeline.changes[1].cause = "processors_busy";
  run.timeline.changes[1].kept_for_text = 30_MiB;
  ASSERT_TRUE(report::write_json(run, folder_.in("run.json")));
  const std::string told = answer({"explain", "app", folder_.in("run.json")});
  EXPECT_THAT(told, HasSubstr("it waited 3.0 s for cc parse.o"));
  EXPECT_THAT(told, HasSubstr("     4.00 s  still held, because all processors were busy, and one job more would only "
                              "have taken memory\n             710 MiB used and 30.0 MiB kept for programs, "));
}

TEST_F(LookingBack, ANameThatNoJobHasGetsTheNearest) {
  ASSERT_TRUE(report::write_json(one_that_waited(), folder_.in("run.json")));
  EXPECT_EQ(answer({"explain", "prase.o", folder_.in("run.json")}),
            "error: no job of this run is called prase.o. Did you mean parse.o?");
  EXPECT_THAT(answer({"explain", "\x1b[2J" + std::string(10'000, 'x'), folder_.in("run.json")}),
              AllOf(StartsWith("error: no job of this run is called \\x1b[2Jx"), Not(HasSubstr("\x1b"))));
  EXPECT_THAT(answer({"explain"}), StartsWith("error: "));
  EXPECT_THAT(answer({"explain", "app", "--last", "7"}), StartsWith("error: there is no last run in "));
}

}  // namespace
}  // namespace memguard::cli

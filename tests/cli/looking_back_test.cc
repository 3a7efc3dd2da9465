// history, suggest and report: their words, their answers, their errors.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/whole_file.h"
#include "history/exchange.h"
#include "looking_back.h"
#include "report/kept_runs.h"
#include "report/run_report.h"

namespace memguard::cli {
namespace {

using namespace units;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST_F(LookingBack, WithoutHistoryIsNoErrorAndMakesNone) {
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"history"}, {"history", "--forget", "--all"}, {"suggest", "--all"}})
    EXPECT_EQ(answer(words), "No history yet: the first memguard run -- COMMAND begins it.\n");
  EXPECT_THAT(answer({"suggest"}), StartsWith("No history of builds in this folder yet."));
  EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(LookingBack, HistoryIsATableTheLargestFirst) {
  remember("rustc", "serde", 300_MiB);
  remember("link", "editor", 3_GiB, "/home/you/project", false);
  EXPECT_EQ(answer({"history"}),
            "class  name    version  kind  profile      expected  runs  last peak   time\n"
            "link   editor  1.2.0    bin   opt-level=3   3.3 GiB     1  > 3.0 GiB  2.5 s\n"
            "rustc  serde   1.2.0    bin   opt-level=3   300 MiB     1    300 MiB  2.5 s\n");
}

TEST_F(LookingBack, HistoryIsFiltered) {
  remember("rustc", "serde", 300_MiB);
  remember("link", "editor", 3_GiB, "/other");
  EXPECT_THAT(answer({"history", "erd"}), AllOf(HasSubstr("serde"), Not(HasSubstr("editor"))));
  EXPECT_THAT(answer({"history", "--class", "link"}), AllOf(HasSubstr("editor"), Not(HasSubstr("serde"))));
  EXPECT_THAT(answer({"history", "--here"}), AllOf(HasSubstr("serde"), Not(HasSubstr("editor"))));
  EXPECT_EQ(answer({"history", "nobody"}), "Nothing in history matches.\n");
}

TEST_F(LookingBack, NamesCannotDriveTheTerminal) {
  remember("rustc", "a\x1b[2Jb", 300_MiB);
  EXPECT_THAT(answer({"history"}), HasSubstr("a\\x1b[2Jb"));
  EXPECT_THAT(answer({"suggest"}), AllOf(HasSubstr("a\\x1b[2Jb"), Not(HasSubstr("\x1b"))));
}

TEST_F(LookingBack, ADamagedHistoryIsLeftToTheNextBuild) {
  remember("rustc", "serde", 300_MiB);
  std::ofstream(file()) << "no database at all, and long enough to be looked at";
  EXPECT_THAT(answer({"history"}), AllOf(StartsWith("error: open " + file()),
                                         HasSubstr("The next build sets it aside as " + file() + ".damaged")));
  EXPECT_FALSE(std::filesystem::exists(file() + ".damaged"));
}

TEST_F(LookingBack, HistoryIsForgotten) {
  remember("rustc", "serde", 300_MiB);
  remember("link", "editor", 3_GiB);
  EXPECT_THAT(answer({"history", "--forget"}), HasSubstr("memguard history --forget --all"));
  EXPECT_EQ(answer({"history", "--forget", "nobody"}), "Nothing in history matches.\n");
  EXPECT_EQ(answer({"history", "--forget", "serde"}), "1 run forgotten\n");
  EXPECT_THAT(answer({"history"}), AllOf(HasSubstr("editor"), Not(HasSubstr("serde"))));
  EXPECT_EQ(answer({"history", "--forget", "--all"}), "1 run forgotten\n");
}

TEST_F(LookingBack, HistoryIsExportedAndImportedOnce) {
  remember("rustc", "serde", 300_MiB);
  const std::string json = folder_.in("h.json");
  EXPECT_EQ(answer({"history", "--export", json}), "");
  EXPECT_EQ(answer({"history", "--import", json}), "0 of 1 runs were new\n");
  const std::string before = answer({"history"});
  EXPECT_EQ(answer({"history", "--forget", "--all"}), "1 run forgotten\n");
  EXPECT_EQ(answer({"history", "--import", json}), "1 of 1 runs were new\n");
  EXPECT_EQ(answer({"history"}), before);
}

TEST_F(LookingBack, ABadImportChangesNothing) {
  remember("rustc", "serde", 300_MiB);
  const std::string before = answer({"history"});
  const std::string json = folder_.in("h.json");
  ASSERT_EQ(answer({"history", "--export", json}), "");
  std::string text = *read_whole(json);
  const std::string unit = text.substr(text.find("  {"), text.rfind("  }") + 3 - text.find("  {"));
  std::string bad = unit;
  bad.replace(bad.find("\"serde\""), 7, "[]");
  std::ofstream(json) << "{\"memguard_history\": 1, \"units\": [" << bad << ", " << unit << "]}";
  EXPECT_EQ(answer({"history", "--import", json}),
            "error: " + json + ": /units/0/name: an array where a string is expected");
  EXPECT_EQ(answer({"history"}), before);
  EXPECT_EQ(answer({"history", "--import", "/nowhere"}), "error: open /nowhere: No such file or directory");
  EXPECT_THAT(answer({"history", "--export", "/nowhere/x"}), StartsWith("error: write /nowhere/x: No such file"));
}

TEST_F(LookingBack, WordsThatMakeNoSenseAreRefused) {
  EXPECT_THAT(answer({"history", "--export", "a", "--import", "b"}), HasSubstr("at a time"));
  EXPECT_THAT(answer({"history", "--import", "b", "--here"}), HasSubstr("no filter"));
  EXPECT_THAT(answer({"history", "--all"}), HasSubstr("--all is for --forget"));
  EXPECT_THAT(answer({"history", "--forget", "--all", "serde"}), HasSubstr("do not go together"));
  EXPECT_THAT(answer({"history", "--frget"}), HasSubstr("Did you mean --forget?"));
  EXPECT_THAT(answer({"suggest", "--all", "--here"}), HasSubstr("memguard suggest --help"));
  EXPECT_THAT(answer({"report", "a", "b"}), HasSubstr("memguard report --help"));
  EXPECT_THAT(answer({"histroy"}), HasSubstr("Did you mean memguard history?"));
}

TEST_F(LookingBack, EachHasHelp) {
  for (const char* word : {"history", "suggest", "report"}) {
    const auto line = parse_command_line({word, "--help"});
    ASSERT_TRUE(line) << word;
    EXPECT_EQ(line->action, CommandLine::Action::help);
    EXPECT_THAT(help_text(line->help, 80), HasSubstr(std::string("memguard ") + word));
    EXPECT_THAT(help_text(parse_command_line({"--help"})->help, 80), HasSubstr(std::string("memguard ") + word));
  }
}

TEST_F(LookingBack, HistoryNeedsAPlace) {
  surroundings_.variables.clear();
  EXPECT_THAT(answer({"history"}), HasSubstr("Set HOME or XDG_STATE_HOME"));
  EXPECT_THAT(answer({"report"}), HasSubstr("Set HOME or XDG_STATE_HOME"));
}

TEST_F(LookingBack, AFolderThatIsGoneHasNoHistory) {
  remember("rustc", "serde", 300_MiB);
  surroundings_.working_directory.clear();
  EXPECT_THAT(answer({"history", "--here", "--forget"}), HasSubstr("the working directory is gone"));
  EXPECT_THAT(answer({"suggest"}), HasSubstr("the working directory is gone"));
  EXPECT_THAT(answer({"suggest", "--all"}), HasSubstr("serde"));
}

TEST_F(LookingBack, SuggestSaysWhatItNeedsAndWhatToDeclare) {
  remember("link", "editor", 6_GiB);
  remember("rustc", "editor", 2_GiB);
  remember("rustc", "serde", 300_MiB);
  remember("rustc", "huge", 50_GiB, "/other");
  std::string answered = answer({"suggest"});
  const auto here = answered.find(" (this machine)\n");
  ASSERT_NE(here, std::string::npos) << answered;
  const auto line = answered.rfind('\n', here) + 1;
  answered.erase(line, answered.find('\n', here) + 1 - line);
  EXPECT_EQ(answered,
            "needs at least 6.0 GiB alone, for link editor 1.2.0 (bin)\n\n"
            "Without memguard a build would survive with\n"
            "   8.0 GiB  -j1\n"
            "  16.0 GiB  any -j: all jobs fit together\n"
            "  32.0 GiB  any -j: all jobs fit together\n"
            "  64.0 GiB  any -j: all jobs fit together\n\n"
            "Under memguard the smallest machine that would do has 7.0 GiB; nothing waits at -j3 with 9.7 GiB\n\n"
            "What sets the need\n"
            "   link editor 1.2.0 (bin)   opt-level=3  6.0 GiB\n"
            "   rustc editor 1.2.0 (bin)  opt-level=3  2.0 GiB\n"
            "   rustc serde 1.2.0 (bin)   opt-level=3  300 MiB\n\n"
            "To tell machines without this history, where the crate is yours\n\n"
            "  # Cargo.toml of editor\n"
            "  [package.metadata.memguard]\n"
            "  memory = \"2.2GiB\"\n"
            "  link-memory = \"6.6GiB\"\n\n"
            "  # Cargo.toml of serde\n"
            "  [package.metadata.memguard]\n"
            "  memory = \"330MiB\"\n");
  EXPECT_THAT(answer({"suggest", "--all"}), StartsWith("needs at least 50.0 GiB alone, for rustc huge"));
}

TEST_F(LookingBack, SuggestForSlurmIsOneOptionOrNothing) {
  EXPECT_THAT(answer({"suggest", "--slurm"}), HasSubstr("say --mem yourself"));
  remember("link", "editor", 300_MiB);
  remember("rustc", "editor", 200_MiB);
  EXPECT_EQ(answer({"suggest", "--slurm"}), "--mem=415M\n");
  EXPECT_EQ(answer({"suggest", "--slurm", "--jobs", "8"}), "--mem=647M\n");
  EXPECT_THAT(answer({"suggest", "--slurm", "--json"}), HasSubstr("memguard suggest --help"));
  EXPECT_THAT(answer({"suggest", "--jobs", "8"}), HasSubstr("memguard suggest --help"));
  EXPECT_THAT(answer({"suggest", "--slurm", "--jobs", "0"}), HasSubstr("memguard suggest --help"));
}

report::RunReport run() {
  report::RunReport run;
  run.tier = "full";
  run.exit_status = 101;
  run.wall = std::chrono::seconds(183);
  run.limit = 8_GiB;
  run.peak = 7_GiB;
  run.held = 2;
  run.held_time = std::chrono::seconds(50);
  run.evicted = 1;
  run.restarted = 1;
  for (int i = 1; i <= 7; ++i) {
    report::JobReport job;
    job.job_class = "rustc";
    job.crate = "crate" + std::to_string(i);
    job.version = "1.0.0";
    job.peak = Bytes{i << 20};
    job.predicted = i == 7 ? Bytes{} : Bytes{i << 21};
    job.held = std::chrono::seconds(i > 2 ? 0 : 20 + i);
    job.outcome = report::Outcome::done;
    run.jobs.push_back(job);
  }
  run.jobs[6].job_class = "link";
  run.jobs[6].crate.clear();
  run.jobs[6].output = "target/editor\n";
  return run;
}

TEST_F(LookingBack, AReportIsForPeople) {
  const std::string file = folder_.in("run.json");
  ASSERT_TRUE(report::write_json(run(), file));
  EXPECT_EQ(
      answer({"report", file}),
      "status 101, 183 s, tier full\n"
      "7 jobs, peak 7.0 GiB of 8.0 GiB\n"
      "held 2 (longest 22 s, 50 s in all), frozen 0\n"
      "evicted 1, OOM kills 0, restarted 1, lost 0\n\n"
      "Jobs waited 50 s in all; when is not known any more.\n"
      "The largest needs were 7.0 MiB for link editor\\x0a, 6.0 MiB for rustc crate6 1.0.0 and 5.0 MiB for rustc "
      "crate5 1.0.0.\n"
      "The end waited for link editor\\x0a (0 ms): 0 ms of 183 s.\n\n"
      "To change\n"
      "  1. Nothing about memory. To be faster it needs more processors, or fewer dependencies: its end waited for "
      "link editor\\x0a last.\n\n"
      "class  largest jobs     peak  predicted  predicted / peak\n"
      "link   editor\\x0a    7.0 MiB          -                 -\n"
      "rustc  crate6 1.0.0  6.0 MiB   12.0 MiB              2.00\n"
      "rustc  crate5 1.0.0  5.0 MiB   10.0 MiB              2.00\n"
      "rustc  crate4 1.0.0  4.0 MiB    8.0 MiB              2.00\n"
      "rustc  crate3 1.0.0  3.0 MiB    6.0 MiB              2.00\n\n"
      "class  held longest  held     peak\n"
      "rustc  crate2 1.0.0  22 s  2.0 MiB\n"
      "rustc  crate1 1.0.0  21 s  1.0 MiB\n\n"
      "class  predictions  median error  90 % within\n"
      "rustc            6    1.00 times   1.00 times\n");
}

TEST_F(LookingBack, AReportSaysFirstWhichRunItIsOf) {
  report::RunReport report;
  report.ended_at = "2026-05-01T12:00:00Z";
  report.folder = "/home/you/my\nproject";
  report.command = {"sh", "-c", "make all", ""};
  ASSERT_TRUE(report::write_json(report, folder_.in("run.json")));
  EXPECT_THAT(answer({"report", folder_.in("run.json")}),
              StartsWith("sh -c 'make all' ''\nended 2026-05-01T12:00:00Z in /home/you/my\\x0aproject\nstatus 0"));
}

TEST_F(LookingBack, TheLastRunIsReported) {
  EXPECT_EQ(answer({"report"}), "error: there is no last run in " + folder_.path() +
                                    "/memguard/runs. Guard one first: memguard run -- COMMAND...");
  keep("cargo", 1);
  EXPECT_THAT(answer({"report"}), StartsWith("cargo\n"));
}

TEST_F(LookingBack, AReportThatIsNoneIsRefused) {
  const std::string file = folder_.in("run.json");
  std::ofstream(file) << "{}";
  EXPECT_THAT(answer({"report", file}), StartsWith("error: " + file + ": no report of a run."));
  EXPECT_EQ(answer({"report", "/nowhere"}), "error: open /nowhere: No such file or directory");
  EXPECT_EQ(answer({"report", "/tmp"}), "error: read /tmp: Is a directory");
}

}  // namespace
}  // namespace memguard::cli

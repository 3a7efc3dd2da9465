#include "report/metrics.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace memguard::report {
namespace {

using namespace std::chrono_literals;
using namespace units;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

RunMetrics a_run() {
  RunMetrics run;
  run.name = "nightly";
  run.command = "make";
  run.folder = "/src/editor";
  run.tier = "full";
  run.version = "0.1.0";
  run.started_at = std::chrono::sys_seconds(1777636800s);
  run.elapsed = 1500ms;
  run.limit = 8_GiB;
  run.used = 3_MiB;
  run.running = 2;
  run.unguarded = {0, 7, 0, 0};
  return run;
}

TEST(MetricsTest, each_metric_has_its_type_unit_and_help_before_its_lines) {
  EXPECT_THAT(to_open_metrics(a_run()), HasSubstr("# TYPE memguard_limit_bytes gauge\n"
                                                  "# UNIT memguard_limit_bytes bytes\n"
                                                  "# HELP memguard_limit_bytes What the build may use; not there "
                                                  "without a limit.\n"
                                                  "memguard_limit_bytes{run=\"nightly\"} 8589934592\n"
                                                  "# TYPE "));
  EXPECT_THAT(to_open_metrics(a_run()), EndsWith("} 0\n# EOF\n"));
}

TEST(MetricsTest, a_run_that_lasts_has_neither_end_nor_status) {
  const std::string text = to_open_metrics(a_run());
  EXPECT_THAT(text, HasSubstr("memguard_run_active{run=\"nightly\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("memguard_exit_status")));
  EXPECT_THAT(text, Not(HasSubstr("memguard_end_timestamp_seconds")));
  EXPECT_THAT(text, HasSubstr("memguard_used_bytes{run=\"nightly\"} 3145728\n"));
  EXPECT_THAT(text, HasSubstr("memguard_elapsed_seconds{run=\"nightly\"} 1.5\n"));
}

TEST(MetricsTest, one_that_has_ended_has_both_and_uses_nothing) {
  RunMetrics run = a_run();
  run.ended = {std::chrono::sys_seconds(1777636802s), 137};
  const std::string text = to_open_metrics(run);
  EXPECT_THAT(text, HasSubstr("memguard_run_active{run=\"nightly\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("memguard_exit_status{run=\"nightly\"} 137\n"));
  EXPECT_THAT(text, HasSubstr("memguard_end_timestamp_seconds{run=\"nightly\"} 1777636802\n"));
  EXPECT_THAT(text, HasSubstr("memguard_used_bytes{run=\"nightly\"} 0\n"));
}

TEST(MetricsTest, what_is_counted_by_kind_has_a_line_for_each_kind) {
  const std::string text = to_open_metrics(a_run());
  EXPECT_THAT(text, HasSubstr("memguard_jobs{run=\"nightly\",state=\"running\"} 2\n"
                              "memguard_jobs{run=\"nightly\",state=\"held\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("memguard_unguarded_execs{run=\"nightly\",reason=\"table_full\"} 7\n"));
}

TEST(MetricsTest, no_limit_is_no_line) {
  RunMetrics run = a_run();
  run.limit = Bytes::unlimited();
  EXPECT_THAT(to_open_metrics(run), Not(HasSubstr("memguard_limit_bytes")));
}

// A line more would be a metric that somebody else has made up.
TEST(MetricsTest, hostile_names_make_no_line_and_end_no_label) {
  RunMetrics run = a_run();
  run.name = "a\"} 1\nevil 2\\\x1b[2J\xff";
  run.folder = std::string(10000, 'x');
  const std::string text = to_open_metrics(run);
  EXPECT_THAT(text, HasSubstr(R"(memguard_run_active{run="a\"} 1\\x0aevil 2\\\\x1b[2J\\xff"} 1)"));
  EXPECT_THAT(text, Not(HasSubstr("\nevil")));
  EXPECT_THAT(text, Not(HasSubstr(std::string(201, 'x'))));
}

TEST(MetricsTest, a_run_is_named_after_its_file) {
  EXPECT_EQ(run_name_of("/var/lib/node/nightly.prom"), "nightly");
  EXPECT_EQ(run_name_of("nightly.prom"), "nightly");
  EXPECT_EQ(run_name_of("metrics.txt"), "metrics.txt");
  EXPECT_EQ(run_name_of(".prom"), ".prom");
  EXPECT_EQ(run_name_of("/"), "");
}

TEST(MetricsTest, the_manual_has_each_of_them_with_its_unit_and_help_in_order) {
  std::ifstream file(MEMGUARD_METRICS_DOCS);
  std::vector<std::string> rows;
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("| `")) rows.push_back(line);
  std::vector<std::string> expected;
  for (const MetricFacts& facts : metric_facts())
    expected.push_back("| `" + std::string(facts.name) + "` | " + std::string(facts.unit) + " | " +
                       std::string(facts.help) + " |");
  EXPECT_EQ(rows, expected);
}

TEST(MetricsTest, a_unit_ends_the_name_as_open_metrics_wants) {
  for (const MetricFacts& facts : metric_facts()) {
    EXPECT_TRUE(facts.name.starts_with("memguard_")) << facts.name;
    if (!facts.unit.empty()) {
      EXPECT_TRUE(facts.name.ends_with("_" + std::string(facts.unit))) << facts.name;
    }
  }
}

}  // namespace
}  // namespace memguard::report

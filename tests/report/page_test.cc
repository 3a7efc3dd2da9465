// The page: what it says, and that no name harms it.
#include <algorithm>

#include "report/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "report/page_data.h"

namespace memguard::report {
namespace {

using Json = nlohmann::json;
using namespace std::chrono_literals;
using namespace units;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

RunReport example() {
  RunReport run;
  run.command = {"make", "</script><script>alert(1)</script>", "\x1b[2J", "\xff", "\u202e"};
  run.folder = "/home/<b>you</b>";
  run.tier = "full";
  run.limit = 1_GiB;
  run.wall = 10s;
  for (std::uint32_t id = 0; id < 2; ++id) {
    JobReport& job = run.jobs.emplace_back();
    job.id = id + 7;
    job.job_class = "link";
    job.output = id == 0 ? "</script><b>\xe2\x80\xa8\x1b\xff" + std::string(10'000, 'x') : "app";
    job.end = 10s;
    job.peak = 300_MiB;
    job.outcome = Outcome::done;
  }
  run.timeline.step = 1s;
  run.timeline.samples = {{.at = 1s, .used = 100_MiB, .limit = 1_GiB, .high = Bytes::unlimited()},
                          {.at = 2s, .used = 300_MiB, .limit = 1_GiB, .high = 900_MiB, .full = 500ms}};
  run.timeline.memory = {{.job = 8, .first = 1, .memory = {300_MiB}}, {.job = 99, .first = 0, .memory = {1_MiB}}};
  run.timeline.changes = {{.at = 0s, .job = 8, .state = State::held, .cause = "no_room", .for_job = 7},
                          {.at = 4s, .job = 8, .state = State::runs, .cause = "fits"}};
  return run;
}

Json data_of(const RunReport& run) { return Json::parse(page_data(run, lanes_of(run))); }

TEST(Page, ItsDataAreThoseOfTheRun) {
  const Json data = data_of(example());
  EXPECT_EQ(data["samples"]["used"], (Json{100.0, 300.0}));
  EXPECT_EQ(data["samples"]["high"], (Json{nullptr, 900.0}));
  EXPECT_EQ(data["samples"]["stalled"], (Json{0.0, 0.5}));
  EXPECT_EQ(data["memory"], Json::parse("[[1, 1, [300.0]]]")) << "a job that is not in the report is left out";
  const Json held = data["jobs"][1][13][0];
  EXPECT_EQ(held[2], 2);
  EXPECT_EQ(data["causes"][held[3].get<std::size_t>()], "there was not enough memory left for it");
  EXPECT_EQ(held[4], 0) << "the position of the job that it waited for";
}

TEST(Page, OfManySamplesThePeakIsAmongThoseThatAreShown) {
  RunReport run = example();
  run.timeline.samples.clear();
  run.timeline.memory = {{.job = 8, .first = 0, .memory = std::vector<Bytes>(100'000, 1_MiB)}};
  for (int i = 0; i < 100'000; ++i)
    run.timeline.samples.push_back({.at = Duration(i * 1ms), .used = i == 77'777 ? 999_MiB : 1_MiB, .limit = 1_GiB});
  const Json data = data_of(run);
  EXPECT_THAT(data["samples"]["at"], SizeIs(2000));
  EXPECT_THAT(data["memory"][0][2], SizeIs(2000));
  const auto used = data["samples"]["used"].get<std::vector<double>>();
  EXPECT_EQ(std::ranges::count(used, 999.0), 1);
  EXPECT_THAT(data["note"].get<std::string>(), HasSubstr("2000 of 100000 shown"));
}

TEST(Page, NamesAreTextAndShortWhateverTheyAre) {
  const RunReport run = example();
  const std::string data = page_data(run, lanes_of(run));
  EXPECT_THAT(data, Not(HasSubstr("<")));
  EXPECT_LT(data.size(), 2000U);
  const auto lanes = lanes_of(run);
  const auto page = to_html(run, lanes, find(run, lanes, {}));
  if (!page) GTEST_SKIP() << page.error().text();
  for (const auto* bad : {"<script>alert", "<b>", "\x1b", "\u202e", "\u2028", "\xff"})
    EXPECT_THAT(*page, Not(HasSubstr(bad)));
  EXPECT_THAT(*page, HasSubstr("make &lt;/script&gt;&lt;script&gt;alert(1)"));
}

TEST(Page, IsWholeWithoutNetworkAndKeepsTheLicence) {
  const RunReport run = example();
  const auto lanes = lanes_of(run);
  const auto page = to_html(run, lanes, find(run, lanes, {}));
  if (!page) GTEST_SKIP() << page.error().text();
  for (const auto* outside : {" src=", " href=", "@import", "url(", "fetch(", "XMLHttpRequest("}) {
    const auto own = page->substr(0, page->find("<script>"));
    EXPECT_THAT(own, Not(HasSubstr(outside)));
  }
  EXPECT_THAT(*page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(*page, HasSubstr("Redistributions in binary form must reproduce"));
  EXPECT_THAT(*page, HasSubstr("Memory limited this build for 4.0 of 10 s"));
}

TEST(Page, OfNothingIsAPageToo) {
  const Json data = data_of({});
  EXPECT_THAT(data["jobs"], SizeIs(0));
  EXPECT_THAT(data["note"].get<std::string>(), HasSubstr("no memory over time"));
}

TEST(Html, TextStaysText) { EXPECT_EQ(html_text("<a href='x'>&\""), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;"); }

}  // namespace
}  // namespace memguard::report

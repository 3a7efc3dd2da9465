// JSON and back, what an import takes in, and what is refused.
#include "history/exchange.h"

#include <climits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "history/quantile.h"
#include "history_folder.h"

namespace memguard::history {
namespace {

using namespace units;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string exported(Database& database) { return to_json(*database.list({})); }

using HistoryExchange = HistoryFolder;

TEST_F(HistoryExchange, GivesBackEveryValue) {
  auto one = measured(crate("serde"), 300_MiB);
  one.unit.target = "wasm32-unknown-unknown";
  one.measured.cpu = Duration(1'234'567'891);
  one.measured.wall = Duration(7'999'999'999'999'999);
  one.measured.completed = false;
  EXPECT_EQ(*from_json(to_json({{one.unit, 330_MiB, {one.measured}}})), std::vector{one});
  one.measured.shape = kRising;
  EXPECT_EQ(*from_json(to_json({{one.unit, 330_MiB, {one.measured}}})), std::vector{one});
}

TEST_F(HistoryExchange, TakesWhatItExportedWhateverWasMeasured) {
  auto huge = measured(crate("sparse"), Bytes::unlimited());
  huge.measured.inputs = {Bytes::unlimited(), Bytes{std::int64_t{1} << 52U}};
  huge.measured.cpu = Duration::max();
  huge.measured.at = std::chrono::sys_seconds::max();
  huge.measured.project = "/" + std::string(PATH_MAX - 1, '\xe9');
  auto less = measured(crate("clock"), Bytes{-1});
  less.measured.at = std::chrono::sys_seconds(std::chrono::seconds(-5));
  less.measured.wall = Duration{-1};
  EXPECT_TRUE(from_json(to_json({{huge.unit, 1_MiB, {huge.measured}}, {less.unit, 1_MiB, {less.measured}}})));

  auto database = this->database();
  ASSERT_TRUE(database.add(std::vector{huge, less}));
  const auto runs = from_json(exported(database));
  ASSERT_TRUE(runs) << runs.error().text();
  TemporaryFolder elsewhere;
  auto other = Database::open(elsewhere.in("history.db"));
  ASSERT_TRUE(other);
  EXPECT_EQ(*other->merge(*runs), 2);
  EXPECT_EQ(exported(*other), exported(database));
  EXPECT_EQ(database.list({})->front().runs.front().peak, kMostBytes);
}

TEST_F(HistoryExchange, AShapeIsWrittenWhereThereIsOne) {
  const auto written = [](const UnitMeasurement& one) { return to_json({{one.unit, 300_MiB, {one.measured}}}); };
  EXPECT_THAT(written(measured(crate("serde"), 300_MiB)), Not(HasSubstr("shape")));
  std::string text = written(shaped(crate("serde"), kRising));
  std::erase_if(text, [](char c) { return c == ' ' || c == '\n'; });
  EXPECT_THAT(text, HasSubstr("\"shape\":[0,0,10,20,30,40,60,80,100,120,140,160,180,200,230,255]"));
}

TEST_F(HistoryExchange, GoesToAnotherMachineAndIsAddedOnce) {
  auto database = this->database();
  ASSERT_TRUE(database.add(std::vector{measured(crate("serde"), 300_MiB, 1), measured(crate("serde"), 400_MiB, 2),
                                       shaped(crate("tokio"), kRising)}));
  const auto runs = from_json(exported(database));
  ASSERT_TRUE(runs) << runs.error().text();
  EXPECT_EQ(*database.merge(*runs), 0);

  TemporaryFolder elsewhere;
  auto other = Database::open(elsewhere.in("history.db"));
  ASSERT_TRUE(other);
  EXPECT_EQ(*other->merge(*runs), 3);
  EXPECT_EQ(*other->merge(*runs), 0);
  EXPECT_EQ(exported(*other), exported(database));
  EXPECT_EQ(other->remember()->expect_known(crate("serde"))->peak, 400_MiB);
}

TEST_F(HistoryExchange, RunsOverTheBoundsAreNotNew) {
  auto database = this->database();
  std::vector<UnitMeasurement> newer;
  for (int at = 101; at <= 100 + kRunsKept; ++at) newer.push_back(measured(crate("serde"), 300_MiB, at));
  ASSERT_TRUE(database.add(newer));
  const std::vector older{measured(crate("serde"), 100_MiB, 1), measured(crate("serde"), 100_MiB, 2)};
  EXPECT_EQ(*database.merge(older), 0);
  EXPECT_EQ(*database.merge(older), 0);
}

TEST_F(HistoryExchange, EmptyHistoryIsAWholeFile) {
  EXPECT_EQ(*from_json(to_json({})), std::vector<UnitMeasurement>{});
}

TEST_F(HistoryExchange, NamesThatAreNoUtf8GiveJson) {
  const auto runs = from_json(to_json({{crate("caf\xe9"), 1_MiB, {measured(crate("x"), 1_MiB).measured}}}));
  ASSERT_TRUE(runs) << runs.error().text();
  EXPECT_EQ(runs->front().unit.name, "caf\xef\xbf\xbd");
}

TEST_F(HistoryExchange, UnknownKeysArePassedOver) {
  std::string text = to_json({{crate("serde"), 1_MiB, {measured(crate("serde"), 1_MiB).measured}}});
  text.insert(text.find("\"at\""), "\"later\": [1], ");
  text.insert(text.find("\"class\""), "\"later\": {}, ");
  EXPECT_TRUE(from_json(text));
}

std::string refused(const std::string& text) {
  const auto runs = from_json(text);
  return runs ? "nothing" : runs.error().text();
}

TEST_F(HistoryExchange, WhatIsNoHistoryIsRefused) {
  EXPECT_THAT(refused(""), StartsWith("line 1, column 1: syntax error"));
  EXPECT_THAT(refused("{\n  \"memguard_history\": 1,\n  oops"), StartsWith("line 3, column 3: syntax error"));
  for (const char* text : {"[]", "null", "7", "{}", R"({"version": 1, "job": []})"})
    EXPECT_THAT(refused(text), HasSubstr("no history of memguard. Make one with")) << text;
  EXPECT_THAT(refused(R"({"memguard_history": 2, "units": []})"),
              StartsWith("/memguard_history: version 2 of the format, known is 1"));
  EXPECT_EQ(refused(R"({"memguard_history": 1})"), "/units: missing");
  EXPECT_EQ(refused(R"({"memguard_history": 1, "units": {}})"), "/units: an object where a list is expected");
  EXPECT_THAT(refused(std::string(100'000, '[')), StartsWith("line 1, column 100001: syntax error"));
}

struct Change {
  const char* what;
  const char* with;
  const char* problem;
};
class HistoryExchangeRefuses : public testing::TestWithParam<Change> {};

TEST_P(HistoryExchangeRefuses, NamingThePlace) {
  const auto one = measured(crate("serde"), 300_MiB);
  std::string text = to_json({{one.unit, 300_MiB, {one.measured}}});
  const std::string what = GetParam().what;
  ASSERT_NE(text.find(what), std::string::npos) << text;
  text.replace(text.find(what), what.size(), GetParam().with);
  EXPECT_THAT(refused(text), StartsWith(GetParam().problem));
}

INSTANTIATE_TEST_SUITE_P(
    Values, HistoryExchangeRefuses,
    testing::Values(Change{"\"serde\"", "7", "/units/0/name: a number where a string is expected"},
                    Change{"\"kind\"", "\"kin\"", "/units/0/kind: missing"},
                    Change{"\"at\": 1000", "\"at\": -1", "/units/0/runs/0/at: -1 is less than 0"},
                    Change{"\"at\": 1000", "\"at\": 9223372036854775807", "/units/0/runs/0/at: "},
                    Change{"\"object_bytes\": 3145728", "\"object_bytes\": 1.5", "/units/0/runs/0/object_bytes: "},
                    Change{"\"peak_bytes\": 314572800", "\"peak_bytes\": -1", "/units/0/runs/0/peak_bytes: -1 is less"},
                    Change{"\"peak_bytes\": 314572800", "\"peak_bytes\": 18446744073709551615",
                           "/units/0/runs/0/peak_bytes: "},
                    Change{"\"cpu_seconds\": 1.5", "\"cpu_seconds\": 1e300", "/units/0/runs/0/cpu_seconds: "},
                    Change{"\"cpu_seconds\": 1.5", "\"cpu_seconds\": 1e999", "number overflow"},
                    Change{"\"wall_seconds\": 2.5", "\"wall_seconds\": null", "/units/0/runs/0/wall_seconds: null"},
                    Change{"\"completed\": true", "\"completed\": 1", "/units/0/runs/0/completed: "},
                    Change{"\"completed\": true", "\"completed\": true, \"shape\": null",
                           "/units/0/runs/0/shape: null where a list is expected"},
                    Change{"\"completed\": true", "\"completed\": true, \"shape\": [1, 2, 3]",
                           "/units/0/runs/0/shape: a list of 3 where one of 16 is expected"},
                    Change{"\"completed\": true", "\"completed\": true, \"shape\": [0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]",
                           "/units/0/runs/0/shape: a list of 17 where one of 16 is expected"},
                    Change{"\"completed\": true", "\"completed\": true, \"shape\": [0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,256]",
                           "/units/0/runs/0/shape/15: 256 is more than 255"},
                    Change{"\"completed\": true", "\"completed\": true, \"shape\": [0,-1,0,0,0,0,0,0,0,0,0,0,0,0,0,0]",
                           "/units/0/runs/0/shape/1: -1 is less than 0"},
                    Change{"\"completed\": true", "\"completed\": true, \"shape\": [0,0,0.5,0,0,0,0,0,0,0,0,0,0,0,0,0]",
                           "/units/0/runs/0/shape/2: a number where a whole number is expected"}));

TEST_F(HistoryExchange, TextsLongerThanAPathAreRefused) {
  const std::string text = to_json({{crate(std::string(13'000, 'x')), 1_MiB, {}}});
  EXPECT_EQ(refused(text), "/units/0/name: a text of 13000 bytes; 12288 is the most");
}

}  // namespace
}  // namespace memguard::history

#include "history/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <SQLiteCpp/SQLiteCpp.h>

#include "history/quantile.h"
#include "history_folder.h"

namespace memguard::history {
namespace {

using namespace units;
using testing::HasSubstr;

using HistoryDatabase = HistoryFolder;

void add(Database& database, const std::vector<UnitMeasurement>& all) {
  const auto added = database.add(all);
  ASSERT_TRUE(added) << added.error().text();
}

TEST_F(HistoryDatabase, GivesBackWhatWasMeasured) {
  const auto serde = measured(crate("serde"), 300_MiB);
  {
    auto written = database();
    add(written, {serde});
  }
  auto database = Database::open_to_read(path());
  ASSERT_TRUE(database) << database.error().text();
  const auto listed = database->list({});
  ASSERT_TRUE(listed);
  ASSERT_EQ(listed->size(), 1U);
  EXPECT_EQ(listed->front().unit, serde.unit);
  EXPECT_EQ(listed->front().expected, 300_MiB);
  ASSERT_EQ(listed->front().runs.size(), 1U);
  EXPECT_EQ(listed->front().runs.front(), serde.measured);
}

TEST_F(HistoryDatabase, TellsABuildWhatToExpect) {
  auto database = this->database();
  add(database, {measured(crate("serde"), 300_MiB, 1), measured(crate("serde"), 400_MiB, 2)});
  const auto remembered = database.remember();
  ASSERT_TRUE(remembered);
  EXPECT_EQ(remembered->expect(crate("serde"), "rustc", {})->peak, 400_MiB);
}

TEST_F(HistoryDatabase, LearnsItsModels) {
  auto database = this->database();
  std::vector<UnitMeasurement> all;
  all.reserve(50);
  for (int i = 0; i < 50; ++i) all.push_back(measured(crate("crate" + std::to_string(i)), 900_MiB));
  const job::Inputs inputs = all.front().measured.inputs;
  const Bytes before = Remembered().expect(crate("new"), "rustc", inputs)->peak;
  add(database, all);
  const Bytes after = database.remember()->expect(crate("new"), "rustc", inputs)->peak;
  EXPECT_GT(after, 2.0 * before);
  EXPECT_LT(after, 1000_MiB);
}

TEST_F(HistoryDatabase, KeepsTheLastRunsOfAUnit) {
  auto database = this->database();
  for (int at = 1; at <= 20; ++at) add(database, {measured(crate("serde"), 100_MiB, at)});
  const auto listed = database.list({});
  ASSERT_EQ(listed->front().runs.size(), static_cast<std::size_t>(kRunsKept));
  EXPECT_EQ(listed->front().runs.front().at.time_since_epoch().count(), 20);
}

TEST_F(HistoryDatabase, ListsByClassNameAndProjectTheLargestFirst) {
  auto database = this->database();
  auto elsewhere = measured(crate("serde_json"), 500_MiB);
  elsewhere.measured.project = "/other";
  add(database, {measured(crate("serde"), 300_MiB), elsewhere, measured(crate("tokio"), 400_MiB)});
  EXPECT_EQ(database.list({})->front().unit.name, "serde_json");
  EXPECT_EQ(database.list({.job_class = {}, .name = "serde", .project = {}})->size(), 2U);
  EXPECT_EQ(database.list({.job_class = "link", .name = {}, .project = {}})->size(), 0U);
  EXPECT_EQ(database.list({.job_class = {}, .name = {}, .project = "/other"})->size(), 1U);
}

TEST_F(HistoryDatabase, FolderStandsForAllBelowIt) {
  auto database = this->database();
  auto below = measured(crate("serde"), 500_MiB);
  below.measured.project = "/home/you/big/crates/app";
  add(database, {below});
  const auto runs_in = [&](const std::string& folder) {
    return database.list({.job_class = {}, .name = {}, .project = folder})->size();
  };
  for (const char* folder : {"/", "/home/you", "/home/you/big/crates/app"}) EXPECT_EQ(runs_in(folder), 1U) << folder;
  for (const char* folder : {"/home/yo", "/home/you/big/crates/app/src", "/home/you/%"}) {
    EXPECT_EQ(runs_in(folder), 0U) << folder;
  }
  EXPECT_EQ(*database.forget({.job_class = {}, .name = {}, .project = "/home/yo"}), 0);
  EXPECT_EQ(*database.forget({.job_class = {}, .name = {}, .project = "/home/you"}), 1);
}

TEST_F(HistoryDatabase, ForgetsWhatItIsToldTo) {
  auto database = this->database();
  add(database,
      {measured(crate("serde"), 300_MiB, 1), measured(crate("serde"), 310_MiB, 2), measured(crate("tokio"), 1_MiB)});
  const auto forgotten = database.forget({.job_class = {}, .name = "serde", .project = {}});
  ASSERT_TRUE(forgotten) << forgotten.error().text();
  EXPECT_EQ(*forgotten, 2);
  EXPECT_EQ(database.list({})->size(), 1U);
  EXPECT_FALSE(database.remember()->expect_known(crate("serde")));
  EXPECT_TRUE(database.remember()->expect_known(crate("tokio")));
}

TEST_F(HistoryDatabase, ForgettingOneProjectKeepsTheRunsOfAnother) {
  auto database = this->database();
  auto elsewhere = measured(crate("serde"), 500_MiB);
  elsewhere.measured.project = "/other";
  add(database, {measured(crate("serde"), 300_MiB), elsewhere});
  EXPECT_EQ(*database.forget({.job_class = {}, .name = {}, .project = "/other"}), 1);
  EXPECT_EQ(database.remember()->expect_known(crate("serde"))->peak, 300_MiB);
}

TEST_F(HistoryDatabase, NamesMayHaveAnyCharacter) {
  auto database = this->database();
  add(database, {measured(crate("100%_'; DROP TABLE unit; --"), 1_MiB), measured(crate("other"), 1_MiB)});
  EXPECT_EQ(database.list({.job_class = {}, .name = "%_'", .project = {}})->size(), 1U);
}

TEST_F(HistoryDatabase, ReadingDoesNotMakeOne) {
  const auto opened = Database::open_to_read(path());
  ASSERT_FALSE(opened);
  EXPECT_TRUE(opened.error().gone());
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(HistoryDatabase, ANewerFormIsLeftAlone) {
  (void)database();
  SQLite::Database(path(), SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 1000");
  const auto opened = Database::open(path());
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().text(), HasSubstr("newer memguard"));
  EXPECT_EQ(SQLite::Database(path()).execAndGet("PRAGMA user_version").getInt(), 1000);
  EXPECT_FALSE(Database::open_to_read(path()));
}

TEST(StateFolder, FollowsTheBaseDirectorySpecification) {
  EXPECT_EQ(state_folder({{"XDG_STATE_HOME", "/s"}, {"HOME", "/h"}}), "/s/memguard");
  EXPECT_EQ(state_folder({{"XDG_STATE_HOME", "relative"}, {"HOME", "/h"}}), "/h/.local/state/memguard");
  EXPECT_EQ(state_folder({{"HOME", ""}}), std::nullopt);
}

}  // namespace
}  // namespace memguard::history

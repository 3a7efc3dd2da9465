// The shape of a job in the history file, and files of before there was one.
#include <gtest/gtest.h>

#include <SQLiteCpp/SQLiteCpp.h>

#include "history/database.h"
#include "history_folder.h"

namespace memguard::history {
namespace {

using namespace units;

// The whole of form 1, in which one run of serde took 300 MiB.
constexpr const char* kFirstForm = R"sql(
  PRAGMA journal_mode = WAL;
  CREATE TABLE unit (
    id INTEGER PRIMARY KEY,
    class TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL, kind TEXT NOT NULL, profile TEXT NOT NULL,
    target TEXT NOT NULL, compiler TEXT NOT NULL,
    last_seen INTEGER NOT NULL DEFAULT 0,
    expected INTEGER NOT NULL DEFAULT 0,
    objects INTEGER NOT NULL DEFAULT 0,
    UNIQUE (class, name, version, kind, profile, target, compiler)
  ) STRICT;
  CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    unit INTEGER NOT NULL REFERENCES unit(id) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    project TEXT NOT NULL, program TEXT NOT NULL, model TEXT NOT NULL,
    objects INTEGER NOT NULL, sources INTEGER NOT NULL,
    peak INTEGER NOT NULL, cpu_ns INTEGER NOT NULL, wall_ns INTEGER NOT NULL,
    completed INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX run_of_unit ON run(unit, at);
  CREATE INDEX run_of_model ON run(model, at);
  CREATE INDEX unit_by_age ON unit(last_seen);
  CREATE TABLE model (
    name TEXT PRIMARY KEY,
    constant INTEGER NOT NULL, per_object REAL NOT NULL, per_source REAL NOT NULL
  ) STRICT;
  INSERT INTO unit VALUES
    (1, 'rustc', 'serde', '1.2.0', 'lib', 'opt-level=3', '', '1.95.0', 1000, 314572800, 3145728);
  INSERT INTO run VALUES
    (1, 1, 1000, '/home/you/project', 'rustc', 'rustc codegen', 3145728, 40000, 314572800, 1500000000, 2500000000, 1);
  INSERT INTO model VALUES ('rustc codegen', 104857600, 2.0, 0.0);
  PRAGMA user_version = 1;
)sql";

class HistoryShape : public HistoryFolder {
 protected:
  void make_first_form() const {
    std::filesystem::create_directories(folder_ / "state");
    SQLite::Database(path(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec(kFirstForm);
  }
  [[nodiscard]] int form() const { return SQLite::Database(path()).execAndGet("PRAGMA user_version").getInt(); }
};

void add(Database& database, const std::vector<UnitMeasurement>& all) {
  const auto added = database.add(all);
  ASSERT_TRUE(added) << added.error().text();
}

std::vector<Measurement> runs_of(Database& database, const std::string& name) {
  const auto listed = database.list({.job_class = {}, .name = name, .project = {}});
  return listed && listed->size() == 1 ? listed->front().runs : std::vector<Measurement>{};
}

std::optional<Course> course_of(Database& database, const std::string& name) {
  const auto expected = database.remember()->expect_known(crate(name));
  EXPECT_TRUE(expected) << name;
  return expected ? expected->course : std::nullopt;
}

Course course_of(const UnitMeasurement& one) {
  return {one.measured.shape.value(), one.measured.cpu, one.measured.wall};
}

TEST_F(HistoryShape, IsGivenBackWhereThereIsOne) {
  const auto without = measured(crate("serde"), 300_MiB, 1);
  const auto with = shaped(crate("serde"), kRising, 2);
  auto database = this->database();
  add(database, {without, with});
  EXPECT_EQ(runs_of(database, "serde"), (std::vector{with.measured, without.measured}));
}

TEST_F(HistoryShape, ARunIsKnownAgainWithAndWithoutIt) {
  const std::vector all{shaped(crate("serde"), kRising, 1), measured(crate("serde"), 300_MiB, 2)};
  auto database = this->database();
  add(database, all);
  EXPECT_EQ(*database.merge(all), 0);
  auto passed_on = all;
  passed_on.front().measured.shape.reset();
  EXPECT_EQ(*database.merge(passed_on), 0) << "by a memguard that knows no shapes";
  EXPECT_EQ(runs_of(database, "serde").back().shape, kRising);
}

TEST_F(HistoryShape, TheNewestCompletedRunThatHasOneShowsTheCourse) {
  auto newest = shaped(crate("serde"), kFalling, 2);
  newest.measured.cpu = std::chrono::milliseconds(700);
  newest.measured.wall = std::chrono::milliseconds(300);
  auto ended = shaped(crate("serde"), kRising, 4);
  ended.measured.completed = false;
  auto database = this->database();
  add(database, {newest, shaped(crate("serde"), kRising, 1), measured(crate("serde"), 300_MiB, 3), ended});
  EXPECT_EQ(course_of(database, "serde"), course_of(newest));
}

TEST_F(HistoryShape, WithoutOneThereIsNoCourse) {
  auto ended = shaped(crate("tokio"), kRising, 1);
  ended.measured.completed = false;
  auto database = this->database();
  add(database, {measured(crate("serde"), 300_MiB), ended});
  EXPECT_EQ(course_of(database, "serde"), std::nullopt);
  EXPECT_EQ(course_of(database, "tokio"), std::nullopt);
}

TEST_F(HistoryShape, TheCourseIsForgottenWithItsRun) {
  auto elsewhere = shaped(crate("serde"), kRising, 2);
  elsewhere.measured.project = "/other";
  auto database = this->database();
  add(database, {measured(crate("serde"), 300_MiB, 1), elsewhere});
  ASSERT_EQ(course_of(database, "serde"), course_of(elsewhere));
  EXPECT_EQ(*database.forget({.job_class = {}, .name = {}, .project = "/other"}), 1);
  EXPECT_EQ(course_of(database, "serde"), std::nullopt);
  EXPECT_EQ(SQLite::Database(path()).execAndGet("SELECT cpu_ns + wall_ns FROM unit").getInt64(), 0);
}

TEST_F(HistoryShape, AFileOfBeforeKeepsAllItHas) {
  make_first_form();
  const auto before = measured(crate("serde"), 300_MiB);
  auto database = this->database();
  EXPECT_EQ(database.remark(), "");
  EXPECT_EQ(form(), 2);
  EXPECT_EQ(runs_of(database, "serde"), std::vector{before.measured});
  const auto remembered = database.remember();
  EXPECT_EQ(remembered->expect_known(crate("serde"))->peak, 300_MiB);
  EXPECT_EQ(remembered->expect(crate("new"), "rustc", {10_MiB, {}})->peak, 120_MiB) << "by its model";
  EXPECT_EQ(course_of(database, "serde"), std::nullopt);

  const auto since = shaped(crate("serde"), kRising, 2000);
  add(database, {since});
  EXPECT_EQ(runs_of(database, "serde"), (std::vector{since.measured, before.measured}));
  EXPECT_EQ(course_of(database, "serde"), course_of(since));
}

TEST_F(HistoryShape, AFileOfBeforeIsReadAndNotChanged) {
  make_first_form();
  auto database = Database::open_to_read(path());
  ASSERT_TRUE(database) << database.error().text();
  EXPECT_EQ(runs_of(*database, "serde"), std::vector{measured(crate("serde"), 300_MiB).measured});
  EXPECT_EQ(database->remember()->expect_known(crate("serde"))->peak, 300_MiB);
  EXPECT_EQ(form(), 1);
}

}  // namespace
}  // namespace memguard::history

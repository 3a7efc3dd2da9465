// The file under what happens to files: several writers, kills, a full disk, damage, no permission.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <random>

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include "history/database.h"
#include "history_folder.h"

namespace memguard::history {
namespace {

using namespace units;
using testing::HasSubstr;

using HistorySurvives = HistoryFolder;

std::string name(int writer, int i) { return "crate-" + std::to_string(writer) + "-" + std::to_string(i); }

// A child that does `work` and exits with 0 when it returned true.
template <class Work>
pid_t start(Work&& work) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(work() ? 0 : 1);
  return child;
}

int status_of(pid_t child) {
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return status;
}

bool write_units(const std::string& path, int writer, int count) {
  auto database = Database::open(path);
  Status written = database ? Status() : pass(std::move(database.error()));
  for (int i = 0; written && i < count; ++i) {
    const std::vector<UnitMeasurement> one{measured(crate(name(writer, i)), 10_MiB)};
    written = database->add(one);
  }
  if (!written) fmt::print(stderr, "writer {}: {}\n", writer, written.error().text());
  return written.has_value();
}

std::string integrity(const std::string& path) {
  return SQLite::Database(path).execAndGet("PRAGMA integrity_check").getString();
}

TEST_F(HistorySurvives, EightBuildsAtOnce) {
  constexpr int kWriters = 8;
  constexpr int kUnits = 25;
  std::vector<pid_t> writers;
  writers.reserve(kWriters);
  for (int w = 0; w < kWriters; ++w) writers.push_back(start([&] { return write_units(path(), w, kUnits); }));
  for (const pid_t writer : writers) EXPECT_EQ(status_of(writer), 0);
  EXPECT_EQ(database().list({})->size(), static_cast<std::size_t>(kWriters * kUnits));
}

TEST_F(HistorySurvives, AHundredKillsAtRandom) {
  (void)database();
  std::minstd_rand random(1);
  std::uniform_int_distribution<int> microseconds(0, 3000);
  for (int i = 0; i < 100; ++i) {
    const pid_t writer = start([&] { return write_units(path(), i, 1'000'000); });
    ::usleep(static_cast<useconds_t>(microseconds(random)));
    ::kill(writer, SIGKILL);
    EXPECT_TRUE(WIFSIGNALED(status_of(writer)));
  }
  auto survivor = database();
  EXPECT_EQ(survivor.remark(), "");
  EXPECT_EQ(integrity(path()), "ok");
  const std::vector<UnitMeasurement> one{measured(crate("after"), 10_MiB)};
  EXPECT_TRUE(survivor.add(one));
  EXPECT_TRUE(survivor.remember()->expect_known(crate("after")));
}

// RLIMIT_FSIZE makes write(2) fail as a full disk does, with the file half written.
TEST_F(HistorySurvives, AFullDisk) {
  ASSERT_TRUE(write_units(path(), 0, 3));
  const pid_t writer = start([&] {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit full{64 << 10U, 64 << 10U};
    ::setrlimit(RLIMIT_FSIZE, &full);
    return write_units(path(), 1, 1000);
  });
  const int status = status_of(writer);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 1);
  EXPECT_EQ(database().remark(), "");
  EXPECT_EQ(integrity(path()), "ok");
  EXPECT_TRUE(database().remember()->expect_known(crate(name(0, 2))));
}

TEST_F(HistorySurvives, RandomBytes) {
  std::filesystem::create_directories(folder_ / "state");
  std::minstd_rand random(7);
  std::ofstream file(path(), std::ios::binary);
  for (int i = 0; i < 50'000; ++i) file.put(static_cast<char>(random()));
  file.close();
  auto begun = database();
  EXPECT_THAT(begun.remark(), HasSubstr("damaged"));
  EXPECT_TRUE(std::filesystem::exists(path() + ".damaged"));
  const std::vector<UnitMeasurement> one{measured(crate("after"), 10_MiB)};
  EXPECT_TRUE(begun.add(one));
}

TEST_F(HistorySurvives, PagesOverwritten) {
  ASSERT_TRUE(write_units(path(), 0, 200));
  {
    std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    for (int i = 0; i < 3 * 4096; ++i) file.put('\x5a');
  }
  // Damage inside may be found only when it is read: then the caller sets the file aside by opening it again.
  auto opened = Database::open(path());
  ASSERT_TRUE(opened) << opened.error().text();
  const std::vector<UnitMeasurement> one{measured(crate("after"), 10_MiB)};
  const bool noticed = !opened->remark().empty() || !opened->remember() || !opened->add(one);
  EXPECT_TRUE(noticed);
}

TEST_F(HistorySurvives, NoPermission) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  ASSERT_TRUE(write_units(path(), 0, 3));
  ASSERT_EQ(::chmod((folder_ / "state").c_str(), 0500), 0);
  ASSERT_EQ(::chmod(path().c_str(), 0400), 0);
  EXPECT_FALSE(Database::open(path()));
  ASSERT_EQ(::chmod((folder_ / "state").c_str(), 0700), 0);
}

TEST_F(HistorySurvives, AFolderInItsPlace) {
  std::filesystem::create_directories(path());
  const auto opened = Database::open(path());
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().text(), HasSubstr(path()));
}

}  // namespace
}  // namespace memguard::history

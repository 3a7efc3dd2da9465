#include "supervisor/tell/unit_news.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "base/unique_fd.h"
#include "stopped_links.h"
#include "temporary_folder.h"

namespace memguard::supervisor {
namespace {

using namespace std::chrono_literals;
using namespace units;

std::string received(int fd) {
  std::array<char, 8192> text{};
  const auto got = ::recv(fd, text.data(), text.size(), MSG_DONTWAIT);
  return got < 0 ? "" : std::string(text.data(), static_cast<std::size_t>(got));
}

class UnitNewsOf : public StoppedLinks {
 protected:
  void SetUp() override { ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends_.data()), 0); }
  void TearDown() override {
    for (const int end : ends_) ::close(end);
  }
  std::string status(Duration now) { return unit_status(jobs_, config_, 570_MiB, 700_MiB, at(now)); }

  std::array<int, 2> ends_{};
};

TEST_F(UnitNewsOf, JobsThatWaitAreTheWaitingLineAtOnce) {
  add(JobPhase::running, 0s);
  add(JobPhase::held, 1s);
  EXPECT_EQ(status(3s), "1 job waits for memory (570 of 700 MiB used); link app-b is next, after 2.0 s");
}

TEST_F(UnitNewsOf, JobsThatRunAreCounted) {
  EXPECT_EQ(status(1s), "no job runs (570 of 700 MiB used)");
  add(JobPhase::running, 0s);
  EXPECT_EQ(status(1s), "1 job runs (570 of 700 MiB used)");
  add(JobPhase::running, 0s);
  EXPECT_EQ(status(1s), "2 jobs run (570 of 700 MiB used)");
}

TEST_F(UnitNewsOf, AChangeIsToldTwoSecondsAfterTheLastAndNoSooner) {
  UnitNews news(ends_[0], config_);
  news.look(jobs_, 570_MiB, 700_MiB, at(1s));
  EXPECT_EQ(received(ends_[1]), "no job runs (570 of 700 MiB used)");
  add(JobPhase::running, 0s);
  news.look(jobs_, 570_MiB, 700_MiB, at(2s));
  EXPECT_EQ(received(ends_[1]), "");
  news.look(jobs_, 570_MiB, 700_MiB, at(3s));
  EXPECT_EQ(received(ends_[1]), "1 job runs (570 of 700 MiB used)");
  news.look(jobs_, 570_MiB, 700_MiB, at(6s));
  EXPECT_EQ(received(ends_[1]), "");
}

TEST_F(UnitNewsOf, AFrontThatReadsNothingHoldsNobodyUp) {
  UnitNews news(ends_[0], config_);
  for (int i = 0; i < 5000; ++i) news.look(jobs_, Bytes{i << 20}, 700_MiB, at(i * 2s));
  EXPECT_EQ(received(ends_[1]), "no job runs (0 B of 700 MiB used)");
}

// stderr is a file that JOURNAL_STREAM names, and a socket stands for journald's.
class AJournal : public testing::Test {
 protected:
  void SetUp() override {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::memcpy(&name.sun_path[0], socket_.data(), socket_.size());
    const auto* address = reinterpret_cast<const sockaddr*>(&name);  // NOLINT: sockets
    ASSERT_EQ(::bind(journald_.get(), address, sizeof name), 0);
    struct stat info {};
    ASSERT_EQ(::fstat(STDERR_FILENO, &info), 0);
    ::setenv("JOURNAL_STREAM", fmt::format("{}:{}", info.st_dev, info.st_ino).c_str(), 1);
  }
  void TearDown() override { ::unsetenv("JOURNAL_STREAM"); }

  TemporaryFolder folder_;
  std::string socket_ = folder_.path() + "/journal";
  UniqueFd journald_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
};

TEST_F(AJournal, HasEntriesWithTheirMessageIds) {
  const Journal journal = Journal::of_stderr(socket_);
  EXPECT_TRUE(journal.write(JournalEvent::lost, "link app was killed"));
  EXPECT_EQ(received(journald_.get()),
            "MESSAGE=link app was killed\nMESSAGE_ID=44002d18e5e34a88af803ec4232ca8a3\nPRIORITY=3\n"
            "SYSLOG_IDENTIFIER=memguard\n");
  journal.settle();
}

TEST_F(AJournal, GetsNoFieldFromANameOutside) {
  EXPECT_TRUE(Journal::of_stderr(socket_).write(JournalEvent::waits, "link a\nPRIORITY=0\x1b"));
  EXPECT_EQ(received(journald_.get()).find("\nPRIORITY=0"), std::string::npos);
}

TEST_F(AJournal, IsNoneWhereStderrGoesElsewhere) {
  ::setenv("JOURNAL_STREAM", "1:1", 1);
  EXPECT_FALSE(Journal::of_stderr(socket_).write(JournalEvent::waits, "a line"));
  ::unsetenv("JOURNAL_STREAM");
  EXPECT_FALSE(Journal::of_stderr(socket_).write(JournalEvent::waits, "a line"));
}

TEST_F(AJournal, ThatIsGoneOrReadsNothingLosesTheEntryAndHoldsNobodyUp) {
  const Journal journal = Journal::of_stderr(socket_);
  bool full = false;
  for (int i = 0; i < 10'000 && !full; ++i) full = !journal.write(JournalEvent::waits, "a line");
  EXPECT_TRUE(full);
  journald_.reset();
  EXPECT_FALSE(journal.write(JournalEvent::waits, "a line"));
  EXPECT_FALSE(Journal::of_stderr(socket_).write(JournalEvent::waits, "a line"));
}

// `journalctl -x` finds the text by the id.
TEST(TheCatalog, HasATextForEachMessageIdAndForNoOther) {
  std::ifstream file(MEMGUARD_SOURCES "/packaging/systemd/memguard.catalog");
  const std::string catalog{std::istreambuf_iterator<char>(file), {}};
  std::size_t entries = 0;
  for (std::size_t from = 0; (from = catalog.find("-- ", from)) != std::string::npos; ++from) ++entries;
  EXPECT_EQ(entries, 5U);
  for (const auto event : {JournalEvent::waits, JournalEvent::started_again, JournalEvent::lost,
                           JournalEvent::over_limit, JournalEvent::thrashes})
    EXPECT_NE(catalog.find(fmt::format("-- {}\nSubject: ", message_id(event))), std::string::npos);
}

}  // namespace
}  // namespace memguard::supervisor

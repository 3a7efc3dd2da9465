// Entries of systemd's journal as texts; what is sent is tested in unit_news_test.cc.
#include "supervisor/tell/journal.h"

#include <algorithm>
#include <array>
#include <set>

#include <gtest/gtest.h>

namespace memguard::supervisor {
namespace {

constexpr std::array kAll{JournalEvent::waits, JournalEvent::started_again, JournalEvent::lost,
                          JournalEvent::over_limit, JournalEvent::thrashes};

TEST(AJournalEntry, OfEachEventHasAnIdOfItsOwn) {
  std::set<std::string_view> ids;
  for (const auto event : kAll) {
    const std::string_view id = message_id(event);
    EXPECT_EQ(id.size(), 32U);
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string_view::npos);
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), kAll.size());
}

TEST(AJournalEntry, OfALostJobIsAnErrorAndOneOfARestartIsInformation) {
  EXPECT_NE(journal_entry(JournalEvent::lost, "x").find("\nPRIORITY=3\n"), std::string::npos);
  EXPECT_NE(journal_entry(JournalEvent::started_again, "x").find("\nPRIORITY=6\n"), std::string::npos);
}

TEST(AJournalEntry, HasAFieldALineWhateverTheMessageSays) {
  const std::string entry = journal_entry(JournalEvent::waits, "a\nMESSAGE_ID=0\r\x1b[2J");
  EXPECT_TRUE(entry.starts_with("MESSAGE=a\\x0aMESSAGE_ID=0\\x0d\\x1b[2J\nMESSAGE_ID="));
  EXPECT_EQ(std::ranges::count(entry, '\n'), 4);
}

TEST(AJournalEntry, IsNeverLongerThanTheJournalTakes) {
  EXPECT_LT(journal_entry(JournalEvent::waits, std::string(1'000'000, 'x')).size(), 8192U);
}

TEST(AJournalEntry, IsWrittenNowhereWithoutAJournal) {
  const Journal none;
  EXPECT_FALSE(none.write(JournalEvent::waits, "a line"));
  none.settle();
}

}  // namespace
}  // namespace memguard::supervisor

#include "base/io.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/whole_file.h"
#include "temporary_folder.h"

namespace memguard {
namespace {

class Files : public testing::Test {
 protected:
  void SetUp() override { dir_ = *open_at(AT_FDCWD, path_, O_RDONLY | O_DIRECTORY); }
  void make(const std::string& name, const std::string& text) { std::ofstream(path_ + "/" + name) << text; }
  TemporaryFolder folder_;
  std::string path_ = folder_.path();
  UniqueFd dir_;
};

TEST_F(Files, AreReadWhole) {
  make("small", "text\n");
  make("empty", "");
  // Longer than one read, and no multiple of it.
  const std::string long_text(100'001, 'x');
  make("long", long_text);
  EXPECT_EQ(*read_at(dir_.get(), "small"), "text\n");
  EXPECT_EQ(*read_at(dir_.get(), "empty"), "");
  EXPECT_EQ(*read_at(dir_.get(), "long"), long_text);
}

// A writer that waits for its reader would be let go, and lose what it writes.
TEST_F(Files, AFifoIsNotTouchedWhereARegularFileIsWanted) {
  ASSERT_EQ(::mkfifo((path_ + "/fifo").c_str(), 0600), 0);
  make("file", "text");
  const UniqueFd watch(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  ASSERT_GE(::inotify_add_watch(watch.get(), path_.c_str(), IN_OPEN), 0);
  const auto fifo = open_regular_at(dir_.get(), "fifo");
  ASSERT_FALSE(fifo);
  EXPECT_EQ(fifo.error().text(), "read fifo. It is not a regular file.");
  std::array<char, 4096> events{};
  EXPECT_LT(::read(watch.get(), events.data(), events.size()), 0) << "it was opened";
  const auto file = open_regular_at(dir_.get(), "file");
  ASSERT_TRUE(file);
  EXPECT_EQ(*reread(file->get()), "text");
  EXPECT_GT(::read(watch.get(), events.data(), events.size()), 0) << "the watch sees nothing";
  EXPECT_EQ(open_regular_at(dir_.get(), "gone").error().code, ENOENT);
}

TEST_F(Files, OfTheUserAreReadWholeAtAnySize) {
  make("large", std::string(3'000'001, 'x'));
  make("empty", "");
  EXPECT_EQ(read_whole(path_ + "/large")->size(), 3'000'001U);
  EXPECT_EQ(*read_whole(path_ + "/empty"), "");
  EXPECT_EQ(read_whole(path_ + "/none").error().code, ENOENT);
  EXPECT_EQ(read_whole(path_).error().code, EISDIR);
  EXPECT_EQ(read_whole("/dev/zero").error().code, EFBIG);
}

TEST_F(Files, LargerThanAMebibyteAreRefused) {
  make("huge", std::string((1U << 20U) + 1, 'x'));
  EXPECT_EQ(read_at(dir_.get(), "huge").error().code, EFBIG);
  make("just", std::string(1U << 20U, 'x'));
  EXPECT_TRUE(read_at(dir_.get(), "just"));
}

TEST_F(Files, AbsentOnesAreGone) {
  const auto text = read_at(dir_.get(), "absent");
  ASSERT_FALSE(text);
  EXPECT_TRUE(text.error().gone());
  EXPECT_EQ(text.error().what, "open absent");
}

TEST_F(Files, DirectoryIsNoText) { EXPECT_EQ(read_at(AT_FDCWD, path_).error().code, EISDIR); }

TEST_F(Files, HeldOpenAreReadFromTheStart) {
  make("file", "one");
  const auto fd = open_at(dir_.get(), "file", O_RDONLY);
  EXPECT_EQ(*reread(fd->get()), "one");
  make("file", "two");
  EXPECT_EQ(*reread(fd->get()), "two");
}

TEST_F(Files, AreClosedOnExec) {
  make("file", "");
  const auto fd = open_at(dir_.get(), "file", O_RDONLY);
  EXPECT_EQ(::fcntl(fd->get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

TEST_F(Files, AreWrittenButNotMade) {
  make("file", "");
  ASSERT_TRUE(write_at(dir_.get(), "file", "text"));
  EXPECT_EQ(*read_at(dir_.get(), "file"), "text");
  EXPECT_EQ(write_at(dir_.get(), "absent", "text").error().code, ENOENT);
}

TEST_F(Files, WriteThatTheKernelRefusesSaysWhy) {
  EXPECT_EQ(write_at(AT_FDCWD, "/dev/full", "text").error().code, ENOSPC);
}

TEST(Numbers, AreTheWholeText) {
  EXPECT_EQ(to_number<int>("42"), 42);
  EXPECT_EQ(to_number<int>("-42"), -42);
  EXPECT_EQ(to_number<unsigned>("0"), 0U);
  for (const auto* text : {"", " 42", "42 ", "42\n", "+42", "0x10", "4.2", "forty"}) {
    EXPECT_EQ(to_number<int>(text), std::nullopt) << text;
  }
}

TEST(Numbers, MustFit) {
  EXPECT_EQ(to_number<int>("2147483647"), 2147483647);
  EXPECT_EQ(to_number<int>("2147483648"), std::nullopt);
  EXPECT_EQ(to_number<unsigned>("-1"), std::nullopt);
  EXPECT_EQ(to_number<std::uint64_t>("18446744073709551616"), std::nullopt);
}

}  // namespace
}  // namespace memguard

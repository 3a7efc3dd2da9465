#include "record/recorder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include <gtest/gtest.h>

#include "base/io.h"
#include "temporary_folder.h"

namespace memguard::record {
namespace {

class RecorderTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string in(const std::string& name) const { return folder_.in(name); }
  TemporaryFolder folder_;
};

TEST_F(RecorderTest, EmptiesAnOldFileAndAppends) {
  ASSERT_TRUE(append(create(in("a")).value().get(), "old and long\n"));
  const UniqueFd first = create(in("a")).value();
  EXPECT_FALSE(has_lines(first.get()));
  ASSERT_TRUE(append(first.get(), "1\n"));
  EXPECT_TRUE(has_lines(first.get()));
  ASSERT_TRUE(append(first.get(), "2\n"));
  EXPECT_EQ(read_at(AT_FDCWD, in("a")).value(), "1\n2\n");
}

TEST_F(RecorderTest, GoesOnWhenTheFileVanished) {
  const UniqueFd fd = create(in("a")).value();
  ASSERT_EQ(::unlink(in("a").c_str()), 0);
  EXPECT_TRUE(append(fd.get(), "1\n"));
}

TEST_F(RecorderTest, SaysThatTheDiskIsFull) {
  const auto fd = create("/dev/full");
  ASSERT_TRUE(fd);
  const auto written = append(fd->get(), "1\n");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ENOSPC);
}

TEST_F(RecorderTest, NeverWaitsForAReader) {
  ASSERT_EQ(::mkfifo(in("fifo").c_str(), 0600), 0);
  EXPECT_EQ(create(in("fifo")).error().code, ENXIO);
  const UniqueFd reader(::open(in("fifo").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  const UniqueFd fd = create(in("fifo")).value();
  const auto written = append(fd.get(), std::string(1 << 20, 'x'));
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, EAGAIN);
}

TEST_F(RecorderTest, SaysWhichFileCannotBeMade) {
  const auto fd = create(in("no/a"));
  ASSERT_FALSE(fd);
  EXPECT_EQ(fd.error().text(),
            "open " + in("no/a") + ": No such file or directory. The folder must exist and be writable.");
  EXPECT_EQ(create(folder_.path()).error().hint, "Name a file.");
}

}  // namespace
}  // namespace memguard::record

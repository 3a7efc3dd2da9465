// What the supervisor writes is a recording, whatever happens to the file.
#include "supervisor/recording.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>

#include <gmock/gmock.h>

#include "base/io.h"
#include "policy/governor.h"
#include "record/recorder.h"
#include "record/replay.h"
#include "temporary_folder.h"

namespace memguard::supervisor {
namespace {

using ::testing::IsEmpty;
using ::testing::StartsWith;

class RecordingTest : public ::testing::Test {
 protected:
  void SetUp() override { fd_ = record::create(path()).value(); }
  [[nodiscard]] std::string path() const { return folder_.in("record"); }

  /// One supervisor's life: what it learns, then `steps` steps.
  static void live(int fd, int steps, std::optional<Bytes> learned = {}) {
    const policy::Settings settings;
    policy::Governor governor(settings);
    const auto recording = Recording::begin(fd, settings).value();
    if (learned) {
      governor.learn(policy::ClassId{0}, std::nullopt, *learned);
      recording->learned({policy::ClassId{0}, std::nullopt, *learned});
    }
    for (int i = 0; i < steps; ++i) {
      policy::Observation seen;
      seen.at = Instant{} + i * std::chrono::milliseconds{100};
      seen.limit = Bytes{1 << 30};
      seen.jobs.push_back({.id = policy::JobId{1}, .family = {}, .job_class = {}});
      policy::Decision decision = governor.step(seen);
      recording->stepped(std::move(seen), std::move(decision));
    }
  }
  [[nodiscard]] record::Replayed replayed() const {
    std::istringstream file(read_at(AT_FDCWD, path()).value());
    const auto done = record::replay(file);
    EXPECT_TRUE(done) << done.error().text();
    return done.value_or(record::Replayed{});
  }

  TemporaryFolder folder_;
  UniqueFd fd_;
};

TEST_F(RecordingTest, IsReplayedAsItWasDecided) {
  live(fd_.get(), 7);
  const auto done = replayed();
  EXPECT_EQ(done.steps, 7U);
  EXPECT_EQ(done.governors, 1U);
  EXPECT_EQ(done.different, 0U);
}

TEST_F(RecordingTest, GoesOnWhereADeadSupervisorStopped) {
  live(fd_.get(), 3);
  ASSERT_TRUE(record::append(fd_.get(), "{\"see\":{\"at\":12"));
  live(fd_.get(), 4, Bytes{900 << 20});
  const auto done = replayed();
  EXPECT_EQ(done.steps, 7U);
  EXPECT_EQ(done.governors, 2U);
  EXPECT_EQ(done.different, 0U);
}

TEST_F(RecordingTest, AFullDiskIsToldOfOnce) {
  const UniqueFd full = record::create("/dev/full").value();
  ::testing::internal::CaptureStderr();
  live(full.get(), 5);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(),
            "memguard: the recording ends: write the recording: No space left on device\n");
}

TEST_F(RecordingTest, AReaderThatIsTooSlowIsNotWaitedFor) {
  const std::string fifo = folder_.in("fifo");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const UniqueFd reader(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  ::testing::internal::CaptureStderr();
  live(record::create(fifo).value().get(), 2000);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), StartsWith("memguard: the recording ends: "));
  ::unlink(fifo.c_str());
}

TEST_F(RecordingTest, AFileThatVanishedIsWrittenOn) {
  ASSERT_EQ(::unlink(path().c_str()), 0);
  ::testing::internal::CaptureStderr();
  live(fd_.get(), 3);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), IsEmpty());
  struct stat status {};
  ASSERT_EQ(::fstat(fd_.get(), &status), 0);
  EXPECT_GT(status.st_size, 0);
}

}  // namespace
}  // namespace memguard::supervisor

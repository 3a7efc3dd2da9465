// Where the report goes: files, links, pipes, and what stands in the way.
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/unique_fd.h"
#include "base/whole_file.h"
#include "report/run_report.h"
#include "temporary_folder.h"

namespace memguard::report {
namespace {

using testing::HasSubstr;

std::string content(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void put(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

std::string read_to_end(int fd) {
  std::string text;
  std::array<char, 4096> chunk{};
  for (ssize_t got = 0; (got = ::read(fd, chunk.data(), chunk.size())) > 0;)
    text.append(chunk.data(), static_cast<std::size_t>(got));
  return text;
}

class WriteJsonTest : public testing::Test {
 protected:
  void SetUp() override { run_.tier = "full"; }
  [[nodiscard]] std::string in(const std::string& name) const { return folder_.in(name); }
  [[nodiscard]] std::size_t files_in_folder() const {
    const std::filesystem::directory_iterator files(folder_.path());
    return static_cast<std::size_t>(std::distance(begin(files), end(files)));
  }

  TemporaryFolder folder_;
  RunReport run_;
};

TEST_F(WriteJsonTest, a_new_file_holds_the_whole_report_and_nothing_is_left_beside_it) {
  const auto status = write_json(run_, in("run.json"));
  ASSERT_TRUE(status) << status.error().text();
  EXPECT_EQ(content(in("run.json")), to_json(run_));
  EXPECT_EQ(files_in_folder(), 1U);
}

TEST_F(WriteJsonTest, an_old_file_is_replaced_and_keeps_its_mode) {
  put(in("run.json"), std::string(100'000, 'x'));
  ASSERT_EQ(::chmod(in("run.json").c_str(), 0640), 0);
  ASSERT_TRUE(write_json(run_, in("run.json")));
  EXPECT_EQ(content(in("run.json")), to_json(run_));
  struct stat info {};
  ASSERT_EQ(::stat(in("run.json").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0640U);
}

TEST_F(WriteJsonTest, a_relative_path_is_relative_to_the_working_directory) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder_.path());
  EXPECT_TRUE(write_json(run_, "run.json"));
  std::filesystem::current_path(before);
  EXPECT_EQ(content(in("run.json")), to_json(run_));
}

TEST_F(WriteJsonTest, the_longest_name_is_possible) {
  EXPECT_TRUE(write_json(run_, in(std::string(255, 'x'))));
  EXPECT_EQ(content(in(std::string(255, 'x'))), to_json(run_));
}

TEST_F(WriteJsonTest, a_link_stays_and_its_target_is_replaced) {
  std::filesystem::create_directory(in("real"));
  put(in("real/run.json"), "old");
  std::filesystem::create_symlink("real/run.json", in("second"));
  std::filesystem::create_symlink(in("second"), in("first"));
  ASSERT_TRUE(write_json(run_, in("first")));
  EXPECT_TRUE(std::filesystem::is_symlink(in("first")));
  EXPECT_TRUE(std::filesystem::is_symlink(in("second")));
  EXPECT_EQ(content(in("real/run.json")), to_json(run_));
}

TEST_F(WriteJsonTest, a_link_to_nothing_makes_its_target) {
  std::filesystem::create_symlink("run.json", in("link"));
  ASSERT_TRUE(write_json(run_, in("link")));
  EXPECT_TRUE(std::filesystem::is_symlink(in("link")));
  EXPECT_EQ(content(in("run.json")), to_json(run_));
}

// What can be told before a build: the same as write_json would say after it, and nothing is changed.
TEST_F(WriteJsonTest, what_cannot_be_written_is_known_before) {
  EXPECT_EQ(check_writable(in("missing/run.json")).error().text(),
            "write " + in("missing/run.json") + ": No such file or directory. The folder must exist and be writable.");
  EXPECT_EQ(check_writable(folder_.path()).error().text(),
            "write " + folder_.path() + ": Is a directory. Name a file.");
  put(in("file"), "");
  EXPECT_EQ(check_writable(in("file/run.json")).error().code, ENOTDIR);
  EXPECT_EQ(check_writable("/dev/fd/987").error().code, EBADF);
  EXPECT_EQ(check_writable("/proc/run.json").has_value(), write_json(run_, "/proc/run.json").has_value());
}

TEST_F(WriteJsonTest, what_can_be_written_is_left_as_it_is_before) {
  put(in("old"), "old");
  std::filesystem::create_symlink(in("nothing"), in("link"));
  ASSERT_EQ(::mkfifo(in("fifo").c_str(), 0600), 0);
  for (const auto& path :
       {in("new"), in("old"), in("link"), in("fifo"), std::string("/dev/null"), std::string("/dev/stderr")})
    EXPECT_TRUE(check_writable(path)) << path;
  EXPECT_EQ(content(in("old")), "old");
  EXPECT_EQ(files_in_folder(), 3U);
}

TEST_F(WriteJsonTest, a_folder_that_the_build_may_make_is_no_reason_to_refuse) {
  const auto before = std::filesystem::current_path();
  std::filesystem::create_directory(in("project"));
  std::filesystem::current_path(in("project"));
  const bool below = check_writable("target/deep/run.json").has_value();
  const bool beside = check_writable("../target/run.json").has_value();
  std::filesystem::current_path(before);
  EXPECT_TRUE(below);
  EXPECT_FALSE(beside);
}

TEST_F(WriteJsonTest, links_in_a_circle_are_an_error) {
  std::filesystem::create_symlink(in("b"), in("a"));
  std::filesystem::create_symlink(in("a"), in("b"));
  const auto status = write_json(run_, in("a"));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ELOOP);
  EXPECT_EQ(files_in_folder(), 2U);
}

TEST_F(WriteJsonTest, a_missing_folder_is_named_with_the_remedy) {
  const auto status = write_json(run_, in("missing/run.json"));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().text(),
            "write " + in("missing/run.json") + ": No such file or directory. The folder must exist and be writable.");
}

TEST_F(WriteJsonTest, a_folder_in_its_place_is_refused) {
  const auto status = write_json(run_, folder_.path());
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().text(), "write " + folder_.path() + ": Is a directory. Name a file.");
}

// Runs `child` in a process of its own; its answer is the exit status.
template <class Child>
int in_child(Child child) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(child());
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

TEST_F(WriteJsonTest, when_the_disk_is_full_the_old_file_stays) {
  put(in("run.json"), "old");
  run_.jobs.resize(100);
  // The limit on the size of files stands for the full disk; its signal must not end the process.
  const int code = in_child([&] {
    const rlimit tiny{4096, 4096};
    ::setrlimit(RLIMIT_FSIZE, &tiny);
    const auto status = write_json(run_, in("run.json"));
    const bool named = !status && status.error().what.find(in("run.json")) != std::string::npos;
    return named ? status.error().code : 0;
  });
  EXPECT_EQ(code, EFBIG);
  EXPECT_EQ(content(in("run.json")), "old");
  EXPECT_EQ(files_in_folder(), 1U);
}

TEST_F(WriteJsonTest, what_a_killed_memguard_left_beside_it_does_not_stand_in_the_way) {
  const auto left = ".memguard-new-" + std::to_string(::getpid()) + "-0";
  put(in(left), "half");
  EXPECT_TRUE(write_json(run_, in("run.json")));
  EXPECT_EQ(content(in("run.json")), to_json(run_));
  EXPECT_EQ(content(in(left)), "half");
}

TEST_F(WriteJsonTest, a_folder_that_may_not_be_written_leaves_the_old_file) {
  put(in("run.json"), "old");
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0555), 0);
  // Root may write anywhere: the child becomes somebody else.
  const int code = in_child([&] {
    if (::geteuid() == 0 && ::setresuid(12345, 12345, 12345) != 0) return 0;
    const auto status = write_json(run_, in("run.json"));
    return status ? 0 : status.error().code;
  });
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0755), 0);
  EXPECT_EQ(code, EACCES);
  EXPECT_EQ(content(in("run.json")), "old");
}

TEST_F(WriteJsonTest, a_device_is_written_into) {
  EXPECT_TRUE(write_json(run_, "/dev/null"));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
  const auto full = write_json(run_, "/dev/full");
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().text(), "write /dev/full: No space left on device");
}

TEST_F(WriteJsonTest, a_fifo_is_written_into_as_its_reader_reads) {
  run_.jobs.resize(1000);  // more than a pipe holds
  ASSERT_EQ(::mkfifo(in("fifo").c_str(), 0600), 0);
  const UniqueFd reader(::open(in("fifo").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  ASSERT_TRUE(reader.valid());
  ASSERT_EQ(::fcntl(reader.get(), F_SETFL, 0), 0);
  auto writer = std::async(std::launch::async, [&] { return write_json(run_, in("fifo")); });
  // Before it has opened, a read would be the end of the file: wait for the first byte.
  pollfd first{reader.get(), POLLIN, 0};
  ASSERT_EQ(::poll(&first, 1, -1), 1);
  EXPECT_EQ(read_to_end(reader.get()), to_json(run_));
  EXPECT_TRUE(writer.get());
  EXPECT_TRUE(std::filesystem::is_fifo(in("fifo")));
}

TEST_F(WriteJsonTest, a_fifo_that_nobody_reads_is_an_error_and_no_wait) {
  ASSERT_EQ(::mkfifo(in("fifo").c_str(), 0600), 0);
  const auto status = write_json(run_, in("fifo"));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ENXIO);
  EXPECT_THAT(status.error().text(), HasSubstr("Start its reader first."));
}

TEST_F(WriteJsonTest, a_reader_that_goes_away_is_an_error_and_not_our_end) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const UniqueFd writer(ends[1]);
  ::close(ends[0]);
  const int code = in_child([&] {
    ::signal(SIGPIPE, SIG_DFL);
    const auto status = write_json(run_, "/dev/fd/" + std::to_string(writer.get()));
    return status ? 0 : status.error().code;
  });
  EXPECT_EQ(code, EPIPE);
}

TEST_F(WriteJsonTest, a_descriptor_is_written_where_it_stands) {
  put(in("log"), "");
  const UniqueFd log(::open(in("log").c_str(), O_WRONLY | O_CLOEXEC));
  ASSERT_EQ(::write(log.get(), "before\n", 7), 7);
  ASSERT_TRUE(write_json(run_, "/dev/fd/" + std::to_string(log.get())));
  EXPECT_EQ(content(in("log")), "before\n" + to_json(run_));
}

TEST_F(WriteJsonTest, stderr_works_when_it_is_a_socket_and_through_a_link) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  const UniqueFd ours(ends[0]);
  UniqueFd its(ends[1]);
  std::filesystem::create_symlink("/dev/stderr", in("link"));
  const int code = in_child([&] {
    ::dup2(its.get(), STDERR_FILENO);
    return write_json(run_, "/dev/stderr") && write_json(run_, in("link")) ? 7 : 1;
  });
  its.reset();
  EXPECT_EQ(code, 7);
  EXPECT_EQ(read_to_end(ours.get()), to_json(run_) + to_json(run_));
}

TEST_F(WriteJsonTest, a_pipe_left_non_blocking_gets_the_whole_report) {
  run_.jobs.resize(1000);
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
  const UniqueFd reader(ends[0]);
  UniqueFd its(ends[1]);
  ASSERT_EQ(::fcntl(reader.get(), F_SETFL, 0), 0);
  auto writer = std::async(std::launch::async, [&] {
    const auto status = write_json(run_, "/dev/fd/" + std::to_string(its.get()));
    its.reset();
    return status.has_value();
  });
  EXPECT_EQ(read_to_end(reader.get()), to_json(run_));
  EXPECT_TRUE(writer.get());
}

}  // namespace
}  // namespace memguard::report

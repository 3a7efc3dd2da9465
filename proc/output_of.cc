#include "proc/output_of.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/clock.h"
#include "base/pinned.h"
#include "base/unique_fd.h"

namespace memguard::proc {
namespace {

constexpr std::size_t kMost = std::size_t{64} << 20U;

// A child that does not outlive this.
class Child : Pinned {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  ~Child() {
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {}
  }

 private:
  pid_t pid_;
};

Result<pid_t> start(const std::vector<std::string>& command, int output, const std::string& folder) {
  std::vector<char*> words;
  words.reserve(command.size() + 1);
  for (const auto& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t streams;
  ::posix_spawn_file_actions_init(&streams);
  ::posix_spawn_file_actions_addopen(&streams, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&streams, output, STDOUT_FILENO);
  ::posix_spawn_file_actions_addopen(&streams, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  if (!folder.empty()) ::posix_spawn_file_actions_addchdir_np(&streams, folder.c_str());
  pid_t pid = -1;
  const int error = ::posix_spawnp(&pid, words[0], &streams, nullptr, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&streams);
  if (error != 0) return fail("start it", error);
  return pid;
}

// False at the end of the stream.
Result<bool> read_more(int fd, std::string& text, Moment end) {
  pollfd ready{fd, POLLIN, 0};
  const int events = ::poll(&ready, 1, milliseconds_until(end));
  if (events == 0) return fail("it took too long");
  std::array<char, 65536> buffer{};
  const ssize_t count = events < 0 ? -1 : ::read(fd, buffer.data(), buffer.size());
  if (count < 0 && errno != EINTR) return fail_errno("read its output");
  if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
  if (text.size() > kMost) return fail("its output does not end");
  return count != 0;
}

Result<std::string> read_all(const std::vector<std::string>& command, Duration patience, const std::string& folder) {
  const auto end = MonotonicClock::now() + patience;
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return fail_errno("make a pipe");
  const UniqueFd reading(pipe[0]);
  UniqueFd writing(pipe[1]);
  const auto pid = start(command, writing.get(), folder);
  if (!pid) return tl::unexpected<Error>(pid.error());
  const Child child(*pid);
  writing.reset();
  std::string text;
  while (true) {
    const auto more = read_more(reading.get(), text, end);
    if (!more) return tl::unexpected<Error>(more.error());
    if (!*more) return text;
  }
}

}  // namespace

Result<std::string> output_of(const std::vector<std::string>& command, Duration patience, const std::string& folder) {
  auto text = read_all(command, patience, folder);
  if (!text) return pass(std::move(text.error()), fmt::format("{}", fmt::join(command, " ")));
  return text;
}

}  // namespace memguard::proc

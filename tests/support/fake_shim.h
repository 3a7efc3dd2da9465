// A shim without a compiler.
#pragma once

#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstddef>
#include <string>

#include <fcntl.h>

#include "base/pinned.h"
#include "base/unique_fd.h"
#include "proc/process.h"
#include "shim/protocol.h"

namespace memguard::shim {

/// What it starts only waits. When that has ended it asks what to do, starts it again when it is told to, and else
/// ends. Both end with the test.
class FakeShim : Pinned {
 public:
  explicit FakeShim(const std::string& run_id) {
    std::array<int, 2> ends{-1, -1};
    (void)::pipe2(ends.data(), O_CLOEXEC);
    started_ = UniqueFd(ends[0]);
    UniqueFd tells(ends[1]);
    pid_ = ::fork();
    if (pid_ == 0) run(run_id, tells.get());
  }
  ~FakeShim() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  /// Waits until it has started what it starts once more. Pid 0: it has ended, or was not told to in a minute.
  [[nodiscard]] proc::Identity next_compiler() const {
    constexpr int kMinute = 60'000;
    proc::Identity compiler{};
    pollfd start{started_.get(), POLLIN, 0};
    if (::poll(&start, 1, kMinute) != 1) return compiler;
    return ::read(started_.get(), &compiler, sizeof compiler) == sizeof compiler ? compiler : proc::Identity{};
  }

 private:
  [[noreturn]] static void run(const std::string& run_id, int tells) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    UniqueFd line = connect(run_id);
    Verdict verdict{kVersion, Decision::restart};
    while (verdict.decision == Decision::restart) {
      const pid_t compiler = start();
      const proc::Identity identity{compiler, proc::read_stat(compiler).value().start_ticks};
      (void)!::write(tells, &identity, sizeof identity);
      siginfo_t end{};
      ::waitid(P_PID, static_cast<id_t>(compiler), &end, WEXITED | WNOWAIT);
      while (!asked(line, verdict)) line = connect(run_id);
      ::waitpid(compiler, nullptr, 0);
    }
    ::_exit(0);
  }
  static pid_t start() {
    const pid_t shim = ::getpid();
    const pid_t compiler = ::fork();
    if (compiler != 0) return compiler;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // The shim may have ended before that.
    while (::getppid() == shim) ::pause();
    ::_exit(0);
  }
  static UniqueFd connect(const std::string& run_id) {
    const std::string name = kSocketPrefix + run_id;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(name, address.sun_path + 1);
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    UniqueFd line(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    (void)::connect(line.get(), reinterpret_cast<const sockaddr*>(&address), length);
    say(line, Kind::hello, Ending::none);
    return line;
  }
  static void say(const UniqueFd& line, Kind kind, Ending ending) {
    const Message message{kVersion, kind, ending};
    (void)::send(line.get(), &message, sizeof message, MSG_NOSIGNAL);
  }
  // False when the supervisor ended before it had answered.
  static bool asked(const UniqueFd& line, Verdict& verdict) {
    say(line, Kind::ended, Ending::killed);
    return ::recv(line.get(), &verdict, sizeof verdict, 0) == static_cast<ssize_t>(sizeof verdict);
  }

  pid_t pid_ = 0;
  UniqueFd started_;
};

}  // namespace memguard::shim

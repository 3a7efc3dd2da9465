// A child behind the exec gate.
#pragma once

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/pinned.h"
#include "base/unique_fd.h"
#include "gate/filter.h"
#include "gate/listener.h"

namespace memguard {

/// Its execs wait until they are answered. It ends when the test says so, and with the test: without the listener every
/// exec fails.
class GatedChild : Pinned {
 public:
  /// Whether this machine has the gate.
  [[nodiscard]] static bool possible() {
    bool installed = false;
    // A filter is that of a thread and of what it starts. It goes with the thread.
    std::thread([&] { installed = gate::install_exec_filter().has_value(); }).join();
    return installed && gate::notifications_fit();
  }

  /// `first` is what the child does; where that is no exec that succeeds, it exits with 127.
  explicit GatedChild(const std::function<void()>& first) {
    std::thread([&] {
      auto installed = gate::install_exec_filter();
      if (!installed) return;
      listener_ = std::move(installed->listener);
      pid_ = ::fork();
      if (pid_ != 0) return;
      listener_.reset();
      first();
      ::_exit(127);
    }).join();
  }
  ~GatedChild() {
    if (pid_ > 0) kill();
  }

  /// Nothing follows: it is gone.
  void kill() {
    ::kill(pid_, SIGKILL);
    (void)end();
  }
  /// Its wait status, once it has ended. An exec that was not answered fails.
  int end() {
    listener_.reset();
    int status = 0;
    ::waitpid(std::exchange(pid_, 0), &status, 0);
    return status;
  }
  /// The same. Each exec meanwhile is for `on_exec`, and whatever else wait4(2) gives for `take`, which says whether
  /// the child goes on.
  int end(const std::function<void()>& on_exec, const std::function<bool(pid_t, int)>& take) {
    for (int look = 0; look < kFarTooLong; ++look) {
      int status = 0;
      if (::waitpid(pid_, &status, WNOHANG) == pid_ && !take(pid_, status)) {
        pid_ = 0;
        return status;
      }
      if (exec_waits(1)) on_exec();
    }
    ::kill(pid_, SIGKILL);
    return end();
  }

  /// Whether an exec comes, now or soon, that nobody has received yet.
  [[nodiscard]] bool exec_comes() const { return exec_waits(kFarTooLong); }
  /// Whether such an exec waits, or comes within so many milliseconds.
  [[nodiscard]] bool exec_waits(int milliseconds = 0) const {
    pollfd pending{listener_.get(), POLLIN, 0};
    return ::poll(&pending, 1, milliseconds) == 1 && (pending.revents & POLLIN) != 0;
  }

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] int listener() const { return listener_.get(); }

 private:
  // Milliseconds. Where nothing is wrong an exec takes some.
  static constexpr int kFarTooLong = 10'000;

  UniqueFd listener_;
  pid_t pid_ = 0;
};

/// execve(2) of strings; it returns where that fails.
inline void execute(const std::string& path, std::vector<std::string> words, std::vector<std::string> variables = {}) {
  const auto pointers = [](std::vector<std::string>& all) {
    std::vector<char*> each;
    each.reserve(all.size() + 1);
    for (std::string& one : all) each.push_back(one.data());
    each.push_back(nullptr);
    return each;
  };
  (void)::execve(path.c_str(), pointers(words).data(), pointers(variables).data());
}

}  // namespace memguard

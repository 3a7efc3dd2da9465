#include "cli/top.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>

#include "base/clock.h"
#include "base/pinned.h"
#include "base/unique_fd.h"
#include "cli/screen.h"
#include "cli/status.h"
#include "cli/top_model.h"
#include "status/ask.h"
#include "status/folder.h"

namespace memguard::cli {
namespace {

constexpr auto kEvery = std::chrono::seconds(1);
// A run that does not answer must not keep the keys waiting; the next second asks again.
constexpr Duration kPatience = std::chrono::milliseconds(500);

/// Signals come one after the other, between two screens.
class Signals : Pinned {
 public:
  Signals() {
    ::sigemptyset(&ours_);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH, SIGPIPE}) ::sigaddset(&ours_, signal);
    (void)::sigprocmask(SIG_BLOCK, &ours_, &before_);
    fd_ = UniqueFd(::signalfd(-1, &ours_, SFD_CLOEXEC | SFD_NONBLOCK));
  }
  ~Signals() { (void)::sigprocmask(SIG_SETMASK, &before_, nullptr); }

  [[nodiscard]] int fd() const { return fd_.get(); }
  /// 0: none has come.
  [[nodiscard]] int take() const {
    signalfd_siginfo info{};
    return ::read(fd_.get(), &info, sizeof info) == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
  }

 private:
  sigset_t ours_{};
  sigset_t before_{};
  UniqueFd fd_;
};

class Top {
 public:
  Top(const TopOptions& options, const config::Environment& surroundings, const Look& look, Screen& screen,
      const Signals& signals)
      : options_(options), surroundings_(surroundings), look_(look), screen_(screen), signals_(signals) {}

  /// The signal that ended it, 0 when the user has left it.
  int run() {
    while (!over_) {
      if (MonotonicClock::now() >= next_) look();
      draw();
      wait();
      take_signals();
      take_keys();
    }
    return ended_by_;
  }

 private:
  void look() {
    next_ = MonotonicClock::now() + kEvery;
    if (model_.paused()) return;
    std::vector<status::RunStatus> runs;
    for (status::Found& found : status::find_runs(surroundings_.variables)) {
      if (options_.pid != 0 && found.pid != options_.pid) continue;
      auto reply = status::Line(std::move(found.socket)).ask({}, kPatience);
      if (!reply) {
        model_.say(Error(reply.error()).in("a run").text());
      } else if (auto* run = std::get_if<status::RunStatus>(&*reply)) {
        runs.push_back(std::move(*run));
      }
    }
    std::ranges::sort(runs, std::ranges::greater(), &status::RunStatus::age);
    model_.show(std::move(runs));
  }

  void draw() {
    look_.width = screen_.width();
    screen_.draw(model_.screen(look_, screen_.height()));
  }

  void wait() {
    std::array<pollfd, 2> waits{{{STDIN_FILENO, POLLIN, 0}, {signals_.fd(), POLLIN, 0}}};
    const int ready = ::poll(waits.data(), waits.size(), milliseconds_until(next_));
    // The terminal is gone.
    if (ready > 0 && (waits[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) over_ = true;
  }

  void take_signals() {
    while (const int signal = signals_.take()) {
      if (signal == SIGWINCH) screen_.resized();
      if (signal == SIGTSTP) stop();
      if (signal == SIGINT) over_ = true;
      if (signal != SIGTERM && signal != SIGHUP && signal != SIGQUIT) continue;
      over_ = true;
      ended_by_ = signal;
    }
  }

  // The shell has the terminal until it lets us go on.
  void stop() {
    screen_.leave();
    (void)::raise(SIGSTOP);
    screen_.come_back();
    next_ = MonotonicClock::now();
  }

  void take_keys() {
    while (const auto key = screen_.key()) {
      const TopModel::Wanted wanted = model_.press(*key);
      if (wanted.leave) over_ = true;
      if (wanted.request) send(wanted.request->first, wanted.request->second);
    }
  }

  void send(pid_t pid, const status::Request& request) {
    auto runs = status::find_runs(surroundings_.variables);
    const auto run = std::ranges::find(runs, pid, &status::Found::pid);
    if (run == runs.end()) return model_.say("the run has ended");
    const auto reply = status::Line(std::move(run->socket)).ask(request, kPatience);
    const auto* done = reply ? std::get_if<status::Done>(&*reply) : nullptr;
    // What it says before the next look is what the user has asked for.
    next_ = MonotonicClock::now();
    look();
    model_.say(done != nullptr ? done->what : reply ? "the run answered something else" : reply.error().text());
  }

  const TopOptions& options_;
  const config::Environment& surroundings_;
  Look look_;
  Screen& screen_;
  const Signals& signals_;
  TopModel model_;
  Moment next_{};
  bool over_ = false;
  int ended_by_ = 0;
};

bool colours_wanted(const config::Environment& surroundings) {
  // no-color.org: present and not empty, whatever its value.
  const auto no_colour = surroundings.variables.find("NO_COLOR");
  return no_colour == surroundings.variables.end() || no_colour->second.empty();
}

}  // namespace

Result<int> show_top(const TopOptions& options, const config::Environment& surroundings) {
  const Look look = look_of_output(surroundings);
  int signal = 0;
  bool shown = false;
  if (!options.once) {
    const Signals signals;
    if (signals.fd() < 0) return fail_errno("wait for signals");
    if (const auto screen = Screen::open(colours_wanted(surroundings))) {
      shown = true;
      signal = Top(options, surroundings, look, *screen, signals).run();
    }
  }
  if (!shown) return print_runs(ask_runs(surroundings, options.pid), surroundings, options.pid);
  if (signal == 0) return 0;
  // As every program that was ended by it, now that the terminal is as it was. ncurses has a handler of its own.
  (void)std::signal(signal, SIG_DFL);
  (void)::raise(signal);
  return 0;
}

}  // namespace memguard::cli

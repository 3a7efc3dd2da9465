// The front after the command has ended: what it left behind, the supervisor, the report, the tree.

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/say.h"
#include "config/environment.h"
#include "proc/own_name.h"
#include "supervisor/account/measured_jobs.h"
#include "supervisor/front/exec_error.h"
#include "supervisor/front/front_process.h"
#include "supervisor/memory/observer.h"

namespace memguard::supervisor {
namespace {

constexpr Duration kSupervisorPatience = std::chrono::seconds(2);
// For reports and history, when somebody wants us to end: a home that hangs must not hold us for ever.
constexpr Duration kReportPatience = std::chrono::seconds(5);
constexpr Duration kDrain = std::chrono::milliseconds(10);
// Its end wakes us, and so does a signal.
constexpr Duration kReport = std::chrono::milliseconds(100);

}  // namespace

// What the command left behind may end by itself for a moment; then it is told to.
void Front::drain() {
  area_->ending = true;
  wake_supervisor();
  Leftovers leftovers(*build_, *area_, config_.stop_timeout.value, MonotonicClock::now());
  while (!build_->empty() && leftovers.step(MonotonicClock::now())) turn(kDrain);
  if (auto line = leftovers.line(); !line.empty() && !config_.quiet.value) say(line);
}

void Front::stop_supervisor() {
  supervisor_->expect_end();
  area_->finished = true;
  wake_supervisor();
  const Moment kill_at = MonotonicClock::now() + kSupervisorPatience;
  while (supervisor_->alive()) {
    if (MonotonicClock::now() > kill_at) supervisor_->kill();
    turn(kDrain);
  }
}

// By a process of its own, so that a home that hangs cannot hold us when somebody wants us to end.
void Front::report() {
  // First: what it writes must not come after the last metrics.
  metrics_.end();
  if (!await_writer([this] { return metrics_.runs(); })) metrics_.kill();
  reporter_ = ::fork();
  if (reporter_ == 0) {
    proc::take_name("mg-report");
    // It has a copy of what tells keeper and witness that we are gone.
    (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
  }
  if (reporter_ <= 0) report_now();
  if (reporter_ == 0) ::_exit(0);
  if (!await_writer([this] { return reporter_ > 0; })) ::kill(reporter_, SIGKILL);
}

// Waits for what writes to a disk. False when somebody wants us to end and it takes too long.
bool Front::await_writer(const std::function<bool()>& runs) {
  const int told = passing_->times_told();
  std::optional<Moment> give_up_at;
  while (runs()) {
    turn(kReport);
    const Moment now = MonotonicClock::now();
    if (passing_->times_told() == told) continue;
    if (!give_up_at) give_up_at = now + config_.stop_timeout.value.value_or(kReportPatience);
    if (now >= *give_up_at) return false;
  }
  return true;
}

void Front::report_now() const {
  mark_interrupted(*area_);
  const RunFacts facts{.ended_at = date_now(),
                       .folder = config::system_environment().working_directory,
                       .command = command_,
                       .tier = std::string(to_text(home_.tier)),
                       .limit = limit_.wall,
                       .limit_origin = limit_.origin,
                       .exit_status = exit_status(),
                       .supervisor_cpu = supervisor_->cpu(),
                       .supervisor_peak = supervisor_->peak(),
                       .processors = processors_of_the_build()};
  report_end({.area = *area_,
              .config = config_,
              .home = home_,
              .history = history_,
              .facts = facts,
              .given_up = supervisor_->given_up() && !no_supervisor_});
}

int Front::exit_status() const {
  if (exec_errno_ != 0) return exec_errno_ == ENOENT ? 127 : 126;
  return WIFSIGNALED(command_status_) ? 128 + WTERMSIG(command_status_) : WEXITSTATUS(command_status_);
}

void Front::leave() {
  if (command_ended_) manager_.status(fmt::format("the command ended with status {}", exit_status()));
  spare_.clear();
  if (gatekeeper_) gatekeeper_->stop();
  status_.remove();
  // They sit in the tree that is to be removed.
  if (keeper_.pid > 0) dismiss(keeper_);
  witness_.dismiss();
  if (home_.run) {
    if (auto left = cgroup::leave_home(home_); !left) say(left.error().text());
  }
  if (exec_errno_ != 0) {
    say(exec_error(command_, exec_errno_).text());
  } else if (command_ended_ && WIFSIGNALED(command_status_)) {
    end_by_signal(WTERMSIG(command_status_));
  }
}

}  // namespace memguard::supervisor

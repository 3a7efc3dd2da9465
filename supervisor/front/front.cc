// The front is the user's child and the build's parent: it has the terminal, passes signals on, receives execs, and
// ends as the build ended. It decides nothing and is kept small, because it is the one process whose death the build
// cannot survive.
//
// Order of start: the tree, the build's first process (which waits), keeper, supervisor; then the command. Order of
// end: the command, what it left behind, the supervisor, the report, the tree, the keeper. Whatever dies in between,
// somebody is left who knows what to do.

#include "supervisor/front/front.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "base/clock.h"
#include "base/say.h"
#include "supervisor/account/measured_jobs.h"
#include "supervisor/front/cache_server.h"
#include "supervisor/front/front_process.h"
#include "supervisor/front/nested.h"

namespace memguard::supervisor {
namespace {

constexpr int kFailed = 125;
constexpr Duration kLoop = std::chrono::milliseconds(500);

}  // namespace

int Front::run() {
  if (auto ready = set_up(); !ready) {
    say(ready.error().text());
    leave();
    return kFailed;
  }
  if (auto started = start_processes(); !started) {
    say(started.error().text());
    if (launched_.pid > 0) ::kill(launched_.pid, SIGKILL);
    const bool no_process = launched_.pid <= 0 && (started.error().code == EAGAIN || started.error().code == ENOMEM);
    leave();
    return no_process && !config_.require_tier.value ? run_unguarded() : kFailed;
  }
  const bool with_shim = gate_open_ && !shim_.program.empty();
  const bool detours = with_shim && gate::Detours::possible(launched_.pid);
  if (detours) gatekeeper_->send_to(shim_.program, run_id_);
  if (with_shim && !detours && config_.explain.value) say(kOnlyCargo);
  say_what_is_missing();
  if (supervisor_->given_up()) go_on_alone();
  gatekeeper_->start();
  let_go(launched_, !detours);
  manager_.ready();
  while (!command_ended_) turn(kLoop);
  drain();
  stop_supervisor();
  report();
  leave();
  return exit_status();
}

// Where not one process more may be started: the command in our place, which is what it would be without us.
int Front::run_unguarded() {
  say("Nothing is guarded. Raise ulimit -u, or pids.max of the cgroup.");
  (void)::setrlimit(RLIMIT_NOFILE, &files_before_);
  (void)::sigprocmask(SIG_SETMASK, &signals_.original_mask, nullptr);
  return become(command_);
}

// One turn: wait for a signal, the news that the command could not be executed, or what the gatekeeper leaves to us.
void Front::turn(Duration patience) {
  std::array<pollfd, 6> watched{{{signals_.fd.get(), POLLIN, 0},
                                 {gatekeeper_->listener(), POLLIN, 0},
                                 {launched_.exec_error.get(), POLLIN, 0},
                                 {manager_.news(), POLLIN, 0},
                                 {gatekeeper_->for_owner_fd(), POLLIN, 0},
                                 {gatekeeper_->late_fd(), POLLIN, 0}}};
  (void)::poll(watched.data(), watched.size(), milliseconds(manager_.patience(MonotonicClock::now(), patience)));
  if ((watched[0].revents & POLLIN) != 0) take_signals();
  if (watched[1].revents != 0) (void)gatekeeper_->receive_one();
  if (watched[2].revents != 0) read_exec_error();
  if ((watched[4].revents | watched[5].revents) != 0) gatekeeper_->turn();
  reap();
  if (supervisor_->alive()) supervisor_->check_heartbeat();
  manager_.turn(MonotonicClock::now(), area_->heartbeat, !supervisor_->alive());
  if (supervisor_->given_up()) go_on_alone();
  check_patience();
}

// Nobody waits for an answer that nobody will give.
void Front::go_on_alone() {
  gatekeeper_->let_all_pass();
  shim_.listener.reset();
  status_.remove();
}

void Front::wake_supervisor() const { (void)::eventfd_write(wake_.get(), 1); }

void Front::read_exec_error() {
  if (::read(launched_.exec_error.get(), &exec_errno_, sizeof exec_errno_) != sizeof exec_errno_) exec_errno_ = 0;
  launched_.exec_error.reset();
}

void Front::take_signals() {
  if (passing_->take(command(), MonotonicClock::now())) wake_supervisor();
}

void Front::check_patience() {
  const EndDue due = passing_->due(command(), MonotonicClock::now());
  if (due == EndDue::kill) build_->kill();
  if (due == EndDue::guard_again && !command_ended_) guard_again();
}

// The command goes on, and so will the next build in that shell: by a supervisor that knows nothing of an end.
void Front::guard_again() {
  mark_interrupted(*area_);
  area_->ending = false;
  area_->interrupted = false;
  supervisor_->renew();
}

void Front::reap() {
  int status = 0;
  rusage usage{};
  for (pid_t pid = 0; (pid = ::wait4(-1, &status, WNOHANG, &usage)) > 0;) {
    if (gatekeeper_->take(pid, status)) continue;
    if (pid == launched_.pid) {
      command_ended_ = true;
      command_status_ = status;
    }
    if (pid == reporter_) reporter_ = 0;
    if (metrics_.is(pid)) metrics_.gone();
    replace_helper(pid);
    if (!supervisor_) continue;
    if (supervisor_->is(pid)) stop_receiving_for(*area_, launched_.listener.get());
    const Duration cpu = std::chrono::seconds(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                         std::chrono::microseconds(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    supervisor_->reaped(pid, status, cpu, Bytes{usage.ru_maxrss * 1024});
  }
}

// Killed by somebody: without them nobody would end the build when we are killed as well.
void Front::replace_helper(pid_t pid) {
  Status replaced;
  if (pid == keeper_.pid) {
    keeper_ = {};
    replaced = keep();
  } else if (witness_.is(pid)) {
    replaced = witness_.start(home_, *area_, signals_, run_id_, only_ours());
  }
  if (!replaced) say(replaced.error().text());
}

bool Front::is_ours(const proc::Stat& process) const {
  const pid_t pid = process.pid;
  return pid == keeper_.pid || process.parent == keeper_.pid || witness_.is(pid) || pid == reporter_ ||
         metrics_.is(pid) || (supervisor_ && supervisor_->is(pid));
}

int run_build(const config::Config& config, const std::vector<std::string>& command) {
  // One listener is all the kernel allows in a process tree, and one guard is enough.
  if (inside_guarded_run()) return become_inner(config, command);
  if (proc_is_missing()) return become_without_proc(config, command);
  if (config.shared.value) {
    const std::string line = provide_cache_server(config);
    if (!line.empty() && !config.quiet.value) say(line);
  }
  if (proc_is_ours()) return Front(config, command, std::nullopt).run();
  auto own = OwnProc::mount();
  if (own) return Front(config, command, std::move(*own)).run();
  return become_unguarded(config, command, own.error());
}

}  // namespace memguard::supervisor

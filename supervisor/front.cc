// The front is the user's child and the build's parent: it has the terminal, passes signals on, receives execs, and
// ends as the build ended. It decides nothing and is kept small, because it is the one process whose death the build
// cannot survive.
//
// Order of start: the tree, the build's first process (which waits), keeper, supervisor; then the command. Order of
// end: the command, what it left behind, the supervisor, the report, the tree, the keeper. Whatever dies in between,
// somebody is left who knows what to do.

#include "supervisor/front.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include <fmt/format.h>

#include "base/say.h"
#include "proc/machine.h"
#include "record/recorder.h"
#include "supervisor/end_report.h"
#include "supervisor/exec_error.h"
#include "supervisor/found_jobs.h"
#include "supervisor/front_signals.h"
#include "supervisor/gatekeeper.h"
#include "supervisor/hidden_limit.h"
#include "supervisor/keeper.h"
#include "supervisor/launch.h"
#include "supervisor/nested.h"
#include "supervisor/open_files.h"
#include "supervisor/own_proc.h"
#include "supervisor/recovery.h"
#include "supervisor/report_file.h"
#include "supervisor/required_tier.h"
#include "supervisor/run_history.h"
#include "supervisor/run_limit.h"
#include "supervisor/shim_setup.h"
#include "supervisor/supervisor.h"
#include "supervisor/supervisor_process.h"

namespace memguard::supervisor {
namespace {

constexpr int kFailed = 125;
constexpr std::int64_t kSecond = 1'000'000'000;
// How long an interrupted build has to end by itself, and what a command leaves behind has to follow it.
constexpr std::int64_t kSignalPatience = 5 * kSecond;
constexpr std::int64_t kLeftoverPatience = kSecond;
constexpr std::int64_t kSupervisorPatience = 2 * kSecond;
constexpr int kLoopMs = 500;
// When all slots are taken: the supervisor needs about this long to hold one job.
constexpr int kBusyMs = 20;
constexpr int kDrainMs = 10;
constexpr std::int64_t kKillAgain = kSecond / 10;

class Front {
 public:
  Front(const config::Config& config, const std::vector<std::string>& command, std::optional<OwnProc> own_proc)
      : config_(config), command_(command), own_proc_(std::move(own_proc)) {}

  int run();

 private:
  // Start.
  Status set_up();
  Status set_limits();
  Status open_record();
  Status offer_jobserver();
  Status start_processes();
  Status keep();
  int run_supervisor_body();
  void make_safe();
  void say_what_is_missing() const;

  // The loop.
  void turn(int timeout_ms);
  void take_signals();
  void on_end_signal(const signalfd_siginfo& signal);
  void reap();
  void read_exec_error();
  void check_patience();
  void guard_again();
  void receive();

  // End.
  void drain();
  void kill_build();
  [[nodiscard]] bool build_is_empty() const;
  void stop_supervisor();
  void report() const;
  [[nodiscard]] int exit_status() const;
  void leave();

  const config::Config& config_;
  const std::vector<std::string>& command_;
  std::optional<OwnProc> own_proc_;
  cgroup::Home home_;
  RunLimit limit_;
  RunHistory history_;
  SharedArea* area_ = nullptr;
  UniqueFd wake_;
  UniqueFd record_;
  rlimit files_before_{};
  // Given back for the end: where descriptors are used up, what we made must be removed all the same.
  std::vector<UniqueFd> spare_;
  ShimSetup shim_;
  std::optional<Jobserver> jobserver_;
  FrontSignals signals_;
  Launched launched_;
  Keeper keeper_;
  std::optional<Gatekeeper> gatekeeper_;
  std::optional<SupervisorProcess> supervisor_;
  bool gate_open_ = false;
  bool slots_full_ = false;
  bool command_ended_ = false;
  int command_status_ = 0;
  int exec_errno_ = 0;
  // When the build was told to end, and whether it must.
  std::int64_t kill_at_ns_ = 0;
  int end_signal_ = 0;
  std::string run_id_;
};

int Front::run() {
  if (auto ready = set_up(); !ready) {
    say(ready.error().text());
    leave();
    return kFailed;
  }
  if (auto started = start_processes(); !started) {
    say(started.error().text());
    if (launched_.pid > 0) ::kill(launched_.pid, SIGKILL);
    leave();
    return kFailed;
  }
  say_what_is_missing();
  let_go(launched_);
  while (!command_ended_) turn(slots_full_ ? kBusyMs : kLoopMs);
  drain();
  stop_supervisor();
  report();
  leave();
  return exit_status();
}

Status Front::set_up() {
  run_id_ = new_run_id();
  // For the supervisor, which is forked from us. Each job takes a descriptor, and one that was stopped another for its
  // leaf: with the usual soft limit of 1,024, of 1,200 jobs that were held at once 17 stayed frozen.
  files_before_ = allow_many_files();
  spare_ = spare_files();
  // Orphans of the build come to us, which keeps us their ancestor: only an ancestor may read them under Yama.
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return fail_errno("become the build's subreaper");
  const auto surroundings = look_around();
  if (!surroundings) return pass(surroundings.error());
  auto limit = choose_limit(config_, *surroundings);
  if (!limit) return pass(std::move(limit.error()));
  limit_ = *limit;
  if (auto fine = check_report_file(config_); !fine) return fine;

  // From here on there is something to leave behind: a signal waits until the loop sees it.
  auto signals = open_front_signals();
  if (!signals) return pass(std::move(signals.error()));
  signals_ = std::move(*signals);
  home_ = cgroup::obtain_home({.no_scope = !config_.scope.value, .mount_point = {}});
  if (auto enough = check_required_tier(config_, home_); !enough) return enough;
  if (auto set = set_limits(); !set) return set;

  if (auto opened = open_record(); !opened) return opened;
  auto area = SharedArea::create();
  if (!area) return pass(std::move(area.error()));
  area_ = *area;
  area_->limit_bytes = limit_.wall.count;
  wake_ = UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake_) return fail_errno("make an eventfd");
  shim_ = set_up_shim(config_, run_id_);
  history_ = read_history(config_);
  remember_hungry_programs(area_->hungry, history_.remembered, limit_.wall);
  return offer_jobserver();
}

// As with the report: one that a file or a manifest names keeps no build from running.
Status Front::open_record() {
  const auto& [file, origin] = config_.record;
  if (!file) return {};
  auto record = record::create(*file);
  if (record) {
    record_ = std::move(*record);
    return {};
  }
  Status failed = pass(std::move(record.error()), origin);
  if (config::said_for_this_run(origin)) return failed;
  say(failed.error().text());
  return {};
}

Status Front::offer_jobserver() {
  const int processors = proc::usable_processors();
  if (processors < 2 || !Jobserver::suits(command_, config::system_environment().variables)) return {};
  // How many there are at first is decided by the supervisor, before the build begins.
  auto made = Jobserver::create(0);
  if (!made) return pass(std::move(made.error()));
  jobserver_ = std::move(*made);
  return {};
}

Status Front::set_limits() {
  if (home_.tier != cgroup::Tier::full) return {};
  if (auto set = home_.build->set_memory_max(limit_.wall); !set) return pass(std::move(set.error()), "limit the build");
  if (!limit_.swap) return {};
  // ENOENT: a kernel without swap accounting.
  auto set = home_.build->set_swap_max(*limit_.swap);
  if (!set && !set.error().gone()) return pass(std::move(set.error()), "limit the build's swap");
  return {};
}

Status Front::start_processes() {
  LaunchPlan plan{.command = command_,
                  .group = home_.main ? &*home_.main : nullptr,
                  .gate = config_.gate.value,
                  .run_id = run_id_,
                  .environment = shim_.environment,
                  .descriptors = {},
                  .signal_mask = signals_.original_mask,
                  .own_proc = own_proc_ ? &*own_proc_ : nullptr,
                  .open_files = files_before_};
  if (jobserver_) {
    plan.environment.push_back(jobserver_->variable());
    plan.descriptors = jobserver_->descriptors();
  }
  auto launched = launch(plan);
  if (!launched) return pass(std::move(launched.error()));
  launched_ = std::move(*launched);
  const int listener = launched_.listener.get();
  gate_open_ = listener >= 0;
  gatekeeper_.emplace(*area_, config_, listener, wake_.get());

  if (auto kept = keep(); !kept) return kept;
  supervisor_.emplace(
      *area_, [this] { return run_supervisor_body(); }, [this] { make_safe(); });
  return supervisor_->start();
}

Status Front::keep() {
  auto keeper =
      start_keeper(home_, *area_, run_id_,
                   {launched_.listener.get(), launched_.go.get(), launched_.exec_error.get(), shim_.listener.get()});
  if (!keeper) return pass(std::move(keeper.error()));
  keeper_ = std::move(*keeper);
  return {};
}

int Front::run_supervisor_body() {
  // What is the front's alone: the keeper must see its end, and the command its own.
  keeper_.word.reset();
  launched_.go.reset();
  launched_.exec_error.reset();
  signals_.fd.reset();
  spare_.clear();
  return run_supervisor({.area = *area_,
                         .home = home_,
                         .limit = limit_,
                         .gate = {launched_.listener.get(), launched_.wait_killable},
                         .wake_fd = wake_.get(),
                         .front = ::getppid(),
                         .config = config_,
                         .remembered = history_.remembered,
                         .shim_listener = shim_.listener.get(),
                         .jobserver = jobserver_ ? &*jobserver_ : nullptr,
                         .record_fd = record_.get()});
}

void Front::make_safe() {
  thaw_everything(home_, *area_);
  if (jobserver_) give_all_tokens(*jobserver_, *area_);
  if (gate_open_) answer_everything(*area_, launched_.listener.get());
}

void Front::say_what_is_missing() const {
  if (config_.explain.value) {
    say(fmt::format("tier {}, limit {}: {}", to_text(home_.tier), to_text(limit_.wall), limit_.source));
    for (const auto& remark : home_.remarks) say(remark);
    if (!shim_.missing.empty()) say(shim_.missing);
  }
  if (config_.quiet.value) return;
  std::string line;
  if (home_.tier != cgroup::Tier::full) {
    line = fmt::format("tier {}: ", to_text(home_.tier));
    if (!home_.missing.empty()) line += home_.missing.front().what + ". " + home_.missing.front().remedy + " ";
    line += fmt::format("The limit of {} is {}.", to_text(limit_.wall), kKeptByScheduling);
  }
  if (launched_.gate_refused) {
    if (!line.empty()) line += " ";
    line += fmt::format("No exec gate ({}): jobs are frozen late instead of held at birth.",
                        launched_.gate_refused->text());
  }
  if (!line.empty()) say(line);
  for (const auto& remark : limit_.remarks) say(remark);
  if (!history_.remark.empty()) say(history_.remark);
  if (!shim_.remark.empty()) say(shim_.remark);
}

// One turn: wait for a signal, an exec, or the news that the command could not be executed.
void Front::turn(int timeout_ms) {
  std::array<pollfd, 3> watched{
      {{signals_.fd.get(), POLLIN, 0}, {-1, POLLIN, 0}, {launched_.exec_error.get(), POLLIN, 0}}};
  if (gate_open_ && !slots_full_) watched[1].fd = launched_.listener.get();
  slots_full_ = false;
  (void)::poll(watched.data(), watched.size(), timeout_ms);
  if ((watched[0].revents & POLLIN) != 0) take_signals();
  if ((watched[1].revents & POLLIN) != 0) receive();
  // No process with the filter is left; the descriptor would be ready for ever.
  if ((watched[1].revents & (POLLHUP | POLLERR)) != 0 && (watched[1].revents & POLLIN) == 0) gate_open_ = false;
  if (watched[2].revents != 0) read_exec_error();
  reap();
  if (supervisor_->alive()) supervisor_->check_heartbeat();
  // Shims must not wait for an answer that nobody will give.
  if (supervisor_->given_up()) shim_.listener.reset();
  check_patience();
}

void Front::receive() {
  gatekeeper_->let_all_pass(area_->ending || area_->finished || supervisor_->given_up());
  slots_full_ = !gatekeeper_->receive_one();
}

void Front::read_exec_error() {
  if (::read(launched_.exec_error.get(), &exec_errno_, sizeof exec_errno_) != sizeof exec_errno_) exec_errno_ = 0;
  launched_.exec_error.reset();
}

void Front::take_signals() {
  signalfd_siginfo signal{};
  while (::read(signals_.fd.get(), &signal, sizeof signal) == sizeof signal) {
    if (signal.ssi_signo != SIGCHLD) on_end_signal(signal);
  }
}

void Front::on_end_signal(const signalfd_siginfo& signal) {
  const int number = static_cast<int>(signal.ssi_signo);
  end_signal_ = number;
  // From the terminal the whole process group has it; from kill(1) we alone.
  if (signal.ssi_code != SI_KERNEL && !command_ended_) ::kill(launched_.pid, number);
  area_->interrupted = true;
  area_->ending = true;
  (void)::eventfd_write(wake_.get(), 1);
  if (kill_at_ns_ == 0) kill_at_ns_ = monotonic_ns() + kSignalPatience;
}

void Front::check_patience() {
  if (kill_at_ns_ == 0 || monotonic_ns() < kill_at_ns_) return;
  // A program with a handler of its own (a shell, a test runner) decides itself what Ctrl-C means to it.
  const bool from_keyboard = end_signal_ == SIGINT || end_signal_ == SIGQUIT;
  if (from_keyboard && !command_ended_ && handles_signal(launched_.pid, end_signal_)) return guard_again();
  kill_build();
  // What was forked meanwhile.
  kill_at_ns_ = monotonic_ns() + kKillAgain;
}

// The command goes on, and so will the next build in that shell: by a supervisor that knows nothing of an end.
void Front::guard_again() {
  kill_at_ns_ = 0;
  end_signal_ = 0;
  area_->ending = false;
  area_->interrupted = false;
  supervisor_->renew();
}

void Front::reap() {
  int status = 0;
  rusage usage{};
  for (pid_t pid = 0; (pid = ::wait4(-1, &status, WNOHANG, &usage)) > 0;) {
    if (pid == launched_.pid) {
      command_ended_ = true;
      command_status_ = status;
    }
    // Killed by somebody: without it nobody would end the build when we are killed as well.
    if (pid == keeper_.pid) {
      keeper_ = {};
      if (auto kept = keep(); !kept) say(kept.error().text());
    }
    if (!supervisor_) continue;
    if (supervisor_->is(pid)) stop_receiving_for(*area_, launched_.listener.get());
    const Duration cpu = std::chrono::seconds(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                         std::chrono::microseconds(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    supervisor_->reaped(pid, status, cpu, Bytes{usage.ru_maxrss * 1024});
  }
}

bool Front::build_is_empty() const {
  if (home_.build) {
    const auto events = home_.build->events();
    return !events || !events->populated;
  }
  for (const auto& process : proc::descendants(::getpid())) {
    const bool ours = process.pid == keeper_.pid || process.parent == keeper_.pid || supervisor_->is(process.pid);
    if (!ours && process.state != 'Z') return false;
  }
  return true;
}

void Front::kill_build() {
  // Before anything dies, so that no death is laid at somebody else's door.
  area_->killing = true;
  if (home_.build) {
    (void)home_.build->kill();
    return;
  }
  for (const auto& process : proc::descendants(::getpid())) {
    if (process.pid != keeper_.pid && !supervisor_->is(process.pid)) ::kill(process.pid, SIGKILL);
  }
}

// What the command left behind may end by itself for a moment; then it is killed: nothing runs on after us.
void Front::drain() {
  area_->ending = true;
  (void)::eventfd_write(wake_.get(), 1);
  const std::int64_t kill_at = monotonic_ns() + kLeftoverPatience;
  const std::int64_t give_up_at = kill_at + kSignalPatience;
  while (!build_is_empty() && monotonic_ns() < give_up_at) {
    if (monotonic_ns() >= kill_at) kill_build();
    turn(kDrainMs);
  }
}

void Front::stop_supervisor() {
  supervisor_->expect_end();
  area_->finished = true;
  (void)::eventfd_write(wake_.get(), 1);
  const std::int64_t kill_at = monotonic_ns() + kSupervisorPatience;
  while (supervisor_->alive()) {
    if (monotonic_ns() > kill_at) supervisor_->kill();
    turn(kDrainMs);
  }
}

void Front::report() const {
  const RunFacts facts{.ended_at = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()),
                       .folder = config::system_environment().working_directory,
                       .command = command_,
                       .tier = std::string(to_text(home_.tier)),
                       .exit_status = exit_status(),
                       .supervisor_cpu = supervisor_->cpu(),
                       .supervisor_peak = supervisor_->peak()};
  report_end({.area = *area_,
              .config = config_,
              .home = home_,
              .limit = limit_,
              .history = history_,
              .facts = facts,
              .given_up = supervisor_->given_up()});
}

int Front::exit_status() const {
  if (exec_errno_ != 0) return exec_errno_ == ENOENT ? 127 : 126;
  return WIFSIGNALED(command_status_) ? 128 + WTERMSIG(command_status_) : WEXITSTATUS(command_status_);
}

void Front::leave() {
  spare_.clear();
  // The keeper sits in the tree that is to be removed.
  if (keeper_.pid > 0) dismiss(keeper_);
  if (home_.run) {
    if (auto left = cgroup::leave_home(home_); !left) say(left.error().text());
  }
  if (exec_errno_ != 0) {
    say(exec_error(command_, exec_errno_).text());
  } else if (command_ended_ && WIFSIGNALED(command_status_)) {
    end_by_signal(WTERMSIG(command_status_));
  }
}

}  // namespace

int run_build(const config::Config& config, const std::vector<std::string>& command) {
  // One listener is all the kernel allows in a process tree, and one guard is enough.
  if (inside_guarded_run()) return become(command);
  if (proc_is_ours()) return Front(config, command, std::nullopt).run();
  auto own = OwnProc::mount();
  if (own) return Front(config, command, std::move(*own)).run();
  return become_unguarded(config, command, own.error());
}

}  // namespace memguard::supervisor

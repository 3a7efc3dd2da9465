#include "supervisor/trial/trial_run.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <random>
#include <utility>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/io.h"
#include "gate/exec_request.h"
#include "gate/listener.h"
#include "supervisor/front/launch.h"
#include "supervisor/keeper/keeper.h"
#include "supervisor/self/open_files.h"
#include "supervisor/self/own_proc.h"
#include "supervisor/stop/stopper.h"

namespace memguard::supervisor {
namespace {

constexpr Duration kStep = std::chrono::milliseconds(1);
// For what takes milliseconds on an idle machine.
constexpr Duration kPatience = std::chrono::seconds(2);
constexpr gate::StringsLimit kArguments{.strings = 16, .length = 8192, .bytes = 65536};
constexpr int kLeaf = 0;
// It reads a line: so it runs as long as it is needed, and its status shows that it ran on.
constexpr const char* kShell = "/bin/sh";
constexpr const char* kScript = "read go && exit 7";
constexpr int kShellStatus = 7;
constexpr const char* kNoRemedy = "A run here does not keep jobs apart: give the build fewer of them (-j).";
// A pidfd and an open file of /proc each.
constexpr int kDescriptorsPerJob = 2;
constexpr rlim_t kFewDescriptors = 1024;

// True when `condition` held within the patience.
template <class Condition>
bool wait_until(Condition condition) {
  for (Duration waited{}; waited < kPatience; waited += kStep) {
    if (condition()) return true;
    pause_for(kStep);
  }
  return condition();
}

std::string yama_scope() {
  auto text = read_at(AT_FDCWD, "/proc/sys/kernel/yama/ptrace_scope").value_or(std::string());
  return text.substr(0, text.find('\n'));
}

cgroup::Missing unreadable(const Error& why) {
  const std::string scope = yama_scope();
  const std::string what = fmt::format("the arguments of an exec cannot be read ({})", why.text());
  if (scope == "2") return {what + "; Yama's ptrace_scope is 2", "As root: sysctl kernel.yama.ptrace_scope=1."};
  if (scope == "3")
    return {what + "; Yama's ptrace_scope is 3",
            "It stays so until the machine is booted again: set kernel.yama.ptrace_scope=1 in /etc/sysctl.d first."};
  return {what, "A container needs process_vm_readv(2), or CAP_SYS_PTRACE; another security module may forbid it."};
}

cgroup::Missing unwatched(int code) {
  const std::string what =
      fmt::format("the end of a job is seen late: it cannot be watched ({})", Error{"pidfd_open", code, {}}.text());
  if (code == EMFILE || code == ENFILE) return {what, "Raise ulimit -n."};
  if (code == ENOSYS) return {what, "Linux 5.3 brought pidfd_open(2); a container's seccomp profile may hide it."};
  return {what, "A container needs a seccomp profile that allows pidfd_open(2)."};
}

cgroup::Missing not_continued() {
  return {"a noticed exec cannot be let go: this kernel knows no answer that lets it go on",
          "Linux 5.5 brought it (SECCOMP_USER_NOTIF_FLAG_CONTINUE). Use --no-gate here."};
}

class TrialRun {
 public:
  TrialRun(const config::Config& config, const TrialReport& report) : config_(config), report_(report) {}

  void run();

 private:
  Status see_processes();
  Status set_up();
  Status start();
  void try_gate();
  [[nodiscard]] bool receive();
  [[nodiscard]] bool read_exec();
  void watch_end();
  void hold_and_let_go();
  void try_stop();
  [[nodiscard]] Status freeze_and_thaw();
  [[nodiscard]] bool ends_well();
  void clean_up();
  void failed(TrialPart part, std::string what, std::string remedy) const {
    report_.failed(part, {std::move(what), std::move(remedy)});
  }
  void failed(TrialPart part, Error why) const {
    std::string remedy = why.hint.empty() ? kNoRemedy : std::exchange(why.hint, {});
    failed(part, why.text(), std::move(remedy));
  }

  const config::Config& config_;
  const TrialReport& report_;
  std::optional<OwnProc> own_proc_;
  cgroup::Home home_;
  SharedArea* area_ = nullptr;
  Keeper keeper_;
  UniqueFd input_;
  sigset_t mask_{};
  rlimit files_before_{};
  Launched launched_;
  gate::NotificationBuffer notification_{};
  ExecFacts facts_{};
  std::unique_ptr<Stopper> stopper_;
};

void TrialRun::run() {
  report_.at(TrialPart::start);
  Status ready = set_up();
  if (ready) ready = start();
  if (ready) {
    report_.at(TrialPart::gate);
    try_gate();
    report_.at(TrialPart::stop);
    try_stop();
  } else {
    for (const auto part : {TrialPart::gate, TrialPart::stop}) failed(part, ready.error());
  }
  clean_up();
  report_.done();
}

// Its standard streams are not the caller's: nobody types into a trial, and nobody reads it.
Result<UniqueFd> redirect_streams() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("make a pipe");
  const UniqueFd reads(ends[0]);
  UniqueFd writes(ends[1]);
  const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  (void)::dup2(reads.get(), STDIN_FILENO);
  (void)::dup2(null.get(), STDOUT_FILENO);
  (void)::dup2(null.get(), STDERR_FILENO);
  return writes;
}

sigset_t end_signals() {
  sigset_t signals{};
  ::sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) ::sigaddset(&signals, signal);
  return signals;
}

void block_end_signals(sigset_t* before) {
  const sigset_t signals = end_signals();
  (void)::sigprocmask(SIG_BLOCK, &signals, before);
}

// Whatever the caller made of them: one of them tells that it is gone.
void allow_end_signals() {
  const sigset_t signals = end_signals();
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) (void)::signal(signal, SIG_DFL);
  (void)::sigprocmask(SIG_UNBLOCK, &signals, nullptr);
}

// After they were raised as far as a run raises them.
void tell_scarce_descriptors(const TrialReport& report) {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_max >= kFewDescriptors) return;
  report.scarce({fmt::format("no more than {} descriptors (ulimit -Hn): of more than some {} jobs at once the ends are "
                             "seen late",
                             files.rlim_max, files.rlim_max / kDescriptorsPerJob / 2),
                 "Raise ulimit -n, or LimitNOFILE= of the unit."});
}

Status TrialRun::see_processes() {
  if (proc_is_ours()) return {};
  auto own = OwnProc::mount();
  if (!own)
    return pass(
        std::move(own.error()).advise("Mount the right one: unshare --mount-proc, or mount -t proc proc /proc."),
        "/proc is that of another pid namespace");
  own_proc_ = std::move(*own);
  return {};
}

Status TrialRun::set_up() {
  if (auto seen = see_processes(); !seen) return seen;
  if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return fail_errno("become a subreaper");
  files_before_ = allow_many_files();
  tell_scarce_descriptors(report_);
  auto input = redirect_streams();
  if (!input) return pass(std::move(input.error()));
  input_ = std::move(*input);
  // A tree without a keeper would be left to the next start.
  block_end_signals(&mask_);
  home_ = cgroup::obtain_home({.no_scope = !config_.scope.value, .mount_point = {}});
  report_.home(home_);
  auto area = SharedArea::create();
  if (!area) return pass(std::move(area.error()));
  area_ = *area;
  if (::access(kShell, X_OK) == 0) return {};
  const std::string what = fmt::format("find a program to be tried with: {}", kShell);
  return fail(what, errno, "Only this trial needs it; a run does not.");
}

Status TrialRun::start() {
  std::random_device random;
  const std::string run_id = fmt::format("{}:{:08x}", ::getpid(), random());
  LaunchPlan plan{.command = {kShell, "-c", kScript},
                  .group = home_.main ? &*home_.main : nullptr,
                  .gate = config_.gate.value,
                  .run_id = run_id,
                  .wrapper = {},
                  .hidden = {},
                  .signal_mask = mask_,
                  .own_proc = own_proc_ ? &*own_proc_ : nullptr,
                  .open_files = files_before_};
  auto launched = launch(plan);
  if (!launched) return pass(std::move(launched.error()));
  launched_ = std::move(*launched);
  auto keeper = start_keeper(home_, *area_, run_id,
                             {launched_.listener.get(), launched_.go.get(), launched_.exec_error.get(), input_.get()});
  if (!keeper) return pass(std::move(keeper.error()));
  keeper_ = std::move(*keeper);
  allow_end_signals();
  if (launched_.gate_refused) report_.gate_refused(*launched_.gate_refused);
  report_.gate(launched_.wait_killable, launched_.no_new_privs);
  const int listener = launched_.listener.get();
  stopper_ = home_.can().leaves ? make_cgroup_stopper(home_, listener) : make_signal_stopper(listener);
  return {};
}

// Whatever fails, the exec is let go in the end, so that the rest can be tried.
void TrialRun::try_gate() {
  facts_.process = {launched_.pid, proc::read_stat(launched_.pid).value_or(proc::Stat{}).start_ticks};
  let_go(launched_, false);
  watch_end();
  if (!launched_.listener || !receive()) return;
  const std::uint64_t id = notification_.notification.id;
  if (read_exec() && launched_.wait_killable) {
    hold_and_let_go();
  } else {
    gate::answer_continue(launched_.listener.get(), id);
  }
  if (!gate::still_waiting(launched_.listener.get(), id)) return;
  report_.failed(TrialPart::gate, not_continued());
  ::kill(launched_.pid, SIGKILL);
}

void TrialRun::watch_end() {
  const UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, launched_.pid, 0)));
  if (!pidfd) report_.scarce(unwatched(errno));
}

bool TrialRun::receive() {
  pollfd pending{launched_.listener.get(), POLLIN, 0};
  const bool any = ::poll(&pending, 1, milliseconds(kPatience)) == 1 && (pending.revents & POLLIN) != 0;
  if (any && gate::receive(launched_.listener.get(), notification_).value_or(false)) return true;
  failed(TrialPart::gate, "an exec was not announced", "Use --no-gate here.");
  return false;
}

// As the gatekeeper of a run reads it.
bool TrialRun::read_exec() {
  const auto thread = static_cast<pid_t>(notification_.notification.pid);
  const auto arguments = gate::exec_arguments(notification_.notification.data);
  gate::RemoteMemory memory(thread);
  const auto path = gate::read_path(thread, arguments, memory);
  const auto argv = memory.strings_at(arguments.argv, arguments.pointer_size, kArguments);
  if (!path || !argv) {
    report_.failed(TrialPart::gate, unreadable(path ? argv.error() : path.error()));
    return false;
  }
  const auto status = proc::read_status(thread);
  const auto process = proc::read_stat(launched_.pid);
  if (*path != kShell || argv->size() != 3 || !status || status->tgid != launched_.pid || !process) {
    failed(TrialPart::gate, "an exec is not what it was started as: its arguments or its /proc are another's",
           "Run memguard in the pid namespace that /proc is of.");
    return false;
  }
  facts_.thread = thread;
  facts_.process = {status->tgid, process->start_ticks};
  facts_.old_stack = process->start_stack;
  return true;
}

void TrialRun::hold_and_let_go() {
  HoldOutcome outcome = stopper_->hold(facts_, notification_.notification.id, kLeaf);
  (void)wait_until([&] {
    if (outcome == HoldOutcome::under_way) outcome = stopper_->look_again(facts_, kLeaf);
    return outcome != HoldOutcome::under_way;
  });
  const StopTarget target{kLeaf, {facts_.process}};
  const bool held = outcome == HoldOutcome::held && wait_until([&] { return stopper_->is_stopped(target); });
  if (held) {
    if (auto thawed = stopper_->thaw(target); !thawed)
      failed(TrialPart::gate, std::move(thawed.error()).in("let a held process go").text(), "Use --no-gate here.");
    return;
  }
  // Why, where it was the cgroup that refused: a hold does not say.
  auto frozen = stopper_->freeze(target);
  (void)stopper_->thaw(target);
  failed(
      TrialPart::gate,
      frozen ? "a process was not held at its exec" : std::move(frozen.error()).in("hold a process at its exec").text(),
      "Jobs of a run are not held here, only frozen late.");
}

void TrialRun::try_stop() {
  if (auto stopped = freeze_and_thaw(); !stopped) failed(TrialPart::stop, stopped.error());
}

Status TrialRun::freeze_and_thaw() {
  const StopTarget target{kLeaf, {facts_.process}};
  if (!proc::alive(facts_.process)) return fail("there is no process to be frozen: " + std::string(kShell) + " ended");
  if (auto frozen = stopper_->freeze(target); !frozen) return pass(std::move(frozen.error()), "freeze a process");
  const bool stopped = wait_until([&] { return stopper_->is_stopped(target); });
  // It would end now, if it ran.
  (void)!::write(input_.get(), "\n", 1);
  if (auto thawed = stopper_->thaw(target); !thawed) return pass(std::move(thawed.error()), "thaw a process");
  if (!stopped) return fail("a process that was to be frozen ran on");
  if (!ends_well()) return fail("a process that was thawed did not run on");
  return {};
}

bool TrialRun::ends_well() {
  int status = 0;
  const bool ended = wait_until([&] { return ::waitpid(launched_.pid, &status, WNOHANG) == launched_.pid; });
  if (ended) launched_.pid = 0;
  return ended && WIFEXITED(status) && WEXITSTATUS(status) == kShellStatus;
}

void TrialRun::clean_up() {
  if (launched_.pid > 0) {
    ::kill(launched_.pid, SIGKILL);
    (void)wait_until([&] { return ::waitpid(launched_.pid, nullptr, WNOHANG) != 0; });
  }
  // From here on nobody else would remove the tree.
  block_end_signals(nullptr);
  if (keeper_.pid > 0) dismiss(keeper_);
  if (auto left = cgroup::leave_home(home_); !left)
    failed(TrialPart::stop, left.error().text(), "Remove it by hand where it stays.");
}

}  // namespace

void run_trial(const config::Config& config, const TrialReport& report) {
  TrialRun(config, report).run();
  ::_exit(0);
}

}  // namespace memguard::supervisor

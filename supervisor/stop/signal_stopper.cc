// Stopping by signals, where no cgroup can be written. SIGSTOP sent before the answer also holds at birth: the exec
// completes, a vfork parent goes on, and the process stops before its first instruction.

#include <csignal>

#include "supervisor/stop/stopper.h"

namespace memguard::supervisor {
namespace {

bool send(const proc::Identity& process, int signal) {
  return proc::alive(process) && ::kill(process.pid, signal) == 0;
}

class SignalStopper final : public Stopper {
 public:
  explicit SignalStopper(int listener) : listener_(listener) {}

  HoldOutcome hold(const ExecFacts& job, std::uint64_t notification, int /*leaf*/) override {
    const bool stopped = gate::still_waiting(listener_, notification) && send(job.process, SIGSTOP);
    gate::answer_continue(listener_, notification);
    if (!stopped) return proc::alive(job.process) ? HoldOutcome::runs : HoldOutcome::gone;
    return look_again(job, -1);
  }

  HoldOutcome look_again(const ExecFacts& job, int /*leaf*/) override {
    const HoldOutcome outcome = await_exec(job);
    if (outcome == HoldOutcome::exec_failed) send(job.process, SIGCONT);
    return outcome;
  }

  Status place(const StopTarget& /*target*/) override { return {}; }
  Status freeze(const StopTarget& target) override {
    for (const auto& process : target.processes) send(process, SIGSTOP);
    return {};
  }

  Status thaw(const StopTarget& target) override {
    for (const auto& process : target.processes) send(process, SIGCONT);
    return {};
  }

  bool is_stopped(const StopTarget& target) override {
    const proc::Identity& process = target.processes.front();
    const auto stat = proc::read_stat(process.pid);
    return stat && stat->start_ticks == process.start_ticks && stat->state == 'T';
  }

  void clear_leaves(const std::set<int>& /*stopped*/, const std::set<int>& /*used*/) override {}
  void vacate(int /*leaf*/) override {}

 private:
  int listener_;
};

}  // namespace

std::unique_ptr<Stopper> make_signal_stopper(int listener) { return std::make_unique<SignalStopper>(listener); }

}  // namespace memguard::supervisor

// The front as a class: front_start.cc sets a run up, front.cc turns its loop, front_end.cc ends it. For these files
// alone; `run_build` (front.h) is what others call.
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "status/folder.h"
#include "supervisor/account/end_report.h"
#include "supervisor/account/run_history.h"
#include "supervisor/account/run_metrics.h"
#include "supervisor/front/launch.h"
#include "supervisor/front/leftovers.h"
#include "supervisor/front/service_manager.h"
#include "supervisor/front/shim_setup.h"
#include "supervisor/front/signal_passing.h"
#include "supervisor/front/supervisor_process.h"
#include "supervisor/intake/gatekeeper.h"
#include "supervisor/keeper/keeper.h"
#include "supervisor/keeper/witness.h"
#include "supervisor/memory/run_limit.h"
#include "supervisor/self/own_proc.h"

namespace memguard::supervisor {

class Front {
 public:
  /// Starts nothing yet. Config and command must outlive it.
  Front(const config::Config& config, const std::vector<std::string>& command, std::optional<OwnProc> own_proc)
      : config_(config), command_(command), own_proc_(std::move(own_proc)) {}

  /// The whole of a run. Gives the status that memguard ends with.
  int run();

 private:
  // Start.
  Status set_up();
  void start_helpers();
  void let_others_look();
  Status prepare();
  [[nodiscard]] bool first_move() const;
  [[nodiscard]] std::string start_line() const;
  Status set_limits();
  Status open_record();
  Status start_processes();
  Status keep();
  void tell_metrics();
  int run_supervisor_body();
  void make_safe();
  void say_what_is_missing() const;

  // The loop.
  int run_unguarded();
  void turn(Duration patience);
  void take_signals();
  void reap();
  void replace_helper(pid_t pid);
  void read_exec_error();
  void check_patience();
  void guard_again();
  void go_on_alone();

  // End.
  void drain();
  void stop_supervisor();
  void report();
  bool await_writer(const std::function<bool()>& runs);
  void report_now() const;
  [[nodiscard]] int exit_status() const;
  void leave();

  [[nodiscard]] std::vector<int> only_ours() const;
  [[nodiscard]] bool is_ours(const proc::Stat& process) const;
  [[nodiscard]] pid_t command() const { return command_ended_ ? 0 : launched_.pid; }
  void wake_supervisor() const;

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
  status::RunSocket status_;
  ServiceManager manager_;
  FrontSignals signals_;
  Launched launched_;
  Keeper keeper_;
  Witness witness_;
  MetricsProcess metrics_;
  std::optional<SignalPassing> passing_;
  std::optional<BuildProcesses> build_;
  std::optional<Gatekeeper> gatekeeper_;
  std::optional<SupervisorProcess> supervisor_;
  bool gate_open_ = false;
  bool tell_move_ = false;
  bool no_supervisor_ = false;
  bool command_ended_ = false;
  int command_status_ = 0;
  int exec_errno_ = 0;
  // Writes reports and history; 0 when it has ended.
  pid_t reporter_ = 0;
  std::string run_id_;
};

}  // namespace memguard::supervisor

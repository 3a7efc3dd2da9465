// The front's view of the supervisor: a process that may die or hang at any time, and what is done then.
#pragma once

#include <sys/types.h>

#include <functional>

#include "base/clock.h"
#include "base/result.h"
#include "base/units.h"
#include "supervisor/area/shared_area.h"

namespace memguard::supervisor {

class SupervisorProcess {
 public:
  /// `body` runs in the child and gives its exit status; `make_safe` runs in the front after a death: thaw everything,
  /// answer everything.
  SupervisorProcess(SharedArea& area, std::function<int()> body, std::function<void()> make_safe);

  /// Forks it. Errors: errno of fork(2).
  [[nodiscard]] Status start();
  /// Kills a supervisor whose heartbeat is over 2 s old; its death is then noticed as any other. One that wants to run
  /// and may not, or waits for a disk, is not hung but starved, like everybody on that machine: it has 30 s. So has one
  /// that is dying already, while the kernel ends what its threads are at.
  void check_heartbeat();
  /// To be called with each child that was reaped. A supervisor that died is started again. One that was killed by
  /// somebody hands over what is stopped as it is, but for more than ten in a row before their first decision. Any
  /// other death (a crash, a hang) is made safe first, and the third of those within 60 s is the last.
  void reaped(pid_t pid, int status, Duration cpu, Bytes peak);
  /// No supervisor any more, to the end of the build: every exec must be answered by the front.
  [[nodiscard]] bool given_up() const { return given_up_; }
  /// One was started and has not been reaped.
  [[nodiscard]] bool alive() const { return pid_ > 0; }
  /// As after too many failures, for whoever could not start the first.
  void give_up() { given_up_ = true; }
  /// No more restarts: the run is ending.
  void expect_end() { ending_ = true; }
  /// SIGKILL; `reaped` is to be called when its end is seen.
  void kill();
  /// Kills one that is well; its successor takes over as after any `kill -9`.
  void renew();
  /// The child is this supervisor.
  [[nodiscard]] bool is(pid_t pid) const { return pid == pid_; }

  /// Of all supervisors of this run together.
  [[nodiscard]] Duration cpu() const { return cpu_; }
  /// The most that one of them had resident.
  [[nodiscard]] Bytes peak() const { return peak_; }

 private:
  [[nodiscard]] bool may_hand_over(int status);
  [[nodiscard]] bool failed_too_often();

  SharedArea& area_;
  std::function<int()> body_;
  std::function<void()> make_safe_;
  pid_t pid_ = 0;
  bool ending_ = false;
  bool given_up_ = false;
  bool killed_by_us_ = false;
  std::uint64_t decisions_ = 0;
  int killed_early_ = 0;
  int failures_ = 0;
  Moment first_failure_;
  Moment checked_;
  Moment late_;
  Duration cpu_{};
  Bytes peak_;
};

}  // namespace memguard::supervisor

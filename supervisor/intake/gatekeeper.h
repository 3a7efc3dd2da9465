// The receiving half of the exec gate, in the front: it alone may read the memory of the build's processes, being their
// ancestor (Yama). It answers what is no job and lays the rest before the supervisor.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "config/config.h"
#include "supervisor/area/shared_area.h"
#include "supervisor/intake/aside.h"
#include "supervisor/intake/shim_detours.h"

namespace memguard::supervisor {

class Gatekeeper {
 public:
  /// `wake_fd` is the eventfd by which the supervisor is told. All must outlive it.
  Gatekeeper(SharedArea& area, const config::Config& config, int listener, int wake_fd)
      : area_(area), config_(config), listener_(listener), wake_fd_(wake_fd) {}

  /// Receives one notification and answers it or passes it on. Call after POLLIN. Whatever the caller does with its
  /// memory and its files, this takes at most three quarters of a second, and less for each such caller (aside.h): what
  /// cannot be read by then goes on unread, and is looked at when its exec is done (late_execs.h). False when no slot
  /// is free: poll the listener again only after the supervisor had time to free one.
  bool receive_one();
  /// From now on the exec of each compiler and linker that may run again (job/again.h) goes to `shim`, but for those
  /// below one, and for compiles while memory is plentiful.
  void send_to(const std::string& shim, const std::string& run_id);
  /// gate::Detours::take: for whoever waits for processes.
  bool take(pid_t process, int status) { return detours_ && detours_->take(process, status); }
  /// Answers every exec at once (the supervisor is dead, or the build is ending).
  void let_all_pass(bool pass) { pass_all_ = pass; }

 private:
  /// What becomes of an exec.
  enum class Verdict : std::uint8_t {
    passes,  ///< it is no job, or nobody waits for an answer: it goes on at once
    asks,    ///< it is a job: the supervisor decides when it goes on
    unread,  ///< it has gone on, and the supervisor looks at what it becomes (late_execs.h)
  };
  /// Fills `facts` when the verdict is `asks` or `unread`.
  [[nodiscard]] Verdict read_job(const seccomp_notif& notification, ExecFacts& facts);
  [[nodiscard]] std::optional<std::size_t> class_of(pid_t thread, std::string_view path);
  [[nodiscard]] bool identify(const seccomp_notif& notification, ExecFacts& facts) const;
  void on_refused(pid_t process);
  [[nodiscard]] Verdict leave_unread(const seccomp_notif& notification, ExecFacts& facts);
  void answer(GateSlot& slot);

  SharedArea& area_;
  const config::Config& config_;
  int listener_;
  int wake_fd_;
  Aside aside_;
  bool pass_all_ = false;
  std::optional<ShimDetours> detours_;
};

/// Receives in the place of a front that is stopped by Ctrl-Z, and lets every exec pass; does nothing while the front
/// is receiving itself. `listener` -1: no gate.
void continue_for_stopped_front(SharedArea& area, int listener);
/// To be called by the front when a supervisor has died: one that was receiving in its place does so no more, and what
/// it had received goes on.
void stop_receiving_for(SharedArea& area, int listener);

}  // namespace memguard::supervisor

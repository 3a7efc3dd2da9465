// The receiving half of the exec gate, in the front: it alone may read the memory of the build's processes, being their
// ancestor (Yama). It answers what is no job and lays the rest before the supervisor.
//
// A thread of its own receives (relay.h): whatever the caller of an exec does with its memory and its files, the front
// goes on, and so do the execs of others. What cannot be read in a quarter of a second goes on unread, and is looked at
// when its exec is done (late_execs.h).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/pinned.h"
#include "base/unique_fd.h"
#include "config/config.h"
#include "supervisor/area/shared_area.h"
#include "supervisor/intake/exec_reading.h"
#include "supervisor/intake/relay.h"
#include "supervisor/intake/shim_detours.h"

namespace memguard::supervisor {

class Gatekeeper : Pinned {
 public:
  /// `listener`: -1 without a gate. `wake_fd` is the eventfd by which the supervisor is told. All must outlive it.
  Gatekeeper(SharedArea& area, const config::Config& config, int listener, int wake_fd);

  /// From now on the exec of each compiler and linker that may run again (job/again.h) goes to `shim`, and so does that
  /// of a clang that only links. Not those below a shim. Not compiles and clangs while memory is plentiful. Before
  /// `start`.
  void send_to(const std::string& shim, const std::string& run_id);
  /// A thread receives from now on. Where none can be had, the owner is to receive: see `listener`.
  void start();
  /// Nothing is received any more.
  void stop();

  /// To be polled by the owner while no thread receives; -1 else, and when no process with the gate is left.
  [[nodiscard]] int listener() const;
  /// After POLLIN of that: receives one notification and answers it or passes it on, and tries to have a thread again.
  /// A read that hangs then holds the owner. False when no slot was free: the supervisor has had 20 ms to free one.
  bool receive_one();
  /// To be polled by the owner: an exec is to go to the shim.
  [[nodiscard]] int for_owner_fd() const { return left_fd_.get(); }
  /// To be polled by the owner: a read takes too long.
  [[nodiscard]] int late_fd() const { return relay_.late_fd(); }
  /// After POLLIN of one of those two. To be called by the thread that waits for processes.
  void turn();
  /// gate::Detours::take: for whoever waits for processes.
  bool take(pid_t process, int status) { return detours_ && detours_->take(process, status); }
  /// Every exec goes on at once from now on, those too that wait for a supervisor: there is none any more.
  void let_all_pass();

 private:
  /// What becomes of an exec.
  enum class Verdict : std::uint8_t {
    passes,   ///< it is no job, or nobody waits for an answer: it goes on at once
    asks,     ///< it is a job: the supervisor decides when it goes on
    unread,   ///< it has gone on, and the supervisor looks at what it becomes (late_execs.h)
    to_shim,  ///< it is a job whose exec is to go to the shim, which only the owner's thread can do
    driver,   ///< it is a clang that only links, which is to go to the shim, or goes on where it cannot
    hangs,    ///< it took too long to read; the owner's thread has it now
  };
  /// The exec that is being read, for the owner when that takes too long.
  struct Present {
    GateSlot* slot = nullptr;
    std::shared_ptr<ExecReading> exec;
    /// Its job is known, and only its inputs are missing.
    std::optional<std::size_t> job_class;
  };

  enum class Received : std::uint8_t { one, no_slot, hangs };

  void receive(Relay::Runner& runner);
  [[nodiscard]] Received receive_one(Relay::Runner* runner);
  [[nodiscard]] Verdict look_at(GateSlot& slot, Relay::Runner* runner);
  [[nodiscard]] Verdict look_at_or_pass(GateSlot& slot, Relay::Runner* runner);
  [[nodiscard]] Verdict leave_unread(GateSlot& slot);
  [[nodiscard]] Verdict as_job(GateSlot& slot, const ExecReading& exec, std::size_t job_class,
                               const job::Inputs& inputs) const;
  [[nodiscard]] Verdict as_driver(GateSlot& slot, const ExecReading& exec, std::size_t job_class) const;
  [[nodiscard]] std::optional<std::size_t> class_of(const ExecReading& exec);
  [[nodiscard]] bool goes_to_shim(const ExecReading& exec, std::size_t job_class) const;
  [[nodiscard]] bool identify(GateSlot& slot) const;
  void settle(GateSlot& slot, Verdict verdict);
  void ask(GateSlot& slot);
  void answer(GateSlot& slot);
  void take_back(GateSlot& slot);
  void finish_hanging();
  void begin_detours();
  void on_refused(pid_t process);
  [[nodiscard]] bool all_pass() const;

  SharedArea& area_;
  const config::Config& config_;
  int listener_;
  int wake_fd_;
  std::atomic<bool> pass_all_ = false;
  /// No process with the filter is left.
  std::atomic<bool> closed_ = false;
  std::optional<ShimDetours> detours_;
  Present present_;
  bool stopped_ = false;
  UniqueFd left_fd_;
  /// Guards the next.
  std::mutex left_mutex_;
  /// An exec that is to go to the shim.
  struct ToShim {
    GateSlot* slot = nullptr;
    bool is_job = false;
  };
  std::vector<ToShim> to_shim_;
  Relay relay_;
};

/// Receives in the place of a front that is stopped by Ctrl-Z, and lets every exec pass; does nothing while the front
/// is receiving itself. `listener` -1: no gate.
void continue_for_stopped_front(SharedArea& area, int listener);
/// To be called by the front when a supervisor has died: one that was receiving in its place does so no more, and what
/// it had received goes on.
void stop_receiving_for(SharedArea& area, int listener);

}  // namespace memguard::supervisor

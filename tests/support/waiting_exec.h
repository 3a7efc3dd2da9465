// A child in its exec, which the gate has announced and nobody has answered.
#pragma once

#include <cstdint>

#include "gate/listener.h"
#include "gated_child.h"
#include "proc/process.h"
#include "supervisor/area/shared_area.h"

namespace memguard::supervisor {

/// Its new program waits for ever. It ends with the test, answered or not. Only where GatedChild is possible.
class WaitingExec {
 public:
  [[nodiscard]] int listener() const { return child_.listener(); }
  [[nodiscard]] pid_t pid() const { return child_.pid(); }
  [[nodiscard]] proc::Identity identity() const { return {pid(), stat().start_ticks}; }
  /// As the front does: the notification, and what it has read of the caller.
  void receive_into(GateSlot& slot) {
    slot.state = SlotState::received;
    (void)gate::receive(listener(), slot.notification);
    slot.facts = {};
    slot.facts.thread = pid();
    slot.facts.process = identity();
    slot.facts.old_stack = old_stack_ = stat().start_stack;
  }
  /// The new program is there. To be called after `receive_into`.
  [[nodiscard]] bool is_done() const { return stat().start_stack != old_stack_; }
  void end() { child_.kill(); }

 private:
  [[nodiscard]] proc::Stat stat() const { return proc::read_stat(pid()).value(); }

  GatedChild child_{[] { execute("/bin/sleep", {"sleep", "infinity"}); }};
  std::uint64_t old_stack_ = 0;
};

}  // namespace memguard::supervisor

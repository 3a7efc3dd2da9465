// Listens where a front would, and answers what the test says.
#pragma once

#include <optional>
#include <string>

#include "base/unique_fd.h"
#include "shim/protocol.h"

namespace memguard::shim {

class FakeSupervisor {
 public:
  FakeSupervisor();

  /// The value of MEMGUARD_RUN by which a shim finds it.
  [[nodiscard]] const std::string& run_id() const { return run_id_; }
  /// Waits for a shim, takes its Hello, and says whether it was one. The connection before is closed.
  [[nodiscard]] bool answer_call();
  /// Waits for the next message; nothing when the shim hung up.
  [[nodiscard]] std::optional<Message> hear();
  void say(Decision decision);
  /// The supervisor is gone; the front still listens.
  void die() { connection_.reset(); }
  void stop_listening() { listener_.reset(); }
  /// The pid of the shim, as the kernel says.
  [[nodiscard]] int caller() const;

 private:
  std::string run_id_;
  UniqueFd listener_;
  UniqueFd connection_;
};

}  // namespace memguard::shim

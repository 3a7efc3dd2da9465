// The shim's line to the supervisor.
#pragma once

#include <chrono>

#include "shim/compiler.h"
#include "shim/protocol.h"

namespace memguard::shim {

/// What became of a question.
struct Answer {
  Decision decision = Decision::pass_on;
  /// The signal that ended the wait for it, and is to end the build; 0 when none did.
  int signal = 0;
};

class SupervisorLine {
 public:
  /// `run_id` names the run (protocol.h); null when there is none.
  explicit SupervisorLine(const char* run_id) : run_id_(run_id) {}
  /// It is neither copied nor moved.
  SupervisorLine& operator=(SupervisorLine&&) = delete;
  /// Hangs up.
  ~SupervisorLine() { hang_up(); }

  /// Connects and says who we are. False when nobody listens, or somebody who is neither us nor root. Never waits.
  bool connect();
  /// To be polled for its end; -1 while there is no line.
  [[nodiscard]] int fd() const { return fd_; }
  /// Closes the connection, when there is one.
  void hang_up();

  /// The signals that end a wait, and the compiler that a signal is sent on to: a zombie then.
  struct Interrupts {
    const ChildSignals& signals;
    pid_t compiler;
  };
  /// Asks what to do about an ending, and waits for the answer, which may come when another job has ended. A supervisor
  /// that hangs is killed by the front, so that the line breaks. It is then made again, for as long as `patience` after
  /// that; the front listens and starts a new one. When that is over, or nobody listens any more, the ending is passed
  /// on. A signal that is to end the build ends the wait.
  [[nodiscard]] Answer ask(Ending ending, std::chrono::milliseconds patience, const Interrupts& by);

 private:
  [[nodiscard]] bool answered(Ending ending, const Interrupts& by, Answer& answer);

  const char* run_id_;
  int fd_ = -1;
  bool refused_ = false;
  // The last question was sent.
  bool asked_ = false;
};

}  // namespace memguard::shim

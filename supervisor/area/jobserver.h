// The tokens by which a cargo and its rustc share processors (GNU make manual, "POSIX Jobserver Interaction"). Each
// cargo makes them for itself, as many as all of its configuration says, and we reach into its pipe from outside for
// two reasons: a rustc that is killed takes the tokens of its codegen threads with it, and they have to be put back;
// and how many jobs the build tool starts is to follow the memory there is (supervisor/tokens/token_pool.h).
//
// One of our own, handed to cargo when it starts, would have to be told of by a variable and by inherited descriptors.
// All that the build starts would inherit both, tests among it; and cargo, given one, takes no number of jobs from its
// configuration.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/unique_fd.h"

namespace memguard::supervisor {

/// The descriptors by which a process that inherited a jobserver takes tokens and puts them back.
struct JobserverEnds {
  int take = -1;
  int put = -1;
  /// There is one.
  [[nodiscard]] bool any() const { return take >= 0; }
  /// All their fields are equal.
  bool operator==(const JobserverEnds&) const = default;
};

/// What cargo tells its rustc by CARGO_MAKEFLAGS ("-j --jobserver-fds=3,4 --jobserver-auth=3,4"; jobserver-rs, unix.rs,
/// string_arg), from "NAME=value" strings. None when it is not there, or is a fifo, which cargo never makes.
[[nodiscard]] JobserverEnds jobserver_told_by(const std::vector<std::string>& environment);
/// Whether a process that was started with these variables takes part in a jobserver instead of making its own: one of
/// the three that cargo looks at names one.
[[nodiscard]] bool inherits_jobserver(const std::vector<std::string>& environment);

/// A pipe with one byte a token, opened once more: that ours do not block changes nothing for its owner.
class Jobserver {
 public:
  /// That of a process which has it under these descriptors. Nothing when they are not both ends of one pipe, or cannot
  /// be opened (/proc/PID/fd: what Yama restricts is not needed for it).
  [[nodiscard]] static std::optional<Jobserver> open(pid_t owner, const JobserverEnds& ends);

  /// Puts so many into the pipe: new ones, or those that a killed process has taken with it. None when negative.
  void give(int tokens) const;
  /// Takes so many out again, and returns how many it got: what is in use cannot be taken.
  [[nodiscard]] int take(int tokens) const;
  /// Tokens nobody has.
  [[nodiscard]] int free_tokens() const;

 private:
  UniqueFd take_;
  UniqueFd put_;
};

/// How many tokens a rustc holds: one for each codegen thread but the first, which runs on the token that its process
/// has anyway. Told by the names of its threads (rustc_codegen_ssa/src/back/write.rs names them "opt cgu.3", "lto ...",
/// "copy ..."). 0 when it is gone.
[[nodiscard]] int tokens_held_by(pid_t rustc);

}  // namespace memguard::supervisor

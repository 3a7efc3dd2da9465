// The tokens by which cargo and its rustc share processors (GNU make manual, "POSIX Jobserver Interaction"), made by us
// for two reasons that whoever makes them for itself cannot serve: a rustc that is killed takes the tokens of its
// codegen threads with it, and they have to be put back; and how many jobs the build tool starts is to follow the
// memory there is (supervisor/token_pool.h).
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace memguard::supervisor {

/// A pipe with one byte a token. Of two processes that hold it one only, the supervisor, gives and takes.
///
/// A pipe, not the fifo of GNU make 4.4: cargo passes the jobserver on to build scripts, and a make 4.3 among them ends
/// with "invalid --jobserver-auth string" when it is a fifo.
class Jobserver {
 public:
  /// A pool of `tokens`: those beyond the one that everybody who is started has without asking.
  [[nodiscard]] static Result<Jobserver> create(int tokens);

  using Variables = std::map<std::string, std::string>;
  /// Whether `command`, started with these variables, would use it and nobody would miss another: it is
  /// cargo, it inherits no jobserver, and neither `-j` nor CARGO_BUILD_JOBS says how many jobs there are to be. Cargo
  /// warns when it is given both, and make without `-j` means one job at a time.
  [[nodiscard]] static bool suits(const std::vector<std::string>& command, const Variables& environment);

  /// What a process that is to use it must inherit: a variable that names two descriptors, and these.
  [[nodiscard]] std::pair<std::string, std::string> variable() const;
  [[nodiscard]] std::vector<int> descriptors() const { return {take_.get(), put_.get()}; }

  /// Puts so many into the pipe: new ones, or those that a killed process has taken with it. None when negative.
  void give(int tokens) const;
  /// Takes so many out again, and returns how many it got: what is in use cannot be taken.
  [[nodiscard]] int take(int tokens) const;
  /// Tokens nobody has.
  [[nodiscard]] int free_tokens() const;

 private:
  UniqueFd take_;
  UniqueFd put_;
  /// The reading end again, not blocking: whoever inherits `take_` expects it to block.
  UniqueFd take_now_;
};

/// How many tokens a rustc holds: one for each codegen thread but the first, which runs on the token that its process
/// has anyway. Told by the names of its threads (rustc_codegen_ssa/src/back/write.rs names them "opt cgu.3", "lto ...",
/// "copy ..."). 0 when it is gone.
[[nodiscard]] int tokens_held_by(pid_t rustc);

}  // namespace memguard::supervisor

// What a compiler writes to stderr, on its way to cargo: unchanged and at once, line by line, but for lines that were
// passed on before a restart, and for what a failing link says, which may be repaired.
//
// Cargo reads JSON lines here (rustc's --error-format=json --json=artifacts). A line cut in two, or a second artifact
// notice, would break it: the latter panics it (src/cargo/util/dependency_queue.rs, `finish`).
#pragma once

#include "shim/bytes.h"
#include "shim/line_counts.h"

namespace memguard::shim {

class Messages {
 public:
  /// Passes on to `out`, a file descriptor.
  explicit Messages(int out) : out_(out) {}

  /// What the compiler wrote. Whole lines go on; the rest waits for its end.
  void take(std::string_view text);
  /// From a line on that says that linking failed, everything is held back.
  [[nodiscard]] bool link_failed() const { return holding_; }
  /// The compiler is started again: what was held back, and the line it did not end, have not been said.
  void begin_again();
  /// The compiler has ended for good: everything that waits goes on.
  void finish();

 private:
  void pass_on(std::string_view text) const;
  void sort_out(std::string_view lines);

  int out_;
  // The beginning of a line.
  Bytes waiting_;
  Bytes held_;
  bool holding_ = false;
  LineCounts counts_;
};

/// True for the line in which rustc says that its linker failed, as JSON or for people, whatever that linker was:
/// "linking with `cc` failed" (compiler/rustc_codegen_ssa, messages.ftl). What the linker itself said is part of the
/// same JSON line, and follows in text. True too for what clang says: "error: unable to execute command: Killed" (LLVM,
/// lib/Support/Unix/Program.inc), then "error: linker command failed" (clang/lib/Driver/Driver.cpp).
[[nodiscard]] bool tells_of_failed_link(std::string_view line);

}  // namespace memguard::shim

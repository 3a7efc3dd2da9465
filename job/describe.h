// What a job is about, from its own arguments and the environment cargo gave it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "job/unit.h"

namespace memguard::job {

struct Description {
  /// False for what runs a job's program without doing a job's work: `rustc -vV`, `rustc --print cfg`, `ld --version`,
  /// a clang that only links or leaves the work to others (job/clang.h), a preprocessor, a test binary that lists its
  /// tests or that cargo does not run.
  bool works = true;
  /// --crate-name, else CARGO_CRATE_NAME; of a test binary its file's name without hash.
  std::string crate;
  /// CARGO_PKG_NAME.
  std::string package;
  /// The output file of a link or a compile (-o), the source where that is for `as` only; of a rustc its crate type
  /// ("lib", "bin", "proc-macro"); of a test binary what it is called in messages: the unit's name.
  std::string output;
  /// A rustc that will start a linker before it ends: not a library, and it emits more than metadata (`cargo check`).
  bool will_link = false;
  /// It compiles a build script of cargo, or a build script started it. Every crate above that script waits for it.
  bool of_build_script = false;
  /// What history knows it by. Of a linker that a rustc started, kind, profile, target and compiler are its rustc's
  /// (`adopt`).
  Unit unit;
};

/// `class_name` is the job's class ("rustc", "link", ...), `path` what it is executed by (job/programs.h); `arguments`
/// begins with the program's name as the caller gave it; `environment` holds "NAME=value" strings.
[[nodiscard]] Description describe(std::string_view class_name, std::string_view path,
                                   const std::vector<std::string>& arguments,
                                   const std::vector<std::string>& environment);

/// The link that a rustc will start, as far as it is known before: what history may know of it.
[[nodiscard]] Unit link_of(const Unit& rustc);

}  // namespace memguard::job

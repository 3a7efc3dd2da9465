// What a job is about, from its own arguments and the environment cargo gave it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace memguard::gate {

/// Names for reports, and later for history.
struct JobDescription {
  /// False for what runs a job's program without doing a job's work: `rustc -vV`, `rustc --print cfg`, `ld --version`.
  bool works = true;
  /// --crate-name, else CARGO_CRATE_NAME.
  std::string crate;
  /// CARGO_PKG_VERSION.
  std::string version;
  /// A link's output file (-o); of a rustc its crate type ("lib", "bin", "proc-macro").
  std::string output;
  /// A rustc that will start a linker before it ends: not a library, and it emits more than metadata (`cargo check`).
  bool will_link = false;
};

/// `class_name` is the job's class ("rustc", "link", ...); `environment` holds "NAME=value" strings.
[[nodiscard]] JobDescription describe_job(std::string_view class_name, const std::vector<std::string>& arguments,
                                          const std::vector<std::string>& environment);

}  // namespace memguard::gate

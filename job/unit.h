// A unit of the build (cargo's word): what the same job is in every build, and what decides how much memory it needs.
#pragma once

#include <string>

#include "base/units.h"

namespace memguard::job {

/// Two jobs with equal units are expected to need the same. All words are those of rustc and cargo.
struct Unit {
  /// Name of the class: "rustc", "link", "cc", "test", "other", or a user's.
  std::string job_class;
  /// The crate; of a build script its package; of a link its output and of a compiler its source, without what changes
  /// from build to build (cargo's hashes, the path above the last folder); of Go's compiler the package. Of a test
  /// "app", "app/cli" of a crate that is not called as its package, with " tests::large" of one that runs alone. Of
  /// class "other" job::program_key. Of a class of the user's: its source, output or last argument, the first that
  /// lasts.
  std::string name;
  /// CARGO_PKG_VERSION; empty outside cargo.
  std::string version;
  /// "lib", "bin", "proc-macro", "test", "bench", "build-script", ...; empty when unknown.
  std::string kind;
  /// The options that count, in this order, those that are given: "opt-level=3 lto=fat codegen-units=1 debuginfo=2".
  std::string profile;
  /// The target triple; empty for the host's own.
  std::string target;
  /// The toolchain (RUSTUP_TOOLCHAIN); empty when unknown.
  std::string compiler;

  /// All their fields are equal.
  bool operator==(const Unit&) const = default;
};

/// What a job reads, as far as its arguments name it: what the need of a unit that was never seen is modelled from.
struct Inputs {
  /// Object files, and archives without their metadata; of a rustc the crates given by --extern.
  Bytes objects;
  /// Source text.
  Bytes sources;

  /// All their fields are equal.
  bool operator==(const Inputs&) const = default;
};

}  // namespace memguard::job

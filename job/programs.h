// The programs that are known to need memory, under every name a build calls them by, and all that memguard knows of
// each. The table in programs.cc is the only place where a program is described.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "job/need_model.h"

namespace memguard::job {

/// What a job does.
enum class Kind : std::uint8_t {
  rustc,
  link,
  cc,
  test,
  other,  ///< no list names its program: it is a job for its size
  own,    ///< its class was declared by the user
};
/// Those before `own` are built-in classes, which have the same order and the same names.
constexpr std::size_t kBuiltInKinds = 5;

/// "rustc", "link", "cc", "test", "other"; "own", which is no class's name.
[[nodiscard]] std::string_view to_text(Kind kind);
/// The kind of a class by its name: `own` for every name that no built-in class has.
[[nodiscard]] Kind kind_of(std::string_view class_name);

struct KnownProgram {
  Kind kind = Kind::rustc;
  /// The program without version and target: "clang++" of "clang++-14", "ld.bfd" of "x86_64-linux-gnu-ld.bfd"; "go
  /// compile" and "go link" of Go's; "test" and "doctest" of test binaries. Text that lives as long as the process.
  std::string_view name;
  /// False: running it again is no good whatever its arguments say (job/again.h).
  bool may_run_again = true;
  /// It works in a child, so that its caller need not wait until its memory is given back.
  bool works_in_child = false;
};

/// What the program executed by `path` is, by its path alone; nothing when it is none of those that are known.
///
/// A name may end with a version ("lld-15", "ghc-9.4.7"). Linkers and clang may begin with the target that they are for
/// ("aarch64-linux-gnu-ld"); a prefix without '-' is no target ("my-ld"). Go's `compile` and `link` count in the folder
/// of Go's tools only (pkg/tool/linux_amd64). A test binary is what cargo builds of tests and benches, deps/NAME-HASH
/// and examples/NAME-HASH with 16 hexadecimal digits, and `rust_out`, as which rustdoc builds a doctest.
///
/// Drivers that only start others are none: gcc, collect2, nvcc, javac's callers. Nor is `as`: with gcc's -pipe it
/// waits for cc1 while cc1 waits for it.
[[nodiscard]] std::optional<KnownProgram> known_program(std::string_view path);

/// Whether many machines have this name as a link to a compiler or linker of another name: "cc" to clang, "ld" to mold
/// (/usr/libexec/mold/ld, for `gcc -B`). They are cc, c++, c89, c99, gcc, g++ and ld, with target and version.
[[nodiscard]] bool may_be_another(std::string_view path);

/// What an exec of such a `path` starts, as known_program is to be asked: `file`, which the links of `path` lead to,
/// when that is a known program. Else `path`: behind most machines' ld is GNU's, and behind cc a gcc that is no job.
[[nodiscard]] std::string_view program_behind(std::string_view path, std::string_view file);

/// What a job of a kind needs, by its program (KnownProgram::name) where that is known to differ; of a linker or
/// compiler that is not known as the greediest one. Of rustc history/model.h knows more. docs/HISTORY.md tells where
/// the numbers come from.
[[nodiscard]] NeedModel need_model(Kind kind, std::string_view program);

/// How the known programs of a kind are listed for people: names without version and target, "pkg/tool/*/compile",
/// "deps/*-HASH".
[[nodiscard]] std::vector<std::string> listed_programs(Kind kind);

}  // namespace memguard::job

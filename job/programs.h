// The programs that are known to need memory, under every name a build calls them by.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace memguard::job {

/// What a known program does. The order is that of the built-in classes, which have the same names.
enum class Kind : std::uint8_t { rustc, link, cc, test };
constexpr std::size_t kKinds = 4;

/// "rustc", "link", "cc", "test".
[[nodiscard]] std::string_view to_text(Kind kind);

struct KnownProgram {
  Kind kind = Kind::rustc;
  /// The program without version and target: "clang++" of "clang++-14", "ld.bfd" of "x86_64-linux-gnu-ld.bfd"; "go
  /// compile" and "go link" of Go's; "test" and "doctest" of test binaries. Text that lives as long as the process.
  std::string_view name;
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

/// How the known programs of a kind are listed for people: names without version and target, "pkg/tool/*/compile",
/// "deps/*-HASH".
[[nodiscard]] std::vector<std::string> listed_programs(Kind kind);

}  // namespace memguard::job

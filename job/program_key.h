// What a program is known by from build to build.
#pragma once

#include <string>
#include <string_view>

namespace memguard::job {

/// The longest key, in bytes.
constexpr std::size_t kLongestProgramKey = 31;

/// The name of a program without what changes from build to build and from machine to machine, for history and for
/// counting: "app-*" of "app-1a2b3c4d5e6f7890", "clang++" of "clang++-14", "python" of "python3.11". `name` may be a
/// path, also one of /proc/PID/exe with " (deleted)" behind it (proc(5)).
///
/// A part between '-', '_' and '.' of at least eight hexadecimal digits, one of them decimal, is a hash: "*" stands for
/// it, and for a UUID. A version is what follows the last '-' or '.', when it is a number, and digits with a dot.
/// Digits alone behind a name (bzip2, b2, stage1) belong to it, except of interpreters.
///
/// Of a build script it is "build-script@" and the package, which is in the folder that cargo puts it in.
///
/// ASCII without control characters, others are "?"; never empty: "unknown" is the key of an empty name.
[[nodiscard]] std::string program_key(std::string_view name);

}  // namespace memguard::job

// Finding one's way in the arguments of compilers and linkers.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace memguard::job {

using Strings = std::vector<std::string>;

/// The value of NAME in "NAME=value" strings; empty when it is not there.
[[nodiscard]] std::string variable(const Strings& environment, std::string_view name);

/// The value of `--option value` or `--option=value`, the first of several. `arguments` begins with the program.
[[nodiscard]] std::optional<std::string> option(const Strings& arguments, std::string_view name);

/// The values of every `--option value` and `--option=value`.
[[nodiscard]] Strings options(const Strings& arguments, std::string_view name);

/// The value of rustc's `-C key=value`, `-Ckey=value` or `--codegen key=value`, the last of several, as rustc has it;
/// an empty one for a key without value.
[[nodiscard]] std::optional<std::string> codegen_option(const Strings& arguments, std::string_view key);

/// True for the name of a file that a compiler or an assembler compiles.
[[nodiscard]] bool is_source(std::string_view argument);

/// True when rustc is given something to compile: a source, or a response file, which is only written for a command
/// line that is long, so for real work.
[[nodiscard]] bool gives_rustc_work(const Strings& arguments);

/// What a compiler is given to compile: the words that are no options and no values of one, and have a source's ending;
/// when there is none, those behind `-x LANGUAGE`, also "-" for standard input. `arguments` begins with the program.
[[nodiscard]] Strings sources(const Strings& arguments);

/// The words of a response file as binutils and LLVM read them (libiberty's buildargv): separated by white space, with
/// quotes and backslashes.
[[nodiscard]] Strings split_response(std::string_view text);

/// Where the hash that cargo puts behind a name begins, its '-' included: 3 of "app-0123456789abcdef". 0 without one.
[[nodiscard]] std::size_t hash_at_end(std::string_view name);

/// "heavy_digest" of "/x/target/release/deps/heavy_digest-0123456789abcdef", "foo" of "libfoo-0123456789abcdef.so".
[[nodiscard]] std::string output_name(std::string_view path);

/// "src/main.cc" of "/home/you/project/src/main.cc".
[[nodiscard]] std::string last_two_parts(std::string_view path);

}  // namespace memguard::job

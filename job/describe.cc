#include "job/describe.h"

#include <algorithm>
#include <array>

#include "job/arguments.h"

namespace memguard::job {
namespace {

bool given(const Strings& arguments, std::string_view argument) { return std::ranges::count(arguments, argument) > 0; }

bool has_input(const Strings& arguments) {
  return std::ranges::any_of(arguments, [](std::string_view argument) {
    // A response file (`@path`) is only written for a command line that is long, so for real work.
    return argument.ends_with(".rs") || argument.starts_with('@');
  });
}

// Crate types whose rustc starts a linker (rustc --help; rlib and staticlib are archives).
bool linked_type(std::string_view type) {
  constexpr std::array<std::string_view, 5> kLinked{"bin", "test", "proc-macro", "dylib", "cdylib"};
  return std::ranges::count(kLinked, type) > 0;
}

bool emits_link(const Strings& arguments) {
  const auto emit = option(arguments, "--emit");
  return !emit || emit->find("link") != std::string::npos;
}

void add_word(std::string& words, std::string_view word) {
  if (!words.empty()) words += ' ';
  words += word;
}

// -O and -g are short for the two options with the values that `rustc --help` gives.
std::string rustc_profile(const Strings& arguments) {
  std::string profile;
  const auto add = [&](std::string_view key, std::optional<std::string> value) {
    if (value) add_word(profile, value->empty() ? std::string(key) : std::string(key) + "=" + *value);
  };
  add("opt-level", given(arguments, "-O") ? "3" : codegen_option(arguments, "opt-level"));
  add("lto", codegen_option(arguments, "lto"));
  add("codegen-units", codegen_option(arguments, "codegen-units"));
  add("debuginfo", given(arguments, "-g") ? "2" : codegen_option(arguments, "debuginfo"));
  if (!emits_link(arguments)) add_word(profile, "emit=metadata");
  return profile;
}

// Cargo names the crate of every build script build_script_build, or after its file.
bool is_build_script(std::string_view crate) { return crate.starts_with("build_script_"); }

Description describe_rustc(const Strings& arguments, const Strings& environment) {
  Description job;
  // Cargo and build scripts probe with `-vV`, `--print`, or a program on standard input; those are over in a moment.
  job.works = has_input(arguments);
  job.crate = option(arguments, "--crate-name").value_or(variable(environment, "CARGO_CRATE_NAME"));
  job.output = given(arguments, "--test") ? "test" : option(arguments, "--crate-type").value_or("");
  job.will_link = linked_type(job.output) && emits_link(arguments);
  job.unit.profile = rustc_profile(arguments);
  job.unit.target = option(arguments, "--target").value_or("");
  job.unit.compiler = variable(environment, "RUSTUP_TOOLCHAIN");
  const bool script = is_build_script(job.crate);
  job.unit.name = script ? variable(environment, "CARGO_PKG_NAME") : job.crate;
  job.unit.kind = script ? "build-script" : job.output;
  return job;
}

Description describe_link(const Strings& arguments, const Strings& environment) {
  Description job;
  constexpr std::array<std::string_view, 4> kQuestions{"--version", "-v", "-V", "--help"};
  job.works = arguments.size() != 2 || std::ranges::count(kQuestions, arguments[1]) == 0;
  job.crate = variable(environment, "CARGO_CRATE_NAME");
  job.output = option(arguments, "-o").value_or("");
  if (job.output.empty()) job.output = option(arguments, "--output").value_or("");
  const bool script = is_build_script(job.crate);
  job.unit.name = script ? variable(environment, "CARGO_PKG_NAME") : output_name(job.output);
  return job;
}

// "-O2", "-gdwarf-5"; what is longer (-grecord-gcc-switches) decides nothing.
constexpr std::size_t kLongestFlag = 9;

// Of gcc's cc1plus and of clang -cc1: the source, and what makes a compile large.
Description describe_compiler(const Strings& arguments, const Strings& environment) {
  Description job = describe_link(arguments, environment);
  const auto source = std::ranges::find_if(arguments, is_source);
  job.unit.name = last_two_parts(source == arguments.end() ? job.output : *source);
  for (const std::string_view argument : arguments) {
    const bool counts = (argument.starts_with("-O") || argument.starts_with("-g")) && argument.size() <= kLongestFlag;
    if (counts) add_word(job.unit.profile, argument);
  }
  return job;
}

// The first that lasts from build to build: the output, if it is not one of those that get a new name each time; the
// last word that is no option, which mostly is what is worked on; the program itself.
std::string name_of_other(const Strings& arguments, std::string_view output) {
  if (!output.empty() && !output.starts_with("/tmp/")) return last_two_parts(output);
  const auto is_word = [](std::string_view word) { return !word.empty() && !word.starts_with('-'); };
  const auto last = std::find_if(arguments.rbegin(), arguments.rend(), is_word);
  return last == arguments.rend() ? std::string() : last_two_parts(*last);
}

// Of a class that the user made: nobody told how to read it.
Description describe_other(const Strings& arguments, const Strings& environment) {
  Description job = describe_compiler(arguments, environment);
  if (std::ranges::none_of(arguments, is_source)) job.unit.name = name_of_other(arguments, job.output);
  return job;
}

}  // namespace

Description describe(std::string_view class_name, const Strings& arguments, const Strings& environment) {
  Description job = class_name == "rustc"  ? describe_rustc(arguments, environment)
                    : class_name == "link" ? describe_link(arguments, environment)
                    : class_name == "cc"   ? describe_compiler(arguments, environment)
                                           : describe_other(arguments, environment);
  job.unit.job_class = class_name;
  job.unit.version = variable(environment, "CARGO_PKG_VERSION");
  job.package = variable(environment, "CARGO_PKG_NAME");
  return job;
}

Unit link_of(const Unit& rustc) {
  Unit link = rustc;
  link.job_class = "link";
  return link;
}

}  // namespace memguard::job

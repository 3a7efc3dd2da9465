#include "job/describe.h"

#include <algorithm>
#include <array>

#include "job/arguments.h"
#include "job/clang.h"
#include "job/program_key.h"
#include "job/programs.h"

namespace memguard::job {
namespace {

bool given(const Strings& arguments, std::string_view argument) { return std::ranges::count(arguments, argument) > 0; }

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
  job.works = gives_rustc_work(arguments);
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

// Go asks each of its tools for its version with -V=full.
bool asks_only(const Strings& arguments) {
  constexpr std::array<std::string_view, 6> kQuestions{"--version", "-version", "-v", "-V", "-V=full", "--help"};
  return arguments.size() == 2 && std::ranges::count(kQuestions, arguments[1]) > 0;
}

Description describe_link(const Strings& arguments, const Strings& environment) {
  Description job;
  job.works = !asks_only(arguments);
  job.crate = variable(environment, "CARGO_CRATE_NAME");
  job.output = option(arguments, "-o").value_or("");
  if (job.output.empty()) job.output = option(arguments, "--output").value_or("");
  const bool script = is_build_script(job.crate);
  job.unit.name = script ? variable(environment, "CARGO_PKG_NAME") : output_name(job.output);
  return job;
}

// "-O2", "-gdwarf-5"; what is longer (-grecord-gcc-switches) decides nothing.
constexpr std::size_t kLongestFlag = 9;

// Flang's driver forks a `flang -fc1` for each source; Swift's has a frontend for each file or module.
bool compiles(std::string_view program, const Strings& arguments) {
  if (is_clang_driver(program)) return clang_compiles(program, arguments);
  if (program.starts_with("flang")) return arguments.size() > 1 && arguments[1] == "-fc1";
  // What comes from a preprocessor takes little, and more lines than its compiler reads.
  return !given(arguments, "-E");
}

// What gcc's driver has its compiler write for `as`: /tmp/ccXXXXXX.s, another one each time.
bool is_for_as(std::string_view output) {
  const std::string_view name = output.substr(output.rfind('/') + 1);
  return name.size() == std::string_view("ccXXXXXX.s").size() && name.starts_with("cc") && name.ends_with(".s");
}

// Of lto1, whose files in /tmp have other names each time, gcc's name for what it works on: `-dumpbase app.ltrans0`.
std::string source_of(const Strings& arguments, std::string_view output) {
  const Strings given_sources = sources(arguments);
  if (!given_sources.empty()) return last_two_parts(given_sources.front());
  const std::string base = option(arguments, "-dumpbase").value_or("");
  return last_two_parts(base.empty() ? output : std::string_view(base).substr(base.starts_with("./") ? 2 : 0));
}

// Of compilers: the source, of Go's the package, and what makes a compile large.
Description describe_compiler(std::string_view path, const Strings& arguments, const Strings& environment) {
  Description job = describe_link(arguments, environment);
  const auto known = known_program(path);
  if (known && known->kind == Kind::cc) job.works = job.works && compiles(known->name, arguments);
  job.unit.name = source_of(arguments, job.output);
  if (job.output.empty() || is_for_as(job.output)) job.output = job.unit.name;
  if (known && known->name == "go compile") job.unit.name = option(arguments, "-p").value_or(job.unit.name);
  for (const std::string_view argument : arguments) {
    const bool counts = (argument.starts_with("-O") || argument.starts_with("-g")) && argument.size() <= kLongestFlag;
    if (counts) add_word(job.unit.profile, argument);
  }
  return job;
}

// The first that lasts from build to build: the output, if it is not one of those that get a new name each time; the
// last word that is no option, which mostly is what is worked on; the program itself.
std::string name_of_own(const Strings& arguments, std::string_view output) {
  if (!output.empty() && !output.starts_with("/tmp/")) return last_two_parts(output);
  const auto is_word = [](std::string_view word) { return !word.empty() && !word.starts_with('-'); };
  const auto last = std::find_if(arguments.rbegin(), arguments.rend(), is_word);
  return last == arguments.rend() ? std::string() : last_two_parts(*last);
}

// Of a class that the user made: nobody told how to read it.
Description describe_own(const Strings& arguments, const Strings& environment) {
  Description job = describe_compiler({}, arguments, environment);
  if (sources(arguments).empty()) job.unit.name = name_of_own(arguments, job.output);
  return job;
}

// Of what was found by its size. Its program is all that is sure to last; what it writes is told to people.
Description describe_other(std::string_view path, const Strings& arguments) {
  Description job;
  job.works = !asks_only(arguments);
  job.unit.name = program_key(path);
  const std::string output = option(arguments, "-o").value_or("");
  if (!output.starts_with("/tmp/")) job.output = last_two_parts(output);
  return job;
}

// Test binaries and doctests, which cargo, nextest and rustdoc run with the environment of their package.

// The one test that nextest runs in a process: `--exact NAME`.
std::string exact_test(const Strings& arguments) {
  if (arguments.empty()) return {};
  const auto first = arguments.begin() + 1;
  const auto exact = std::find(first, arguments.end(), "--exact");
  if (exact == arguments.end()) return {};
  const auto is_name = [](std::string_view word) { return !word.starts_with('-'); };
  if (exact + 1 != arguments.end() && is_name(exact[1])) return exact[1];
  const auto name = std::find_if(first, exact, is_name);
  return name == exact ? std::string() : *name;
}

// Rustdoc since edition 2024 (rustdoc, doctest/runner.rs): one program has all doctests, and runs itself for each.
bool only_runs_doctests(const Strings& environment) {
  return !variable(environment, "RUSTDOC_DOCTEST_BIN_PATH").empty() &&
         variable(environment, "RUSTDOC_DOCTEST_RUN_NB_TEST").empty();
}

bool cargo_runs_it(const Strings& environment) {
  return !variable(environment, "CARGO_MANIFEST_DIR").empty() || !variable(environment, "CARGO_PKG_NAME").empty();
}

std::string package_as_crate(const Strings& environment) {
  std::string name = variable(environment, "CARGO_PKG_NAME");
  std::ranges::replace(name, '-', '_');
  return name;
}

// "app", of a crate that is not called as its package "app/cli", of one test "app tests::large".
std::string test_name(const std::string& crate, const std::string& test, const Strings& environment) {
  const std::string package = package_as_crate(environment);
  std::string name = package.empty() || package == crate ? crate : package + "/" + crate;
  if (!test.empty()) add_word(name, test);
  return name;
}

Description describe_test(std::string_view path, const Strings& arguments, const Strings& environment) {
  const auto known = known_program(path);
  const bool of_cargo = known && known->kind == Kind::test;
  const bool doctest = of_cargo && known->name == "doctest";
  Description job;
  job.works = !given(arguments, "--list") && (!of_cargo || cargo_runs_it(environment)) &&
              !(doctest && only_runs_doctests(environment));
  job.crate = doctest ? variable(environment, "CARGO_CRATE_NAME") : of_cargo ? output_name(path) : program_key(path);
  job.unit.name = test_name(job.crate, doctest ? "doctest" : exact_test(arguments), environment);
  job.unit.kind = given(arguments, "--bench") ? "bench" : "test";
  job.output = job.unit.name;
  return job;
}

Description describe_by_kind(Kind kind, std::string_view path, const Strings& arguments, const Strings& environment) {
  switch (kind) {
    case Kind::rustc:
      return describe_rustc(arguments, environment);
    case Kind::link:
      return describe_link(arguments, environment);
    case Kind::cc:
      return describe_compiler(path, arguments, environment);
    case Kind::test:
      return describe_test(path, arguments, environment);
    case Kind::other:
      return describe_other(path, arguments);
    case Kind::own:
      break;
  }
  return describe_own(arguments, environment);
}

// Of what cargo starts build scripts alone are told both (cargo, src/cargo/core/compiler/custom_build.rs); a rustc has
// OUT_DIR only.
bool started_by_build_script(const Strings& environment) {
  return !variable(environment, "NUM_JOBS").empty() && !variable(environment, "OUT_DIR").empty();
}

}  // namespace

Description describe(std::string_view class_name, std::string_view path, const Strings& arguments,
                     const Strings& environment) {
  const Kind kind = kind_of(class_name);
  Description job = describe_by_kind(kind, path, arguments, environment);
  job.unit.job_class = class_name;
  // One program serves many packages.
  if (kind != Kind::other) job.unit.version = variable(environment, "CARGO_PKG_VERSION");
  job.package = variable(environment, "CARGO_PKG_NAME");
  job.of_build_script = is_build_script(job.crate) || started_by_build_script(environment);
  return job;
}

Unit link_of(const Unit& rustc) {
  Unit link = rustc;
  link.job_class = to_text(Kind::link);
  return link;
}

}  // namespace memguard::job

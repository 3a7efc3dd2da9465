#include "gate/describe.h"

#include <algorithm>
#include <array>
#include <optional>

namespace memguard::gate {
namespace {

using Strings = std::vector<std::string>;

std::string variable(const Strings& environment, std::string_view name) {
  for (const std::string_view entry : environment) {
    if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=') {
      return std::string(entry.substr(name.size() + 1));
    }
  }
  return {};
}

// The value of `--option value` or `--option=value`.
std::optional<std::string> option(const Strings& arguments, std::string_view name) {
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (argument == name && i + 1 < arguments.size()) return arguments[i + 1];
    if (argument.starts_with(name) && argument.size() > name.size() && argument[name.size()] == '=') {
      return std::string(argument.substr(name.size() + 1));
    }
  }
  return std::nullopt;
}

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

JobDescription describe_rustc(const Strings& arguments, const Strings& environment) {
  JobDescription job;
  // Cargo and build scripts probe with `-vV`, `--print`, or a program on standard input; those are over in a moment.
  job.works = has_input(arguments);
  job.crate = option(arguments, "--crate-name").value_or(variable(environment, "CARGO_CRATE_NAME"));
  job.version = variable(environment, "CARGO_PKG_VERSION");
  const bool test = std::ranges::count(arguments, "--test") > 0;
  job.output = test ? "test" : option(arguments, "--crate-type").value_or("");
  job.will_link = linked_type(job.output) && emits_link(arguments);
  return job;
}

JobDescription describe_link(const Strings& arguments, const Strings& environment) {
  JobDescription job;
  constexpr std::array<std::string_view, 4> kQuestions{"--version", "-v", "-V", "--help"};
  job.works = arguments.size() != 2 || std::ranges::count(kQuestions, arguments[1]) == 0;
  job.crate = variable(environment, "CARGO_CRATE_NAME");
  job.version = variable(environment, "CARGO_PKG_VERSION");
  job.output = option(arguments, "-o").value_or("");
  if (job.output.empty()) job.output = option(arguments, "--output").value_or("");
  return job;
}

}  // namespace

JobDescription describe_job(std::string_view class_name, const Strings& arguments, const Strings& environment) {
  if (class_name == "rustc") return describe_rustc(arguments, environment);
  return describe_link(arguments, environment);
}

}  // namespace memguard::gate

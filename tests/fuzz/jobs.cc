// The arguments and variables of rustc, linkers and compilers, and the names of programs.
#include "base/printable.h"
#include "config/config.h"
#include "input.h"
#include "job/arguments.h"
#include "job/clang.h"
#include "job/describe.h"
#include "job/program_key.h"
#include "job/programs.h"
#include "supervisor/area/job_facts.h"

namespace {

using namespace memguard;

void describe(const std::string& path, const job::Strings& arguments, const job::Strings& environment) {
  for (const char* job_class : {"rustc", "link", "cc", "test", "other"}) {
    const auto job = job::describe(job_class, path, arguments, environment);
    static_cast<void>(job::link_of(job.unit));
    supervisor::JobFacts facts{};
    facts.set(0, path, job, {Bytes{1}, Bytes{2}});
    fuzz::require(facts.unit(job_class).name.size() <= job.unit.name.size(), "a name in the table is cut, not longer");
    static_cast<void>(printable(facts.output.view()));
  }
}

void name(const std::string& path) {
  const auto known = job::known_program(path);
  const std::string key = job::program_key(path);
  fuzz::require(!key.empty() && key.size() <= job::kLongestProgramKey, "each program has a key of bounded length");
  static_cast<void>(job::output_name(path));
  static_cast<void>(job::last_two_parts(path));
  fuzz::require(job::hash_at_end(path) <= path.size(), "a hash is in the name");
  static_cast<void>(known);
}

}  // namespace

// Every third line is a variable; the first is the program's path.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  job::Strings arguments;
  job::Strings environment;
  for (auto& line : fuzz::arguments_of(text)) {
    auto& into = (arguments.size() + environment.size()) % 3 == 2 ? environment : arguments;
    into.push_back(std::move(line));
  }
  const auto split = job::split_response(text);
  const std::string path = arguments.front();
  name(path);
  describe(path, arguments, environment);
  describe(path, split, environment);
  for (const char* driver : {"clang", "clang++", "clang-cl"}) {
    static_cast<void>(job::clang_compiles(driver, arguments));
    static_cast<void>(job::clang_compiles(driver, split));
  }
  static_cast<void>(job::sources(arguments));
  return 0;
}

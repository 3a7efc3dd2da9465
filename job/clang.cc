#include "job/clang.h"

#include <algorithm>
#include <array>

namespace memguard::job {
namespace {

// Options by which it compiles and starts no linker.
constexpr std::array<std::string_view, 7> kCompileOnly{"-c",        "-S",        "-fsyntax-only",  "--precompile",
                                                       "-emit-ast", "--analyze", "-emit-llvm-only"};
constexpr std::array<std::string_view, 3> kCompileOnlyOfCl{"/c", "/Zs", "-Zs"};
// By which it compiles nothing.
constexpr std::array<std::string_view, 10> kNoCompile{
    "-###", "-E", "-M", "-MM", "--version", "-help", "--help", "-dumpversion", "-dumpmachine", "--autocomplete"};
constexpr std::array<std::string_view, 6> kNoCompileOfCl{"/E", "/EP", "/P", "-EP", "-P", "/?"};
// By which there is more than one thing to do, or it is done by another process.
constexpr std::array<std::string_view, 5> kForks{"-save-temps", "--save-temps", "-no-integrated-as",
                                                 "-fno-integrated-as", "-fno-integrated-cc1"};
constexpr std::array<std::string_view, 9> kHeaders{".h", ".hh", ".hp", ".hpp", ".hxx", ".h++", ".H", ".HPP", ".tcc"};

template <class Words>
bool any_of(const Strings& arguments, const Words& words) {
  return std::ranges::any_of(arguments, [&](const std::string& a) { return std::ranges::count(words, a) > 0; });
}

bool any_begins(const Strings& arguments, std::string_view prefix) {
  return std::ranges::any_of(arguments, [prefix](const std::string& a) { return a.starts_with(prefix); });
}

bool forks(const Strings& arguments) {
  return any_of(arguments, kForks) || any_begins(arguments, "-save-temps=") || any_begins(arguments, "--save-temps=") ||
         any_begins(arguments, "-fopenmp-targets=");
}

bool compiles_nothing(bool cl, const Strings& arguments) {
  return any_of(arguments, kNoCompile) || any_begins(arguments, "-print-") || any_begins(arguments, "--print-") ||
         (cl && any_of(arguments, kNoCompileOfCl));
}

bool is_header(const Strings& arguments, std::string_view source) {
  const auto language = option(arguments, "-x");
  return (language && language->ends_with("-header")) ||
         std::ranges::any_of(kHeaders, [source](std::string_view suffix) { return source.ends_with(suffix); });
}

}  // namespace

bool is_clang_driver(std::string_view name) { return name == "clang" || name == "clang++" || name == "clang-cl"; }

bool clang_compiles(std::string_view name, const Strings& arguments) {
  if (arguments.size() < 2) return false;
  if (arguments[1] == "-cc1" || arguments[1] == "-cc1as") return !any_of(arguments, std::array{"-E", "--version"});
  const bool cl = name == "clang-cl" || any_of(arguments, std::array{"--driver-mode=cl"});
  if (compiles_nothing(cl, arguments) || forks(arguments)) return false;
  const bool stops = any_of(arguments, kCompileOnly) || (cl && any_of(arguments, kCompileOnlyOfCl));
  const Strings all = sources(arguments);
  if (all.empty()) return stops && any_begins(arguments, "@");
  return all.size() == 1 && all.front() != "-" && (stops || is_header(arguments, all.front()));
}

bool clang_links(std::string_view name, const Strings& arguments) {
  if (!is_clang_driver(name) || name == "clang-cl" || arguments.size() < 2) return false;
  if (arguments[1] == "-cc1" || arguments[1] == "-cc1as" || any_of(arguments, std::array{"--driver-mode=cl"})) {
    return false;
  }
  if (compiles_nothing(false, arguments) || any_of(arguments, kCompileOnly) || any_begins(arguments, "@")) return false;
  if (!sources(arguments).empty()) return false;
  // `-v` alone asks for the version; "app" of `-o app` is no input.
  const auto output = option(arguments, "-o");
  return std::any_of(arguments.begin() + 1, arguments.end(),
                     [&](const std::string& word) { return !word.starts_with('-') && word != output; });
}

}  // namespace memguard::job

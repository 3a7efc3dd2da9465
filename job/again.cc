#include "job/again.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

#include "job/clang.h"
#include "job/programs.h"

namespace memguard::job {
namespace {

// Wherever in a word: "-MF/dev/stdout", "--Map=/dev/fd/3".
constexpr std::array<std::string_view, 7> kDescriptors{"/dev/stdin", "/dev/stdout", "/dev/stderr",       "/dev/fd/",
                                                       "/dev/tty",   "/proc/self/", "/proc/thread-self/"};
// Beginnings of words.
constexpr std::array<std::string_view, 4> kStrangers{"-fplugin", "-fpass-plugin=", "-fmodule-mapper", "--incremental"};
// By which a compiler prints, or loads what is not its own.
constexpr std::array<std::string_view, 5> kNotOfCompilers{"-E", "-M", "-MM", "-load", "-plugin"};
// By which a linker prints.
constexpr std::array<std::string_view, 13> kNotOfLinkers{"-M",
                                                         "--print-map",
                                                         "-t",
                                                         "--trace",
                                                         "--verbose",
                                                         "-V",
                                                         "-v",
                                                         "--cref",
                                                         "--stats",
                                                         "--print-gc-sections",
                                                         "--print-memory-usage",
                                                         "--help",
                                                         "--version"};

template <class Words>
bool is_one_of(std::string_view word, const Words& words) {
  return std::ranges::find(words, word) != words.end();
}

template <class Words>
bool begins_with_one_of(std::string_view word, const Words& words) {
  return std::ranges::any_of(words, [word](std::string_view beginning) { return word.starts_with(beginning); });
}

bool names_descriptor(std::string_view word) {
  return word == "-" || word == "@-" || word.ends_with("=-") ||
         std::ranges::any_of(kDescriptors, [word](std::string_view name) { return word.find(name) != word.npos; });
}

bool names_what_is_gone(const Strings& arguments) {
  return std::ranges::any_of(arguments, [](const std::string& word) {
    return names_descriptor(word) || begins_with_one_of(word, kStrangers) || word.starts_with("--print=");
  });
}

bool writes_what_it_reads(const Strings& arguments) {
  for (const std::string_view name : {"-o", "--output"}) {
    const auto output = option(arguments, name);
    // The output's own word is one of them.
    if (output && std::ranges::count(arguments, *output) > 1) return true;
  }
  return false;
}

// gcc's lto-wrapper runs make below the linker, which takes tokens (gcc/lto-wrapper.cc, jobserver_active_p).
bool takes_tokens(const Strings& environment) {
  return variable(environment, "MAKEFLAGS").find("--jobserver") != std::string::npos &&
         variable(environment, "COLLECT_GCC_OPTIONS").find("-flto") != std::string::npos;
}

// "-Wl,-t,--cref": what a driver passes on to the linker.
Strings passed_on(const Strings& arguments) {
  constexpr std::string_view kPrefix = "-Wl,";
  Strings words = arguments;
  for (std::string_view rest : arguments) {
    if (!rest.starts_with(kPrefix)) continue;
    rest.remove_prefix(kPrefix.size());
    for (std::size_t end = 0; end != std::string_view::npos; rest.remove_prefix(std::min(rest.size(), end + 1))) {
      end = rest.find(',');
      words.emplace_back(rest.substr(0, end));
    }
  }
  return words;
}

bool any_is_one_of(const Strings& arguments, const auto& words) {
  return std::any_of(arguments.begin() + 1, arguments.end(), [&](const auto& word) { return is_one_of(word, words); });
}

bool link_may_run_again(const Strings& arguments, const Strings& environment) {
  return !names_what_is_gone(arguments) && !any_is_one_of(arguments, kNotOfLinkers) &&
         !writes_what_it_reads(arguments) && !takes_tokens(environment);
}

}  // namespace

bool may_run_again(std::string_view path, const Strings& arguments, const Strings& environment) {
  const auto known = known_program(path);
  if (!known || arguments.empty() || !known->may_run_again || names_what_is_gone(arguments)) return false;
  switch (known->kind) {
    case Kind::rustc:
      return gives_rustc_work(arguments) && !any_is_one_of(arguments, std::array{std::string_view("--print")});
    case Kind::cc:
      if (clang_links(known->name, arguments)) return link_may_run_again(passed_on(arguments), environment);
      return !any_is_one_of(arguments, kNotOfCompilers) && !writes_what_it_reads(arguments);
    case Kind::link:
      return link_may_run_again(arguments, environment);
    case Kind::test:
    case Kind::other:
    case Kind::own:
      break;
  }
  return false;
}

}  // namespace memguard::job

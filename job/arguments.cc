#include "job/arguments.h"

#include <algorithm>
#include <array>

namespace memguard::job {
namespace {

// The value that argument `i` gives to option `name`, in either form.
std::optional<std::string> value_at(const Strings& arguments, std::size_t i, std::string_view name) {
  const std::string_view argument = arguments[i];
  if (!argument.starts_with(name)) return std::nullopt;
  if (argument.size() == name.size()) return i + 1 < arguments.size() ? std::optional(arguments[i + 1]) : std::nullopt;
  if (argument[name.size()] != '=') return std::nullopt;
  return std::string(argument.substr(name.size() + 1));
}

// What follows -C, -Cx or --codegen at argument `i`.
std::optional<std::string_view> codegen_at(const Strings& arguments, std::size_t i) {
  const std::string_view argument = arguments[i];
  const bool apart = argument == "-C" || argument == "--codegen";
  if (apart) return i + 1 < arguments.size() ? std::optional<std::string_view>(arguments[i + 1]) : std::nullopt;
  if (argument.starts_with("-C")) return argument.substr(2);
  constexpr std::string_view kLong = "--codegen=";
  return argument.starts_with(kLong) ? std::optional(argument.substr(kLong.size())) : std::nullopt;
}

// By gcc's and clang's documentation (clang's Driver/Types.cpp): C, C++, Objective-C, LLVM, OpenCL and HIP, modules,
// headers that become precompiled ones, Fortran, Ada; and other languages' own.
constexpr auto kSuffixes = std::to_array<std::string_view>(
    {".c",   ".cc",   ".cpp", ".cxx",  ".c++",  ".cp",  ".C",   ".CC",  ".CPP", ".CXX",  ".C++",   ".m",   ".mm",
     ".M",   ".i",    ".ii",  ".mi",   ".mii",  ".s",   ".S",   ".sx",  ".ll",  ".bc",   ".ast",   ".cl",  ".hip",
     ".pcm", ".cppm", ".ccm", ".cxxm", ".c++m", ".ixx", ".h",   ".hh",  ".hp",  ".hpp",  ".hxx",   ".h++", ".H",
     ".HPP", ".tcc",  ".f",   ".for",  ".ftn",  ".fpp", ".f90", ".f95", ".f03", ".f08",  ".F",     ".FOR", ".FTN",
     ".FPP", ".F90",  ".F95", ".F03",  ".F08",  ".adb", ".ads", ".cu",  ".go",  ".java", ".swift", ".hs",  ".lhs"});

// Options whose value is the next word and may look like a source: of gcc, cc1, clang, clang -cc1 and Go's compile.
constexpr auto kWithValue = std::to_array<std::string_view>({"-o",
                                                             "-x",
                                                             "-I",
                                                             "-D",
                                                             "-U",
                                                             "-L",
                                                             "-MF",
                                                             "-MT",
                                                             "-MQ",
                                                             "-MJ",
                                                             "-arch",
                                                             "-target",
                                                             "-mllvm",
                                                             "-include",
                                                             "-imacros",
                                                             "-isystem",
                                                             "-iquote",
                                                             "-Xclang",
                                                             "-main-file-name",
                                                             "-dumpbase",
                                                             "-auxbase",
                                                             "-asmhdr"});

bool is_hash(std::string_view text) {
  return text.size() == 16 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

std::string variable(const Strings& environment, std::string_view name) {
  for (const std::string_view entry : environment) {
    if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=') {
      return std::string(entry.substr(name.size() + 1));
    }
  }
  return {};
}

std::optional<std::string> option(const Strings& arguments, std::string_view name) {
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    if (auto value = value_at(arguments, i, name)) return value;
  }
  return std::nullopt;
}

Strings options(const Strings& arguments, std::string_view name) {
  Strings values;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    if (auto value = value_at(arguments, i, name)) values.push_back(std::move(*value));
  }
  return values;
}

std::optional<std::string> codegen_option(const Strings& arguments, std::string_view key) {
  std::optional<std::string> last;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const auto given = codegen_at(arguments, i);
    if (!given || !given->starts_with(key)) continue;
    if (given->size() == key.size()) last = "";
    if (given->size() > key.size() && (*given)[key.size()] == '=') last = given->substr(key.size() + 1);
  }
  return last;
}

bool gives_rustc_work(const Strings& arguments) {
  return std::ranges::any_of(
      arguments, [](std::string_view argument) { return argument.ends_with(".rs") || argument.starts_with('@'); });
}

bool is_source(std::string_view argument) {
  return !argument.starts_with('-') &&
         std::ranges::any_of(kSuffixes, [&](std::string_view suffix) { return argument.ends_with(suffix); });
}

Strings sources(const Strings& arguments) {
  Strings found;
  Strings typed;
  bool language = false;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    language = language || word.starts_with("-x");
    if (std::ranges::count(kWithValue, word) > 0) {
      ++i;
    } else if (is_source(word)) {
      found.push_back(word);
    } else if (language && (word == "-" || !word.starts_with('-'))) {
      typed.push_back(word);
    }
  }
  return found.empty() ? typed : found;
}

Strings split_response(std::string_view text) {
  Strings words;
  bool inside = false;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
    if (space && quote == 0) {
      inside = false;
      continue;
    }
    if (!inside) words.emplace_back();
    inside = true;
    if (c == '\\' && quote != '\'' && i + 1 < text.size()) {
      words.back() += text[++i];
    } else if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    } else {
      words.back() += c;
    }
  }
  return words;
}

std::size_t hash_at_end(std::string_view name) {
  const auto dash = name.rfind('-');
  return dash != std::string_view::npos && is_hash(name.substr(dash + 1)) ? dash : 0;
}

std::string output_name(std::string_view path) {
  std::string_view name = base_name(path);
  const bool library = name.starts_with("lib") && name.find(".so") != std::string_view::npos;
  if (library) name = name.substr(3, name.find(".so") - 3);
  const std::size_t hash = hash_at_end(name);
  return std::string(hash > 0 ? name.substr(0, hash) : name);
}

std::string last_two_parts(std::string_view path) {
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos || slash == 0) return std::string(base_name(path));
  const auto above = path.rfind('/', slash - 1);
  return std::string(above == std::string_view::npos ? path : path.substr(above + 1));
}

}  // namespace memguard::job

#include "job/program_key.h"

#include <algorithm>
#include <array>

namespace memguard::job {
namespace {

constexpr std::string_view kBuildScriptOf = "build-script@";
constexpr std::string_view kSeparators = "-_.";
constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kHexDigits = "0123456789abcdefABCDEF";
constexpr std::size_t kShortestHash = 8;
constexpr std::size_t kPartOfUuid = 4;

// Those that are installed as python3, python3.11 and python, all of them one program.
constexpr std::array<std::string_view, 9> kInterpreters{"python", "pypy", "perl",  "ruby", "php",
                                                        "lua",    "node", "tclsh", "guile"};

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool is_hex(std::string_view part, std::size_t shortest) {
  return part.size() >= shortest && part.find_first_not_of(kHexDigits) == std::string_view::npos &&
         part.find_first_of(kDigits) != std::string_view::npos;
}

// `key` ends with a hash that "*" stands for: what follows may be the rest of a UUID.
bool continues_hash(std::string_view key, std::string_view part) {
  return key.size() >= 2 && key[key.size() - 2] == '*' && key.back() == '-' && is_hex(part, kPartOfUuid);
}

std::string without_hashes(std::string_view name) {
  std::string key;
  while (!name.empty()) {
    const std::size_t end = std::min(name.find_first_of(kSeparators), name.size());
    const std::string_view part = name.substr(0, end);
    if (continues_hash(key, part)) {
      key.pop_back();
    } else {
      key += is_hex(part, kShortestHash) ? std::string_view("*") : part;
    }
    if (end < name.size()) key += name[end];
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return key;
}

// How long `name` is without one number behind it: 9 of "python3.11" and of "clang++-14" without that. As long as it is
// when there is none.
std::size_t length_without_number(std::string_view name) {
  const auto last = name.find_last_not_of(kDigits);
  if (last == std::string_view::npos || last + 1 == name.size()) return name.size();
  // "v1.2" is written as well.
  const bool v = name[last] == 'v' && last > 0 && kSeparators.find(name[last - 1]) != std::string_view::npos;
  const std::size_t separator = v ? last - 1 : last;
  return separator > 0 && (name[separator] == '-' || name[separator] == '.') ? separator : name.size();
}

std::string_view without_version(std::string_view name) {
  bool dotted = false;
  for (std::size_t shorter = length_without_number(name); shorter < name.size();
       shorter = length_without_number(name)) {
    dotted = dotted || name[shorter] == '.';
    name = name.substr(0, shorter);
  }
  const auto last = name.find_last_not_of(kDigits);
  if (last == std::string_view::npos || last + 1 == name.size()) return name;
  const std::string_view stem = name.substr(0, last + 1);
  const bool version = dotted || std::ranges::count(kInterpreters, stem) > 0;
  return version ? stem : name;
}

// "serde" of "target/debug/build/serde-0123456789abcdef/build-script-build", where cargo puts the build script of each
// package under the same name.
std::string_view package_of_build_script(std::string_view path) {
  constexpr std::size_t kHash = 16;
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos || !base_name(path).starts_with("build-script-")) return {};
  const std::string_view folder = base_name(path.substr(0, slash));
  const auto dash = folder.rfind('-');
  const bool hashed = dash != std::string_view::npos && folder.size() - dash - 1 == kHash &&
                      folder.find_first_not_of(kHexDigits, dash + 1) == std::string_view::npos;
  return hashed ? folder.substr(0, dash) : std::string_view();
}

std::string whole_key(std::string_view name) {
  if (const auto package = package_of_build_script(name); !package.empty())
    return std::string(kBuildScriptOf) + std::string(package);
  // That is a key already.
  if (name.starts_with(kBuildScriptOf)) return std::string(name);
  return std::string(without_version(without_hashes(base_name(name))));
}

char to_printable(char c) { return c > ' ' && c < '\x7f' ? c : '?'; }

}  // namespace

std::string program_key(std::string_view name) {
  constexpr std::string_view kDeleted = " (deleted)";
  if (name.ends_with(kDeleted)) name.remove_suffix(kDeleted.size());
  std::string key = whole_key(name);
  if (key.empty()) return "unknown";
  key.resize(std::min(key.size(), kLongestProgramKey));
  std::ranges::transform(key, key.begin(), to_printable);
  return key;
}

}  // namespace memguard::job

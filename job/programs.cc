#include "job/programs.h"

#include <algorithm>
#include <array>
#include <span>

#include "job/arguments.h"

namespace memguard::job {
namespace {

using namespace units;

constexpr std::array<std::string_view, kBuiltInKinds + 1> kKindNames{"rustc", "link", "cc", "test", "other", "own"};

enum class Spelling : std::uint8_t {
  plain,   // NAME, NAME-VERSION
  target,  // these, and TARGET-NAME, TARGET-NAME-VERSION
};

/// One program. What is not said of it holds for its kind.
struct Entry {
  Kind kind;
  Spelling spelling;
  std::string_view name;
  bool may_run_again = true;
  bool works_in_child = false;
  std::optional<NeedModel> need = std::nullopt;
};

constexpr bool kAgain = true;
// Prints as it goes, or runs other people's code.
constexpr bool kOnce = false;
constexpr bool kItself = false;
// mold (subprocess.cc) and what was made of it.
constexpr bool kInChild = true;

constexpr auto kPlain = Spelling::plain;
constexpr auto kTarget = Spelling::target;

constexpr std::string_view kGnuLinker = "ld.bfd";

constexpr std::array kPrograms{
    Entry{Kind::rustc, kPlain, "rustc"},
    Entry{Kind::rustc, kPlain, "clippy-driver"},
    Entry{Kind::rustc, kPlain, "rustdoc", kOnce},
    // GNU binutils, and LLVM's and mold under the names that gcc's -fuse-ld looks for.
    Entry{Kind::link, kTarget, "ld"},
    Entry{Kind::link, kTarget, kGnuLinker},
    Entry{Kind::link, kTarget, "ld.gold"},
    Entry{Kind::link, kTarget, "ld.lld", kAgain, kItself, NeedModel{13_MiB, 0.12, 0}},
    Entry{Kind::link, kTarget, "ld.mold", kAgain, kInChild, NeedModel{8_MiB, 0.35, 0}},
    Entry{Kind::link, kPlain, "gold"},
    Entry{Kind::link, kPlain, "lld"},
    Entry{Kind::link, kPlain, "rust-lld", kAgain, kItself, NeedModel{5_MiB, 0.22, 0}},
    Entry{Kind::link, kPlain, "ld64.lld"},
    Entry{Kind::link, kPlain, "lld-link"},
    Entry{Kind::link, kPlain, "wasm-ld"},
    Entry{Kind::link, kPlain, "mold", kAgain, kInChild, NeedModel{8_MiB, 0.35, 0}},
    Entry{Kind::link, kPlain, "sold", kAgain, kInChild},
    Entry{Kind::link, kPlain, "ld.wild"},
    Entry{Kind::link, kPlain, "wild"},
    Entry{Kind::link, kPlain, "nvlink"},
    // GCC's (gcc/*/config-lang.in), LTO's compiler among them.
    Entry{Kind::cc, kPlain, "cc1"},
    Entry{Kind::cc, kPlain, "cc1plus"},
    Entry{Kind::cc, kPlain, "cc1obj"},
    Entry{Kind::cc, kPlain, "cc1objplus"},
    Entry{Kind::cc, kPlain, "cc1gm2"},
    Entry{Kind::cc, kPlain, "f951"},
    Entry{Kind::cc, kPlain, "gnat1"},
    Entry{Kind::cc, kPlain, "d21"},
    Entry{Kind::cc, kPlain, "go1"},
    Entry{Kind::cc, kPlain, "crab1"},
    Entry{Kind::cc, kPlain, "cobol1"},
    Entry{Kind::cc, kPlain, "lto1"},
    // LLVM's, whose drivers compile in their own process (job/clang.h).
    Entry{Kind::cc, kTarget, "clang"},
    Entry{Kind::cc, kTarget, "clang++"},
    Entry{Kind::cc, kPlain, "clang-cl"},
    Entry{Kind::cc, kPlain, "clang-tidy", kOnce},
    Entry{Kind::cc, kPlain, "flang"},
    Entry{Kind::cc, kPlain, "flang-new"},
    Entry{Kind::cc, kPlain, "swift-frontend", kOnce},
    // CUDA's.
    Entry{Kind::cc, kPlain, "cicc"},
    Entry{Kind::cc, kPlain, "cudafe++"},
    Entry{Kind::cc, kPlain, "ptxas"},
    Entry{Kind::cc, kPlain, "javac", kOnce},
    // Compiles all modules of a package in one process.
    Entry{Kind::cc, kPlain, "ghc", kOnce},
};

constexpr std::array<std::string_view, 7> kOftenLinks{"cc", "c++", "c89", "c99", "gcc", "g++", "ld"};

constexpr KnownProgram kGoCompile{Kind::cc, "go compile"};
constexpr KnownProgram kGoLink{Kind::link, "go link"};
constexpr KnownProgram kTest{Kind::test, "test", kOnce};
constexpr KnownProgram kDoctest{Kind::test, "doctest", kOnce};

constexpr std::string_view kDigits = "0123456789";

struct Path {
  std::string_view folder;
  std::string_view name;
};

Path split(std::string_view path) {
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) return {{}, path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

// GOTOOLDIR: $GOROOT/pkg/tool/${GOOS}_${GOARCH} (go help environment).
bool is_go_tools(std::string_view folder) {
  const Path platform = split(folder);
  const Path tool = split(platform.folder);
  return tool.name == "tool" && split(tool.folder).name == "pkg" && platform.name.find('_') != std::string_view::npos;
}

std::optional<KnownProgram> known_by_folder(const Path& path) {
  if (path.name == "rust_out") return kDoctest;
  const std::string_view folder = split(path.folder).name;
  if ((folder == "deps" || folder == "examples") && hash_at_end(path.name) > 0) return kTest;
  if (!is_go_tools(path.folder)) return std::nullopt;
  if (path.name == "compile") return kGoCompile;
  return path.name == "link" ? std::optional(kGoLink) : std::nullopt;
}

// "lld" of "lld-15", "ghc" of "ghc-9.4.7".
std::string_view without_version(std::string_view name) {
  const auto dash = name.rfind('-');
  if (dash == std::string_view::npos || dash == 0 || dash + 1 == name.size()) return name;
  const std::string_view version = name.substr(dash + 1);
  const bool is_version = kDigits.find(version.front()) != std::string_view::npos &&
                          version.find_first_not_of("0123456789.") == std::string_view::npos;
  return is_version ? name.substr(0, dash) : name;
}

// "x86_64-linux-gnu", "arm-none-eabi". The NDK's aarch64-linux-android21-clang is a script that starts a clang.
bool is_target(std::string_view prefix) {
  const auto last = prefix.find_last_not_of(kDigits);
  const bool script =
      last != std::string_view::npos && last + 1 < prefix.size() && prefix.substr(0, last + 1).ends_with("android");
  const bool framed = prefix.starts_with('-') || prefix.ends_with('-');
  return prefix.find('-') != std::string_view::npos && !framed && !script;
}

bool has_target_before(std::string_view name, std::string_view known) {
  if (name.size() < known.size() + 2 || !name.ends_with(known)) return false;
  const std::size_t dash = name.size() - known.size() - 1;
  return name[dash] == '-' && is_target(name.substr(0, dash));
}

bool is_spelling_of(const Entry& entry, std::string_view name) {
  return name == entry.name || (entry.spelling == kTarget && has_target_before(name, entry.name));
}

}  // namespace

std::string_view to_text(Kind kind) { return kKindNames.at(static_cast<std::size_t>(kind)); }

Kind kind_of(std::string_view class_name) {
  const auto built_in = std::span(kKindNames).first<kBuiltInKinds>();
  return Kind(std::ranges::find(built_in, class_name) - built_in.begin());
}

std::optional<KnownProgram> known_program(std::string_view path) {
  const Path parts = split(path);
  if (const auto known = known_by_folder(parts)) return known;
  const std::string_view name = without_version(parts.name);
  const auto* const entry =
      std::ranges::find_if(kPrograms, [name](const Entry& known) { return is_spelling_of(known, name); });
  return entry == kPrograms.end()
             ? std::nullopt
             : std::optional(KnownProgram{entry->kind, entry->name, entry->may_run_again, entry->works_in_child});
}

bool may_be_another(std::string_view path) {
  const std::string_view name = without_version(split(path).name);
  return std::ranges::any_of(
      kOftenLinks, [name](std::string_view often) { return name == often || has_target_before(name, often); });
}

std::string_view program_behind(std::string_view path, std::string_view file) {
  const auto known = known_program(file);
  return known && known->name != kGnuLinker ? file : path;
}

NeedModel need_model(Kind kind, std::string_view program) {
  const auto* const entry = std::ranges::find_if(
      kPrograms, [&](const Entry& known) { return known.kind == kind && known.name == program && known.need; });
  if (entry != kPrograms.end()) return *entry->need;
  switch (kind) {
    case Kind::link:
      return {10_MiB, 0.95, 0};
    case Kind::cc:
      return {150_MiB, 0, 300};
    case Kind::rustc:
    case Kind::test:
    case Kind::other:
    case Kind::own:
      break;
  }
  return {128_MiB, 1.0, 80};
}

std::vector<std::string> listed_programs(Kind kind) {
  std::vector<std::string> names;
  for (const Entry& entry : kPrograms) {
    if (entry.kind == kind) names.emplace_back(entry.name);
  }
  if (kind == Kind::link) names.emplace_back("pkg/tool/*/link");
  if (kind == Kind::cc) names.emplace_back("pkg/tool/*/compile");
  if (kind == Kind::test) names.insert(names.end(), {"deps/*-HASH", "examples/*-HASH", "rust_out"});
  return names;
}

}  // namespace memguard::job

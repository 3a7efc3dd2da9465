#include "job/inputs.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/io.h"
#include "job/arguments.h"
#include "job/programs.h"
#include "proc/file_view.h"

namespace memguard::job {
namespace {

// The caller waits meanwhile: half a millisecond for a few hundred files.
constexpr std::size_t kMostFiles = 4096;
// Response files in all: the link of a browser has one of 2 MiB. They cost 30 ms a MiB where each letter is a word.
constexpr std::size_t kMostResponse = std::size_t{4} << 20U;
// On a slow disk or a network. What was counted by then is less than there is, but better than nothing.
constexpr Duration kLongestLook = std::chrono::milliseconds(100);
constexpr std::size_t kMostSources = 256;
constexpr int kDeepestSource = 4;
// What a file counts at most. A sparse one can claim 8 EiB, of which nobody reads anything, and two of them more than
// 63 bits hold.
constexpr Bytes kMostOfAFile{std::int64_t{1} << 40U};
// The header of an archive's member (ar.h). The metadata comes after the symbol table and the long names.
constexpr std::size_t kArchiveHeader = 60;
constexpr int kFirstMembers = 4;
// Where static libraries are looked for: each folder and library is one more file.
constexpr std::size_t kMostFolders = 16;
constexpr std::size_t kMostLibraries = 32;

Bytes counted(Bytes size) { return std::min(size, kMostOfAFile); }

Bytes file_size(const proc::FileView& view, const std::string& path) { return counted(view.file_size(path)); }

Bytes size_of(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode) ? counted({info.st_size}) : Bytes{};
}

std::string read_from(int fd, std::size_t length, std::int64_t offset) {
  std::string text(length, '\0');
  const ssize_t got = ::pread(fd, text.data(), length, offset);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return text;
}

// --- Links

bool is_archive(std::string_view path) { return path.ends_with(".rlib") || path.ends_with(".a"); }
bool is_object(std::string_view path) {
  return path.ends_with(".o") || path.ends_with(".obj") || path.ends_with(".bc");
}

Bytes archive_size(const proc::FileView& view, const std::string& path) {
  const auto file = view.open_regular(path);
  return file ? archive_objects(file->get()) : Bytes{};
}

class LinkInputs {
 public:
  explicit LinkInputs(pid_t thread) : view_(thread) {}

  void add(const Strings& arguments, bool nested) {
    std::string_view before;
    for (const std::string& argument : arguments) {
      if (is_enough()) return;
      if (std::exchange(before, argument) == "-importcfg") add_packages(argument);
      if (argument.starts_with('@') && !nested) add(response(argument.substr(1)), true);
      if (argument.starts_with('-')) note_option(argument);
      if (argument.starts_with('-') || argument.empty()) continue;
      if (is_object(argument)) count(file_size(view_, argument));
      if (is_archive(argument)) count(archive_size(view_, argument));
    }
  }
  /// All that `add` was given.
  [[nodiscard]] Bytes sum() {
    for (const std::string& name : std::exchange(static_libraries_, {})) {
      if (!is_enough()) count(library_size(name));
    }
    return sum_;
  }

 private:
  // Lines "packagefile NAME=PATH" (cmd/link, Main.readImportCfg).
  void add_packages(const std::string& importcfg) {
    for (const std::string& word : response(importcfg)) {
      const auto equals = word.find('=');
      if (equals != std::string::npos && !is_enough()) count(file_size(view_, word.substr(equals + 1)));
    }
  }
  // -L holds for each -l, also before it; -static and -Bstatic for those after it.
  void note_option(const std::string& argument) {
    if (argument == "-static" || argument == "-Bstatic" || argument == "-dn") static_ = true;
    if (argument == "-Bdynamic" || argument == "-dy") static_ = false;
    if (argument.starts_with("-L") && folders_.size() < kMostFolders) folders_.push_back(argument.substr(2));
    if (argument.starts_with("-l") && static_ && static_libraries_.size() < kMostLibraries) {
      static_libraries_.insert("lib" + argument.substr(2) + ".a");
    }
  }
  [[nodiscard]] Bytes library_size(const std::string& name) const {
    for (const std::string& folder : folders_) {
      if (const Bytes size = archive_size(view_, fmt::format("{}/{}", folder, name)); size > Bytes{}) return size;
    }
    return {};
  }
  [[nodiscard]] Strings response(const std::string& path) {
    look();
    const auto file = view_.open_regular(path);
    // Those of /proc have no size, and reading them may take from others what they wait for (/proc/kmsg).
    if (!file || size_of(file->get()) == Bytes{}) return {};
    const std::string text = reread(file->get()).value_or(std::string{});
    response_ += text.size();
    return response_ > kMostResponse ? Strings{} : split_response(text);
  }
  void count(Bytes size) {
    look();
    sum_ += size;
  }
  void look() {
    ++files_;
    late_ = late_ || MonotonicClock::now() >= until_;
  }
  [[nodiscard]] bool is_enough() const { return files_ >= kMostFiles || response_ > kMostResponse || late_; }

  proc::FileView view_;
  Moment until_ = MonotonicClock::now() + kLongestLook;
  std::size_t files_ = 0;
  std::size_t response_ = 0;
  bool late_ = false;
  Bytes sum_;
  bool static_ = false;
  Strings folders_;
  std::set<std::string> static_libraries_;
};

// --- Compiles

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

// All .rs files below a folder, which `fd` is.
class SourceTree {
 public:
  Bytes size(UniqueFd fd, int depth = 0) {
    Bytes sum;
    const std::unique_ptr<DIR, CloseFolder> folder(::fdopendir(fd.get()));
    if (!folder) return sum;
    const int open_folder = fd.release();
    while (const dirent* entry = ::readdir(folder.get())) {
      if (++seen_ > kMostSources) break;
      const std::string_view name = entry->d_name;
      if (name.ends_with(".rs")) sum += size_at(open_folder, entry->d_name);
      if (entry->d_type != DT_DIR || name.starts_with('.') || depth >= kDeepestSource) continue;
      if (auto below = open_at(open_folder, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW); below)
        sum += size(std::move(*below), depth + 1);
    }
    return sum;
  }

 private:
  static Bytes size_at(int folder, const char* name) {
    struct stat info {};
    return ::fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) == 0 ? counted({info.st_size}) : Bytes{};
  }
  std::size_t seen_ = 0;
};

Bytes crate_sources(const proc::FileView& view, const std::string& root_file) {
  const auto slash = root_file.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : root_file.substr(0, slash);
  const bool alone = folder != "src" && !folder.ends_with("/src");
  if (alone) return file_size(view, root_file);
  auto source = view.open(folder, O_RDONLY | O_DIRECTORY);
  return source ? SourceTree().size(std::move(*source)) : Bytes{};
}

// "name=path", "priv:name=path" or only "name".
std::string extern_path(const std::string& value) {
  const auto equals = value.find('=');
  return equals == std::string::npos ? std::string() : value.substr(equals + 1);
}

Inputs rustc_inputs(pid_t thread, const Strings& arguments) {
  const proc::FileView view(thread);
  Inputs inputs;
  for (const std::string& given : options(arguments, "--extern")) {
    const std::string path = extern_path(given);
    if (!path.empty()) inputs.objects += file_size(view, path);
  }
  const auto root = std::ranges::find_if(arguments, [](std::string_view a) { return a.ends_with(".rs"); });
  if (root != arguments.end()) inputs.sources = crate_sources(view, *root);
  return inputs;
}

// Go's and Java's compilers are given all files of a package.
Inputs source_inputs(pid_t thread, const Strings& arguments) {
  const proc::FileView view(thread);
  const Strings all = sources(arguments);
  Inputs inputs;
  for (std::size_t i = 0; i < std::min(all.size(), kMostSources); ++i) inputs.sources += file_size(view, all[i]);
  return inputs;
}

}  // namespace

Inputs measure_inputs(pid_t thread, std::string_view class_name, const Strings& arguments) {
  const Kind kind = kind_of(class_name);
  if (kind == Kind::rustc) return rustc_inputs(thread, arguments);
  if (kind == Kind::test) return {};
  if (kind != Kind::link) return source_inputs(thread, arguments);
  LinkInputs inputs(thread);
  inputs.add(arguments, false);
  return {inputs.sum(), {}};
}

Bytes archive_objects(int fd) {
  constexpr std::string_view kMagic = "!<arch>\n";
  constexpr std::string_view kMetadata = "lib.rmeta";
  const Bytes size = size_of(fd);
  if (read_from(fd, kMagic.size(), 0) != kMagic) return size;
  auto at = static_cast<std::int64_t>(kMagic.size());
  for (int member = 0; member < kFirstMembers; ++member) {
    const std::string header = read_from(fd, kArchiveHeader, at);
    if (header.size() < kArchiveHeader) return size;
    const std::string_view digits = std::string_view(header).substr(48, 10);
    const auto length = to_number<std::int64_t>(digits.substr(0, digits.find(' ')));
    if (!length || *length < 0 || *length > size.count - at) return size;
    if (header.starts_with(kMetadata)) return size - Bytes{*length};
    // Members begin at even offsets.
    at += static_cast<std::int64_t>(kArchiveHeader) + *length + *length % 2;
  }
  return size;
}

}  // namespace memguard::job

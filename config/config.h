// All settings of memguard, where each came from, and the layers they are read from. docs/CONFIG.md is the manual.
//
// Later wins: built-in, /etc/memguard/config.json, $XDG_CONFIG_HOME/memguard/config.json (default ~/.config), the
// nearest memguard.json upward from the working directory, cargo metadata, MEMGUARD_* variables, command-line options.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/terminal_text.h"
#include "config/environment.h"
#include "config/size.h"

namespace memguard::config {

constexpr const char* kBuiltIn = "built-in";

/// A value and where it came from: "built-in", "~/.config/memguard/config.json", "MEMGUARD_MEMORY", "--memory".
template <class T>
struct Setting {
  T value{};
  std::string origin = kBuiltIn;
};

/// Whether a setting of this origin was said by whoever starts the build: in an option or a MEMGUARD_ variable. What a
/// file or a manifest says may have been written for another machine.
[[nodiscard]] bool said_for_this_run(std::string_view origin);

/// A class of jobs: programs, by the base name of the path they are executed by; a user's may have '*' for any
/// characters. Each is in one class. The built-in ones are for people to read: what they cover job/programs.h says.
struct JobClass {
  std::string name;
  std::vector<Setting<std::string>> programs;
};

/// The places of the built-in classes in Config::classes: the values of job::Kind.
enum BuiltInClass : std::uint16_t { kRustc, kLink, kCc, kTest, kOther };

/// What people say of some of the build's jobs: a rule of a configuration file, or the metadata of a cargo package.
struct Rule {
  /// Which jobs: all that is given must match, '*' stands for any characters. The class by its name, the package and
  /// the crate as cargo names them, the output file's and the program's base name.
  std::string job_class;
  std::string package;
  std::string crate;
  std::string output;
  std::string program;

  /// What one such job needs, and what one link of it does: the links that a rustc which matches starts, and those that
  /// match themselves. A size of the build's limit.
  std::optional<Size> memory;
  std::optional<Size> link_memory;
  /// At most so many of the links that match at once.
  std::optional<int> link_jobs;
  /// At most so many of the test binaries that match at once.
  std::optional<int> test_jobs;
  /// False: never evicted, because it must not run twice.
  std::optional<bool> restart;
  /// "memguard.json: /rules/2", "crates/app/Cargo.toml: package.metadata.memguard".
  std::string origin;
};

/// A file that was looked for.
struct File {
  enum class State : std::uint8_t {
    read,
    absent,
    foreign,  ///< of another user: skipped (Environment::foreign)
  };
  std::string path;
  State state = State::absent;
};

/// Every setting, with its key in JSON. The variable is MEMGUARD_ and the key in capitals; the option is `--` and the
/// key, `--no-` and the key for those that are true by default.
struct Config {
  /// `memory`: limit of the build, a size of what this machine or container has. Nothing ("auto"): what it can give.
  /// Less than 1 MiB is refused here, which catches a forgotten unit; less than 32 MiB when a run begins.
  Setting<std::optional<Size>> memory;
  /// `keep-free`: leave so much free on the machine, whoever uses the rest. Nothing ("none"): do not look.
  Setting<std::optional<Size>> keep_free;
  /// `swap`: memory.swap.max of the build, a size of the machine's swap; `Size{}` ("none") is no swap, unlimited is
  /// "max". Nothing ("auto"): memguard decides.
  Setting<std::optional<Size>> swap;
  /// `gate`: notice jobs before their first instruction. It needs no_new_privs when we are not root.
  Setting<bool> gate{true};
  /// `scope`: ask systemd for a scope when we were started in no cgroup of our own.
  Setting<bool> scope{true};
  /// `restart`: start a compiler or linker again that memory ended, by the shim above it.
  Setting<bool> restart{true};
  /// `history`: remember what each job needed, for the next build.
  Setting<bool> history{true};
  /// `shared`: let builds share a server of sccache that a guarded run of its own has, and that outlives them.
  Setting<bool> shared{false};
  /// `link-jobs`: at most so many links at once. Nothing ("auto"): as many as memory allows.
  Setting<std::optional<int>> link_jobs;
  /// `test-jobs`: at most so many test binaries at once. Nothing ("auto"): as many as memory allows.
  Setting<std::optional<int>> test_jobs;
  /// `require-tier`: fail instead of doing with less; "full", "freezer" or "signal". Nothing ("any"): take what there
  /// is.
  Setting<std::optional<std::string>> require_tier;
  /// `accept-tier`: the least tier that a run takes without a line at its start; "full", "freezer" or "signal".
  Setting<std::string> accept_tier{"full"};
  /// `stop-timeout`: how long a build that is told to end by a signal from outside may take before it is killed, and
  /// what a command leaves behind, from TERM to KILL. Nothing ("none"): whoever sent the signal decides.
  Setting<std::optional<Duration>> stop_timeout;
  /// `quiet`: only errors on stderr.
  Setting<bool> quiet{false};
  /// `explain`: each decision with its numbers on stderr.
  Setting<bool> explain{false};
  /// `json`: where the report of the run goes (docs/JSON.md). A relative path in a file is relative to that file.
  /// Nothing ("none"): no report.
  Setting<std::optional<std::string>> json;
  /// `slurm-comment`: in a job of Slurm, set the job's comment to what the build needed.
  Setting<bool> slurm_comment{false};
  /// `record`: where what policy saw and decided goes (docs/SIMULATE.md), a path like that of `json`.
  Setting<std::optional<std::string>> record;
  /// `metrics`: where OpenMetrics text goes, while the build runs and when it is over (docs/METRICS.md), a path like
  /// that of `json`.
  Setting<std::optional<std::string>> metrics;
  /// `classes` (files only): the built-in classes first, in the order rustc, link, cc, test, other; then those the
  /// layers add. What a layer names is added; a program named again moves to the later class. `other` is the class of
  /// what is found by its size: it has no programs of its own.
  std::vector<JobClass> classes = built_in_classes();
  /// `rules` (files and cargo metadata): where several match a job, the last that says something counts.
  std::vector<Rule> rules;
  /// The files that were looked for, earliest layer first.
  std::vector<File> files;
  /// The names of the user's own files that were read, as they stand in Setting::origin.
  std::vector<std::string> own_files;
  /// What was left out, each with file and key, to be told: what is wrong with cargo metadata, which comes from the
  /// developers of what is built and which whoever builds it may not be able to change; files of another user; and what
  /// a project says where the user's own files have said something.
  std::vector<Error> ignored;

  /// The built-in classes with their programs, in the order of job::Kind.
  [[nodiscard]] static std::vector<JobClass> built_in_classes();
};

/// One setting as text, from a variable or an option: {"memory", "3GiB", "--memory"}, {"gate", "false", "--no-gate"}.
/// Yes and no are 1/0, true/false, yes/no, on/off.
struct TextSetting {
  std::string key;
  std::string text;
  std::string origin;
};

/// The class of the program that is executed by `path`, as an index into `config.classes`: the one that a user named it
/// for by its base name, else by a pattern (of several that match the one with the most characters besides '*'), else
/// the built-in one (job::known_program).
[[nodiscard]] std::optional<std::size_t> class_of(const Config& config, std::string_view path);

/// The options of the command line that some setting has its value from: "--memory".
[[nodiscard]] std::vector<std::string> options_given(const Config& config);

/// What `memguard config` prints: each value and where it came from in aligned columns, then the files.
[[nodiscard]] TerminalText to_text(const Config& config);

/// A plain setting for people: its value as it would be written, and its origin.
struct Shown {
  std::string_view key;
  std::string value;
  std::string_view origin;
};
/// Each plain setting with its value and where that is from.
[[nodiscard]] std::vector<Shown> show_settings(const Config& config);
/// A rule for people: "class rustc, package app: memory 2GiB".
[[nodiscard]] std::string to_text(const Rule& rule);

/// What the value of a plain setting may be, besides words of its own.
enum class ValueKind : std::uint8_t { flag, size, count, time, path, word };

/// What is to be known of a plain setting besides its value, for manuals and the schema.
struct KeyFacts {
  std::string_view key;
  ValueKind kind = ValueKind::word;
  /// What it may be besides: "none, max, auto".
  std::vector<std::string_view> words;
  /// As it would be written.
  std::string built_in;
  /// What it does, in whole sentences; keys, words and programs in backquotes.
  std::string_view meaning;
  /// The page below docs/ that says more; empty where none does.
  std::string_view page;
  /// "MEMGUARD_KEEP_FREE".
  std::string variable;
  /// Whether a project's files may set it, and whether only where the user's own files say nothing of it.
  bool of_project = false;
  bool users_first = false;
};
/// All of them, in the order of `memguard config`.
[[nodiscard]] std::vector<KeyFacts> key_facts();

/// Every key a configuration file may have, in the order of `memguard config`.
[[nodiscard]] std::vector<std::string_view> keys();

}  // namespace memguard::config

// What each subcommand with options of its own takes. They share a file, because each file that includes CLI11 takes
// ten times as long to compile. The options of simulate are many and stand in cli/simulate_options.cc.
#include <CLI/CLI.hpp>

#include "cli/explain_job.h"
#include "cli/history.h"
#include "cli/report.h"
#include "cli/status.h"
#include "cli/suggest.h"
#include "cli/top.h"

namespace memguard::cli {
namespace {

constexpr int kMostRuns = 1'000'000;
constexpr int kMostJobs = 1024;
// include/linux/threads.h, PID_MAX_LIMIT
constexpr int kMostPid = 4'194'304;

// What was typed. The options of `app` refer to `line.options`: nothing may be parsed after this.
template <class Options>
Result<Subcommand<Options>> read(CLI::App& app, Subcommand<Options>& line, const std::vector<std::string>& words) {
  auto help = read_words(app, words);
  if (!help) return pass(std::move(help.error()));
  line.help = std::move(*help);
  return std::move(line);
}

// FILE and --last.
void add_which_run(CLI::App& app, WhichRun& which) {
  auto* file =
      app.add_option("file", which.file, "what memguard run --json wrote (default: the last run)")->type_name("FILE");
  app.add_option("--last", which.last, "the run before the last is 2, the one before that 3: report --list shows them")
      ->type_name("N")
      ->check(CLI::Range(1, kMostRuns))
      ->excludes(file);
}

void add_pid(CLI::App& app, int& pid) {
  app.add_option("--pid", pid, "only this run: the pid of its memguard run")
      ->type_name("PID")
      ->check(CLI::Range(1, kMostPid));
}

// `history export FILE` is `history --export FILE`; without a file that is stdout, or stdin. A unit that is called like
// one of these words is to be had by a part of its name.
std::vector<std::string> with_options_for_words(std::vector<std::string> words) {
  if (words.empty()) return words;
  std::string& first = words.front();
  if (first != "export" && first != "import" && first != "forget") return words;
  const bool with_file = first != "forget";
  first.insert(0, "--");
  if (with_file && (words.size() == 1 || (words[1].starts_with('-') && words[1] != "-")))
    words.insert(words.begin() + 1, "-");
  return words;
}

Status check(const HistoryOptions& options) {
  const int actions =
      (options.export_to.empty() ? 0 : 1) + (options.import_from.empty() ? 0 : 1) + (options.forget ? 1 : 0);
  if (actions > 1) return fail("one of --export, --import and --forget at a time");
  if (!options.import_from.empty() && options.filtered()) return fail("--import takes in the whole file: no filter");
  if (options.all && !options.forget) return fail("--all is for --forget", 0, "Without a filter all is listed.");
  if (options.all && options.filtered()) return fail("--all and a filter do not go together");
  if (options.forget && !options.all && !options.filtered())
    return fail("--forget needs a NAME, --class or --here", 0, "To forget everything: memguard history --forget --all");
  return {};
}

}  // namespace

Result<Subcommand<StatusOptions>> parse_status(const std::vector<std::string>& arguments) {
  Subcommand<StatusOptions> line;
  CLI::App app("What runs, what waits and why, in the runs of this user. The exit status is 1 when there is none.",
               "memguard status");
  app.add_flag("--json", line.options.json, "for programs (docs/STATUS.md)");
  add_pid(app, line.options.pid);
  return read(app, line, arguments);
}

Result<Subcommand<TopOptions>> parse_top(const std::vector<std::string>& arguments) {
  Subcommand<TopOptions> line;
  CLI::App app("A screen that follows what runs, what waits and why, with keys to act on it", "memguard top");
  app.add_flag("--once", line.options.once, "print one screen and end, as without a terminal");
  add_pid(app, line.options.pid);
  app.footer("Keys: h shows them.");
  return read(app, line, arguments);
}

Result<Subcommand<ReportOptions>> parse_report(const std::vector<std::string>& arguments) {
  Subcommand<ReportOptions> line;
  ReportOptions& options = line.options;
  CLI::App app("What happened in a run: what memory cost, what took most, what to change: docs/REPORT.md",
               "memguard report");
  add_which_run(app, options.run);
  app.add_option("--html", options.html, "write a page that shows it, without network")->type_name("FILE");
  app.add_option("--trace", options.trace, "write a trace for ui.perfetto.dev or chrome://tracing")->type_name("FILE");
  app.add_flag("--markdown", options.markdown, "print Markdown, for the summary of a CI job");
  auto* list = app.add_flag("--list", options.list, "the runs that are kept, the last 50");
  auto* compare =
      app.add_option("--compare", options.compare, "what changed from run A to run B, numbers of --list or files")
          ->type_name("A B")
          ->expected(2);
  for (const char* other : {"file", "--last", "--html", "--trace", "--markdown"}) {
    list->excludes(app.get_option(other));
    compare->excludes(app.get_option(other));
  }
  list->excludes(compare);
  return read(app, line, arguments);
}

Result<Subcommand<ExplainOptions>> parse_explain(const std::vector<std::string>& arguments) {
  Subcommand<ExplainOptions> line;
  CLI::App app("The decisions about one job, in order: when it waited, why, and for whom: docs/REPORT.md",
               "memguard explain");
  app.add_option("job", line.options.job, "a crate, an output, a source, or the number of a job")
      ->type_name("JOB")
      ->required();
  add_which_run(app, line.options.run);
  return read(app, line, arguments);
}

Result<Subcommand<HistoryOptions>> parse_history(const std::vector<std::string>& arguments) {
  Subcommand<HistoryOptions> line;
  HistoryOptions& options = line.options;
  CLI::App app(
      "What jobs needed in earlier builds, the largest first: docs/HISTORY.md. Also memguard history export [FILE], "
      "import [FILE], forget NAME.",
      "memguard history");
  app.add_option("name", options.name, "only units with this in their name")->type_name("NAME");
  app.add_option("--class", options.job_class, "only of this class: rustc, link, cc, test, other, ...")
      ->type_name("CLASS");
  app.add_flag("--here", options.here, "only runs of builds that were started in this folder or below");
  app.add_option("--export", options.export_to, "write it as JSON; - is stdout")->type_name("FILE");
  app.add_flag_callback(
         "--json", [&options] { options.export_to = "-"; }, "the same as --export -")
      ->disable_flag_override();
  app.add_option("--import", options.import_from, "add what was exported elsewhere; - is stdin")->type_name("FILE");
  app.add_flag("--forget", options.forget, "forget what matches");
  app.add_flag("--all", options.all, "with --forget: everything");
  auto typed = read(app, line, with_options_for_words(arguments));
  if (!typed || typed->help) return typed;
  if (auto sound = check(typed->options); !sound) return pass(std::move(sound.error()));
  return typed;
}

Result<Subcommand<SuggestOptions>> parse_suggest(const std::vector<std::string>& arguments) {
  Subcommand<SuggestOptions> line;
  CLI::App app("What builds need, from history, and what to declare: docs/HISTORY.md", "memguard suggest");
  bool here = false;
  auto* all = app.add_flag("--all", line.options.all, "of every build on this machine");
  app.add_flag("--here", here, "of builds that were started in this folder or below (default)")->excludes(all);
  auto* json = app.add_flag("--json", line.options.as_json, "the answer as JSON, to stdout")->disable_flag_override();
  auto* slurm = app.add_flag("--slurm", line.options.for_slurm, "only the option for sbatch, as in --mem=620M")
                    ->disable_flag_override()
                    ->excludes(json);
  app.add_option("--jobs", line.options.jobs,
                 "with --slurm: for so many jobs at once, none of which waits (default: 1)")
      ->type_name("N")
      ->check(CLI::Range(1, kMostJobs))
      ->needs(slurm);
  return read(app, line, arguments);
}

}  // namespace memguard::cli

#include "cli/explain_job.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/say.h"
#include "cli/terminal.h"
#include "config/nearest.h"
#include "policy/causes.h"
#include "report/lanes.h"
#include "report/names.h"

namespace memguard::cli {
namespace {

using report::Change;
using report::JobReport;
using report::Lane;
using report::Outcome;
using report::RunReport;
using report::State;
using report::Stretch;

constexpr std::size_t kShown = 5;
constexpr std::size_t kLongestName = 120;

std::string shown(const JobReport& job) { return printable(report::label_of(job), kLongestName); }

// What a job begins to do, after what it did before.
std::string_view words_of(State state, const Stretch* before) {
  switch (state) {
    case State::arrived:
      return "arrived";
    case State::held:
      if (before != nullptr && before->state == State::held) return "still held";
      return "held before its first instruction";
    case State::frozen:
      return "frozen, with the memory it had";
    case State::evicted:
      return "evicted: killed for its memory, to be started again";
    default:
      break;
  }
  if (before == nullptr || before->state == State::arrived) return "started at once";
  return before->state == State::frozen ? "went on" : "started";
}

/// A job that ends lets the next one go within this.
constexpr Duration kAtOnce = std::chrono::milliseconds(500);

std::string count_text(int count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string numbers_of(const Change& why) {
  const std::string need = why.need > Bytes{} ? fmt::format(" and {} needed", to_text(why.need)) : std::string();
  return fmt::format(
      "{}, {} reserved for what runs{}, of {}; {}, {}, {}", policy::used_text(why.used, why.kept_for_text),
      to_text(why.reserved), need, to_text(why.limit), count_text(why.running, "job ran", "jobs ran"),
      count_text(why.frozen, "was frozen", "were frozen"), count_text(why.held, "was held", "were held"));
}

TerminalText line(Duration at, std::string_view words) { return terminal_text("{:>9.2f} s  {}\n", seconds(at), words); }

const JobReport* job_of(const RunReport& run, std::uint32_t id) {
  const auto found = std::ranges::find(run.jobs, id, &JobReport::id);
  return found == run.jobs.end() ? nullptr : &*found;
}

TerminalText stretch_text(const RunReport& run, const Stretch& stretch, const Stretch* before) {
  const std::string words(words_of(stretch.state, before));
  if (stretch.why == nullptr || stretch.why->cause.empty()) return line(stretch.from, words);
  auto text = line(stretch.from, fmt::format("{}, because {}", words, policy::sentence_of(stretch.why->cause)));
  text += terminal_text("             {}\n", numbers_of(*stretch.why));
  const JobReport* other = job_of(run, stretch.why->for_job);
  if (stretch.state == State::runs || other == nullptr) return text;
  // The first decision names who was in the way then; what came after is in the changes only when the reason changed.
  const bool to_the_end = report::end_of(*other, run) + kAtOnce >= stretch.to;
  return text + terminal_text("             it waited {}{} for {}, which had {} at most\n",
                              to_text(stretch.to - stretch.from), to_the_end ? "" : ", at first", shown(*other),
                              to_text(other->peak));
}

std::string_view end_words(Outcome outcome) {
  switch (outcome) {
    case Outcome::running:
      return "had not ended when the run did";
    case Outcome::done:
      return "ended by itself";
    case Outcome::killed:
      return "was killed by a signal";
    case Outcome::oom:
      return "was killed for memory and lost";
    case Outcome::evicted:
      return "was evicted, and started again as another job of this name";
    case Outcome::oom_restarted:
      return "was killed for memory, and started again as another job of this name";
  }
  return "ended";
}

TerminalText end_text(const RunReport& run, const JobReport& job) {
  const std::string expected = job.predicted > Bytes{} ? to_text(job.predicted) + " expected" : "nothing expected";
  return line(report::end_of(job, run),
              fmt::format("{}: peak {}, {}; {} held, {} frozen, {} of processor time", end_words(job.outcome),
                          to_text(job.peak), expected, to_text(job.held), to_text(job.frozen), to_text(job.cpu)));
}

tl::unexpected<Error> nobody(const RunReport& run, const std::string& word, const std::string& path) {
  if (word.empty()) return fail("explain an empty name", 0, "Give a crate, an output, a source or a job's number.");
  std::vector<std::string> names;
  for (const JobReport& job : run.jobs) {
    names.insert(names.end(),
                 {report::name_of(job), job.crate, job.unit, job.output.substr(job.output.rfind('/') + 1)});
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  const auto near = config::nearest(word, known);
  return fail(fmt::format("no job of this run is called {}", printable(word)), 0,
              near ? fmt::format("Did you mean {}?", printable(*near))
                   : fmt::format("memguard report --html FILE shows all of them; the run is {}.", path));
}

}  // namespace

TerminalText explanation(const RunReport& run, const JobReport& job) {
  auto text = terminal_text("{} (job {}, pid {})\n", shown(job), job.id, job.pid);
  if (job.restarts > 0)
    text += terminal_text("  started again: it was evicted or killed for memory {} before\n",
                          job.restarts == 1 ? "once" : fmt::format("{} times", job.restarts));
  RunReport alone;
  alone.wall = run.wall;
  alone.jobs = {job};
  alone.timeline.changes = run.timeline.changes;
  const Lane lane = report::lanes_of(alone).front();
  if (lane.guessed) text += terminal_text("  when and why it waited is not in this report\n");
  const Stretch* before = nullptr;
  for (const Stretch& stretch : lane.stretches) {
    const bool decided_at_once = stretch.state == State::arrived && lane.stretches.size() > 1;
    if (!lane.guessed && !decided_at_once) text += stretch_text(run, stretch, before);
    before = &stretch;
  }
  return text + end_text(run, job);
}

Result<int> explain_job(const ExplainOptions& options, const config::Environment& surroundings) {
  const auto loaded = load_run(options.run, surroundings);
  if (!loaded) return tl::unexpected<Error>(loaded.error());
  const RunReport& run = loaded->run;
  const auto jobs = report::find_jobs(run, options.job);
  if (jobs.empty()) return nobody(run, options.job, loaded->path);
  TerminalText text;
  for (std::size_t i = 0; i < std::min(jobs.size(), kShown); ++i)
    text += (i == 0 ? TerminalText() : terminal_text("\n")) + explanation(run, *jobs[i]);
  if (jobs.size() > kShown) {
    text += terminal_text("\n{} more jobs are called so; of one: memguard explain NUMBER, which --html shows\n",
                          jobs.size() - kShown);
  }
  if (auto shown = print(fit_to_terminal(text)); !shown) return pass(std::move(shown.error()));
  return 0;
}

}  // namespace memguard::cli

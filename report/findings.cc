#include "report/findings.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/printable.h"
#include "job/programs.h"
#include "report/more_memory.h"
#include "report/names.h"
#include "report/prediction_errors.h"

namespace memguard::report {
namespace {

constexpr std::size_t kLargest = 3;
constexpr std::size_t kMostChanges = 3;
constexpr std::size_t kPartsOfPath = 4;
// Below these a change would not be felt.
constexpr double kLargePart = 0.4;
constexpr double kWorthPart = 0.05;
constexpr double kFarOff = 1.5;
constexpr double kBusy = 0.8;
constexpr std::size_t kLongestName = 80;

// A name may be of any bytes and any length.
std::string shown(const JobReport& job) { return printable(label_of(job), kLongestName); }

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::vector<const JobReport*> largest_of(const RunReport& run) {
  std::vector<const JobReport*> sorted;
  for (const JobReport& job : run.jobs) {
    if (job.peak > Bytes{}) sorted.push_back(&job);
  }
  std::ranges::stable_sort(sorted, std::ranges::greater{}, &JobReport::peak);
  std::set<std::string> seen;
  std::vector<const JobReport*> largest;
  for (const JobReport* job : sorted) {
    if (largest.size() < kLargest && seen.insert(unit_of(*job)).second) largest.push_back(job);
  }
  return largest;
}

bool was_done_twice(const JobReport& job) {
  return job.outcome == Outcome::evicted || job.outcome == Outcome::oom_restarted;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i)
    text += (i == 0 ? "" : i + 1 == words.size() ? " and " : ", ") + words[i];
  return text;
}

// "21 of 63 s".
std::string of_text(Duration part, Duration whole) {
  const std::string first = to_text(part);
  const std::string second = to_text(whole);
  const auto unit = first.find(' ');
  const bool same = unit != std::string::npos && second.ends_with(first.substr(unit));
  return fmt::format("{} of {}", same ? first.substr(0, unit) : first, second);
}

bool more_would_not_help(const Findings& found) { return found.estimate && !found.estimate->memory; }

std::string more_memory(Bytes memory, Duration then, const RunReport& run) {
  return fmt::format("Give it {}{}. It takes about {} then, not {}.", to_text(memory), how_to_get_more(run, memory),
                     to_text(then), to_text(run.wall));
}

std::string lost_job(const RunReport& run) {
  const auto lost = std::ranges::find(run.jobs, Outcome::oom, &JobReport::outcome);
  const std::string who = lost == run.jobs.end() ? "a job" : shown(*lost);
  if (lost != run.jobs.end() && lost->killer == Killer::outside)
    return fmt::format(
        "{} was lost to memory, at a limit above the build's own or because the machine had none left. Make it "
        "smaller, "
        "or give it more{}.",
        who, how_to_get_more_above(run));
  return fmt::format(
      "{} was lost to memory: it needs more than the {} it could have. Make it smaller, or give it more{}.", who,
      to_text(run.limit), how_to_get_more(run));
}

// What makes one job of a kind need less, in the words of its tool.
std::string_view remedy_of(const JobReport& job, Tool tool) {
  const job::Kind kind = job::kind_of(job.job_class);
  const bool link = kind == job::Kind::link;
  if (tool == Tool::cargo && link)
    return "lto = \"thin\" and debug = \"line-tables-only\" in its Cargo.toml profile let a linker need less, and so "
           "does "
           "lld or mold (-C link-arg=-fuse-ld=lld)";
  if (tool == Tool::cargo && kind == job::Kind::rustc)
    return "debug = \"line-tables-only\" or a higher codegen-units in its Cargo.toml profile lets rustc need less, and "
           "so "
           "does a crate split in two";
  if (link) return "-fuse-ld=lld or mold, and -gsplit-dwarf or -g1 when compiling, let a linker need less";
  if (kind == job::Kind::cc)
    return "-g1 instead of -g, a lower -O for that file, or splitting it lets a compiler need less";
  if (kind == job::Kind::test) return "fewer of its tests at once need less (--test-threads)";
  return "run it alone, or give it less to do at once";
}

std::string smaller(const JobReport& job, const RunReport& run) {
  const std::string_view of = job.peak > run.limit ? "beyond the limit of" : "of";
  return fmt::format("Make {} smaller, which alone took {} {} {}: {}.", shown(job), to_text(job.peak), of,
                     to_text(run.limit), remedy_of(job, tool_of(run)));
}

std::string declare(const RunReport& run, const Findings& found) {
  const auto count = std::ranges::count_if(run.jobs, was_done_twice);
  const auto& most =
      std::ranges::max(run.jobs, {}, [](const JobReport& job) { return was_done_twice(job) ? job.peak : Bytes{}; });
  const std::string where = tool_of(run) == Tool::cargo
                                ? "[package.metadata.memguard] in its Cargo.toml (memguard suggest prints it)"
                                : "a rule in memguard.json (docs/CONFIG.md, Rules)";
  return fmt::format("Declare what {} needs, by {}: {} {} started again and {} of work done twice.", shown(most), where,
                     count == 1 ? "a job" : fmt::format("{} jobs", count), count == 1 ? "was" : "were",
                     to_text(found.done_twice));
}

bool were_guessed(const RunReport& run) {
  return std::ranges::any_of(prediction_errors(run.jobs),
                             [](const PredictionErrors& of) { return of.median > kFarOff; });
}

std::string_view again() {
  return "Build again: needs were guessed this time and are known the next, so that less waits without need.";
}

std::string_view more_of_a_kind() {
  return "Raise link-jobs or test-jobs: jobs waited for others of their kind while there was memory.";
}

bool waited_for_kind(const RunReport& run) {
  return std::ranges::count(run.timeline.changes, "group_full", &Change::cause) > 0;
}

// Of what they could, 0 to 1; 0 where it is not known.
double processors_used(const RunReport& run) {
  Duration used{};
  for (const JobReport& job : run.jobs) used += job.cpu;
  const double all = run.processors * seconds(run.wall);
  return all > 0 ? std::min(1.0, seconds(used) / all) : 0;
}

// "93 % of 1 processor".
std::string processors_text(const RunReport& run) {
  return fmt::format("{:.0f} % of {:.3g} {}", 100 * processors_used(run), run.processors,
                     run.processors == 1 ? "processor" : "processors");
}

std::string nothing_to_change(const RunReport& run, const Findings& found) {
  if (found.path.empty()) return "Nothing: no job needed memory.";
  if (found.limited > run.wall / 20 && !more_would_not_help(found))
    return fmt::format("Its jobs waited for memory, and their needs are known. Give it more{}.", how_to_get_more(run));
  if (processors_used(run) > kBusy)
    return fmt::format("Nothing about memory. To be faster it needs more processors: its jobs used {}.",
                       processors_text(run));
  const std::string_view more =
      tool_of(run) == Tool::cargo ? "more processors, or fewer dependencies" : "a higher -j, or more processors";
  return fmt::format("Nothing about memory. To be faster it needs {}: its end waited for {} last.", more,
                     shown(*found.path.back().job));
}

std::string without_waits_for_memory(const RunReport& run, const Findings& found) {
  const Duration waited = run.held_time + run.frozen_time;
  if (found.done_twice > Duration{})
    return fmt::format("Memory cost this build {} of work, which were done twice.", to_text(found.done_twice));
  if (found.for_processor > Duration{})
    return fmt::format("Memory cost this build nothing: jobs waited in {}, but for a processor.",
                       of_text(found.for_processor, run.wall));
  if (found.as_told)
    return fmt::format(
        "Memory cost this build nothing: jobs waited {} in all, as you had told (link-jobs, test-jobs, "
        "a stop).",
        to_text(waited));
  if (waited > Duration{}) return fmt::format("Jobs waited {} in all; when is not known any more.", to_text(waited));
  return fmt::format("Memory cost this build nothing: no job waited for it in {}.", to_text(run.wall));
}

std::string part_text(const Link& link) {
  const std::string time = to_text(link.to - link.from);
  const std::string waited = seconds(link.waited) < 0.05 ? "" : fmt::format(", {} of them held", to_text(link.waited));
  return fmt::format("{} ({}{})", shown(*link.job), time, waited);
}

}  // namespace

Tool tool_of(const RunReport& run) {
  if (!run.command.empty() && base_name(run.command.front()) == "cargo") return Tool::cargo;
  const auto rustc = std::ranges::count(run.jobs, to_text(job::Kind::rustc), &JobReport::job_class);
  return 2 * static_cast<std::size_t>(rustc) > run.jobs.size() ? Tool::cargo : Tool::make;
}

Findings find(const RunReport& run, const std::vector<Lane>& lanes, const std::optional<Estimate>& estimate) {
  Findings found;
  found.limited = std::min(time_limited(lanes), run.wall);
  found.for_processor = std::min(time_for_processor(lanes), run.wall - found.limited);
  found.as_told = std::ranges::any_of(
      lanes, [](const Lane& lane) { return std::ranges::count(lane.stretches, WaitsFor::leave, waits_for) > 0; });
  found.largest = largest_of(run);
  found.path = critical_path(run, lanes);
  for (const JobReport& job : run.jobs) {
    if (was_done_twice(job)) found.done_twice += job.cpu;
  }
  found.estimate = estimate;
  return found;
}

std::string cost_sentence(const RunReport& run, const Findings& found) {
  if (found.limited <= Duration{}) return without_waits_for_memory(run, found);
  if (more_would_not_help(found))
    return fmt::format("Jobs waited in {}, but more memory had hardly helped{}.",
                       of_text(found.limited + found.for_processor, run.wall),
                       run.processors > 0 ? ": they used " + processors_text(run) : "");
  std::string text = "Memory limited this build for " + of_text(found.limited, run.wall);
  if (found.done_twice > Duration{}) text += fmt::format(", and {} of work were done twice", to_text(found.done_twice));
  if (found.for_processor > kWorthPart * run.wall)
    text += fmt::format("; in {} more, jobs waited only for a processor", to_text(found.for_processor));
  if (!found.estimate) return text + ".";
  return text + fmt::format("; with {}: about {}.", to_text(*found.estimate->memory), to_text(found.estimate->wall));
}

std::string needs_sentence(const Findings& found) {
  std::vector<std::string> needs;
  for (const JobReport* job : found.largest) needs.push_back(fmt::format("{} for {}", to_text(job->peak), shown(*job)));
  if (needs.empty()) return {};
  return fmt::format("The largest {} {}.", needs.size() == 1 ? "need was" : "needs were", joined(needs));
}

std::string path_sentence(const RunReport& run, const Findings& found) {
  if (found.path.empty()) return {};
  std::vector<const Link*> parts;
  Duration sum{};
  for (const Link& link : found.path) {
    parts.push_back(&link);
    sum += link.to - link.from;
  }
  const auto length = [](const Link* link) { return link->to - link->from; };
  std::ranges::stable_sort(parts, std::ranges::greater{}, length);
  parts.resize(std::min(parts.size(), kPartsOfPath));
  std::ranges::sort(parts, {}, &Link::from);
  std::string text;
  for (const Link* link : parts) text += (text.empty() ? "" : ", then ") + part_text(*link);
  const auto others = found.path.size() - parts.size();
  const std::string more = others == 0 ? "" : fmt::format(" and {} shorter {}", others, others == 1 ? "job" : "jobs");
  return fmt::format("The end waited for {}{}: {}.", text, more, of_text(sum, run.wall));
}

std::vector<std::string> changes(const RunReport& run, const Findings& found) {
  std::vector<std::string> all;
  const bool limited = found.limited > kWorthPart * run.wall && !more_would_not_help(found);
  if (run.lost > 0) all.push_back(lost_job(run));
  if (found.estimate && limited) all.push_back(more_memory(*found.estimate->memory, found.estimate->wall, run));
  if (!found.largest.empty() && (limited || run.lost > 0) && !run.limit.is_unlimited() &&
      found.largest.front()->peak > kLargePart * run.limit)
    all.push_back(smaller(*found.largest.front(), run));
  if (found.done_twice > kWorthPart * run.wall) all.push_back(declare(run, found));
  if (limited && were_guessed(run)) all.emplace_back(again());
  if (waited_for_kind(run)) all.emplace_back(more_of_a_kind());
  if (all.empty()) all.push_back(nothing_to_change(run, found));
  all.resize(std::min(all.size(), kMostChanges));
  return all;
}

}  // namespace memguard::report

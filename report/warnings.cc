#include <algorithm>
#include <array>
#include <numeric>

#include <fmt/format.h>

#include "base/printable.h"
#include "report/more_memory.h"
#include "report/run_report.h"

namespace memguard::report {
namespace {

constexpr std::size_t kMostVictims = 3;
// A limit that is less than so much of another is another limit.
constexpr double kNearly = 0.95;

// "3 could not be read (where Yama forbids it: ...)".
struct Reason {
  std::string_view what;
  std::string_view remedy;
};

// In the order of Unguarded.
constexpr std::array<Reason, kUnguardedReasons> kReasons{{
    {"could not be read", "where Yama forbids it: sysctl kernel.yama.ptrace_scope=1"},
    {"did not fit the table of jobs", "split the build into several runs"},
    {"sat outside the build's cgroup", "a container or a service of systemd: limit it there"},
    {"could not be stopped", "memguard doctor says why"},
}};
static_assert(!kReasons.back().what.empty());

std::string unguarded(const RunReport& run) {
  const std::uint64_t all = std::accumulate(run.unguarded.begin(), run.unguarded.end(), std::uint64_t{0});
  if (all == 0) return {};
  std::string reasons;
  for (std::size_t i = 0; i < kUnguardedReasons; ++i) {
    if (run.unguarded.at(i) == 0) continue;
    const auto& [what, remedy] = kReasons.at(i);
    reasons += fmt::format("{}{} {} ({})", reasons.empty() ? "" : ", ", run.unguarded.at(i), what, remedy);
  }
  return fmt::format("{} {} not guarded: {}", all, all == 1 ? "program was" : "programs were", reasons);
}

std::string had_text(const OverLimit& over) {
  if (over.who.empty()) return {};
  const std::string expected =
      over.predicted > Bytes{} ? fmt::format(" where {} were expected", to_text(over.predicted)) : "";
  return fmt::format("; {} had {}{}", printable(over.who), to_text(over.had), expected);
}

// "codegen, which had 180 MiB, and 2 more".
std::string victims_text(const RunReport& run) {
  std::string text;
  const std::size_t named = std::min(run.victims.size(), kMostVictims);
  for (std::size_t i = 0; i < named; ++i) {
    const Victim& victim = run.victims[i];
    text += fmt::format("{}{} with {}", i == 0 ? "" : ", ", printable(victim.program), to_text(victim.memory));
  }
  if (named == 0 || run.oom_kills_no_job <= named) return text;
  return text + fmt::format(" and {} more", run.oom_kills_no_job - named);
}

std::string processes(std::uint64_t count) { return count == 1 ? "a process" : fmt::format("{} processes", count); }

std::string killed_no_job(const RunReport& run) {
  if (run.oom_kills_no_job == 0) return {};
  const bool one = run.oom_kills_no_job == 1;
  const std::string who = victims_text(run);
  return fmt::format(
      "under the limit of {} the kernel killed {} of the build for memory that {}: {}. Nothing starts {} again. Run "
      "fewer at once (-j), or give the build more{}.",
      to_text(run.limit), processes(run.oom_kills_no_job), one ? "was no job" : "were no jobs",
      who.empty() ? fmt::format("`dmesg`, as root, names {}", one ? "it" : "them") : who, one ? "it" : "them",
      how_to_get_more(run));
}

// Of somebody else on this machine, unless the build failed: then it may have been of the build.
std::string killed_on_machine(const RunReport& run) {
  if (run.oom_kills_machine == 0 || run.exit_status == 0) return {};
  return fmt::format(
      "while the build ran the kernel killed {} for memory on this machine, maybe of the build: `dmesg` names what. "
      "Less for the build (--memory, --keep-free) leaves more to others.",
      processes(run.oom_kills_machine));
}

// What the machine had was less than the limit.
bool others_took_some(const RunReport& run, const Thrashing& slow) {
  return run.hidden_limit == Bytes{} && slow.limit < kNearly * run.limit;
}

std::string thrashed(const RunReport& run) {
  if (!run.thrashing) return {};
  const Thrashing& slow = *run.thrashing;
  return fmt::format(
      "{} hardly got on for {}: at a limit of {} too little was left for its program, which was read from the disk "
      "again and again. Make this job smaller, or give the build more{}.",
      slow.who.empty() ? "a job" : printable(slow.who), to_text(slow.lasted), to_text(slow.limit),
      others_took_some(run, slow) ? how_to_get_of_machine(run.limit_origin) : how_to_get_more(run));
}

}  // namespace

std::string over_limit_text(const RunReport& run) {
  if (!run.over_limit) return {};
  return fmt::format(
      "memory passed the limit of {} by {}{}. In tier {} nothing ends a job beyond the limit: memguard doctor says "
      "what tier full needs.",
      to_text(run.limit), to_text(run.over_limit->by), had_text(*run.over_limit), printable(run.tier));
}

std::vector<std::string> warnings(const RunReport& run) {
  std::vector<std::string> lines{unguarded(run), over_limit_text(run), killed_no_job(run), killed_on_machine(run),
                                 thrashed(run)};
  std::erase(lines, "");
  return lines;
}

std::string_view remedy(Unguarded reason) { return kReasons.at(static_cast<std::size_t>(reason)).remedy; }

}  // namespace memguard::report

#include "supervisor/account/lost_jobs.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "report/more_memory.h"
#include "supervisor/account/tally.h"
#include "supervisor/memory/unmapped.h"
#include "supervisor/stop/explain.h"

namespace memguard::supervisor {
namespace {

constexpr std::size_t kMostLines = 5;

// What the lines of one run have in common.
struct EndOfJobs {
  const config::Config& config;
  const report::RunReport& run;
  const cgroup::Home& home;
  Bytes limit;
  std::string_view limit_from;
  /// Much of the memory was no process's.
  bool unmapped = false;
};

// systemd-oomd counts its kills on the cgroup it killed (systemd, src/oom/oomd-util.c).
bool oomd_was_here(const cgroup::Home& home) {
  for (const auto* group : {&home.build, &home.run, &home.root}) {
    if (*group && (*group)->dir().attribute("user.oomd_kill")) return true;
  }
  return false;
}

bool by_kernel(const JobRecord& job) {
  return job.killer == report::Killer::limit || job.killer == report::Killer::outside;
}

bool is_told(const JobRecord& job) {
  if (job.phase != JobPhase::ended || job.never_ran) return false;
  return job.outcome == report::Outcome::oom || job.killer == report::Killer::somebody ||
         job.killer == report::Killer::memguard;
}

// What it can do itself to need less. One that was alone gains nothing from fewer beside it.
std::vector<std::string_view> ways_to_need_less(const JobRecord& job) {
  if (job.job_class == config::kLink)
    return {"less debug info (debug = 1, split-debuginfo)", "lto = \"thin\"", "lld or mold"};
  if (job.job_class == config::kRustc) return {"lto = \"thin\" or \"off\"", "more codegen-units", "less debug info"};
  if (job.job_class == config::kTest && job.alone) return {"fewer tests in it (RUST_TEST_THREADS=1)"};
  if (job.job_class == config::kTest)
    return {"fewer test binaries at once (--test-jobs 1)", "fewer tests in each (RUST_TEST_THREADS=1)"};
  if (job.job_class == config::kOther && !job.alone) return {"fewer at once (-j)"};
  return {};
}

std::string advice(const JobRecord& job, const std::string& how_to_get_more) {
  const auto ways = ways_to_need_less(job);
  const std::string less = ways.empty() ? "" : fmt::format(" Or try {}.", fmt::join(ways, ", or "));
  return fmt::format("Give it more{}.{}", how_to_get_more, less);
}

std::string used_by(const JobRecord& job) { return job.peak.count > 0 ? to_text(job.peak) : "an unknown amount"; }

// Whoever is alone did not fit. Of the others only the sum is known to have been too much.
std::string tell_at_limit(const JobRecord& job, const EndOfJobs& end) {
  const std::string label = job_label(job, end.config);
  const std::string limit = fmt::format("the build's limit of {} ({})", to_text(end.limit), end.limit_from);
  // What no process had is no compiler's: that has a line of its own.
  const std::string what_to_try = end.unmapped ? "" : " " + advice(job, how_to_get_more(end.run));
  if (job.alone)
    return fmt::format("{} did not fit: it used {}, alone, when it was killed at {}.{}", label, used_by(job), limit,
                       what_to_try);
  return fmt::format("{} was killed at {}: it used {}, beside others.{}", label, limit, used_by(job), what_to_try);
}

// Where the kernel counts no build every kill is such.
std::string tell_above_limit(const JobRecord& job, const EndOfJobs& end) {
  return fmt::format(
      "{} was killed for memory when it used {}, not at the build's limit of {} but at one above it, or because the "
      "machine had none left; `dmesg` says which. {}",
      job_label(job, end.config), used_by(job), to_text(end.limit),
      job.alone ? advice(job, how_to_get_more_above(end.run))
                : "Less for the build (--memory, --keep-free) leaves more to others.");
}

std::string tell_somebody(const JobRecord& job, const EndOfJobs& end) {
  return fmt::format("{} was ended by SIGKILL when it used {}, {}.", job_label(job, end.config), used_by(job),
                     oomd_was_here(end.home)
                         ? "by systemd-oomd (`journalctl -u systemd-oomd`)"
                         : "not by the kernel for memory: somebody's kill, or a guard like earlyoom (see its journal)");
}

std::string tell_one(const JobRecord& job, const EndOfJobs& end) {
  switch (job.killer) {
    case report::Killer::limit:
      return tell_at_limit(job, end);
    case report::Killer::outside:
      return tell_above_limit(job, end);
    case report::Killer::memguard:
      return fmt::format("{} still ran when the command had ended, and was ended with it.", job_label(job, end.config));
    case report::Killer::somebody:
      return tell_somebody(job, end);
    case report::Killer::none:
      break;
  }
  return fmt::format("{} was ended with a job of its own that was killed for memory. {}", job_label(job, end.config),
                     advice(job, how_to_get_more(end.run)));
}

// A rustc that went with its linker: the linker's line says it all.
bool is_consequence(const JobRecord& job, std::span<const JobRecord> jobs) {
  if (job.killer != report::Killer::none) return false;
  return std::ranges::any_of(jobs, [&](const JobRecord& other) {
    return other.family == job.family && other.start_number == job.start_number && is_told(other) && by_kernel(other);
  });
}

// Jobs of one family, killed by the same hand at the same wall, differ in little but their names.
struct Told {
  const JobRecord* job = nullptr;
  std::size_t more = 0;
};

std::vector<Told> sort_out(std::span<const JobRecord> jobs) {
  std::vector<Told> told;
  for (const JobRecord& job : jobs) {
    if (!is_told(job) || is_consequence(job, jobs)) continue;
    const auto same = std::ranges::find_if(told, [&](const Told& other) {
      return other.job->family == job.family && other.job->start_number == job.start_number &&
             other.job->killer == job.killer && other.job->job_class == job.job_class;
    });
    if (same == told.end()) {
      told.push_back({&job, 0});
      continue;
    }
    ++same->more;
    if (same->job->peak < job.peak) same->job = &job;
  }
  return told;
}

}  // namespace

void note_lost(SharedArea& area) {
  std::map<std::uint32_t, std::uint16_t> last_start;
  for (const JobRecord& job : area.jobs()) {
    last_start[job.family] = std::max(last_start[job.family], job.start_number);
  }
  std::set<std::uint32_t> families;
  for (JobRecord& job : area.jobs()) {
    const bool waits = job.phase == JobPhase::ended && job.outcome == report::Outcome::oom_restarted && !job.restarted;
    if (!waits || job.interrupted || job.start_number < last_start[job.family]) continue;
    job.outcome = report::Outcome::oom;
    if (families.insert(job.family).second) ++area.totals.lost;
  }
}

std::vector<std::string> tell_lost(SharedArea& area, const config::Config& config, const report::RunReport& run,
                                   const cgroup::Home& home) {
  const auto told = sort_out(area.jobs());
  const std::string unmapped = unmapped_text(area);
  // The user may have lowered it, and the highest there was is what the report has.
  const Bytes limit = area.memory_max;
  const EndOfJobs end{config,           run, home, limit, limit == run.limit ? run.limit_origin.text : kMovedByUser,
                      !unmapped.empty()};
  std::vector<std::string> lines;
  for (const Told& one : told) {
    if (lines.size() == kMostLines) break;
    std::string line = tell_one(*one.job, end);
    if (one.more > 0)
      line += fmt::format(" So {} {} more of the same family.", one.more == 1 ? "was" : "were", one.more);
    lines.push_back(std::move(line));
  }
  if (told.size() > lines.size())
    lines.push_back(fmt::format("and {} more (--json lists them)", told.size() - lines.size()));
  if (!lines.empty() && !unmapped.empty()) lines.push_back(unmapped);
  return lines;
}

}  // namespace memguard::supervisor

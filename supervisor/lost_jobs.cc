#include "supervisor/lost_jobs.h"

#include <algorithm>
#include <span>

#include <fmt/format.h>

#include "supervisor/explain.h"
#include "supervisor/unmapped.h"

namespace memguard::supervisor {
namespace {

constexpr std::size_t kMostLines = 5;

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

std::string advice(const JobRecord& job, const report::RunReport& run) {
  std::string text = "Give it more" + how_to_get_more(run);
  if (job.job_class == config::kLink)
    text += ", or try less debug info (debug = 1, split-debuginfo), lto = \"thin\", or lld or mold";
  if (job.job_class == config::kRustc)
    text += ", or try lto = \"thin\" or \"off\", more codegen-units, less debug info";
  // One that was alone gains nothing from fewer beside it.
  if (job.job_class == config::kTest && !job.alone) text += ", or run fewer test binaries at once (--test-jobs 1)";
  if (job.job_class == config::kTest) text += ", or fewer tests in each (RUST_TEST_THREADS=1)";
  if (job.job_class == config::kOther && !job.alone) text += ", or run fewer at once (-j)";
  return text + ".";
}

std::string used_by(const JobRecord& job) { return job.peak.count > 0 ? to_text(job.peak) : "an unknown amount"; }

// Whoever is alone did not fit. Of the others only the sum is known to have been too much.
std::string tell_at_limit(const JobRecord& job, const config::Config& config, const report::RunReport& run,
                          bool unmapped) {
  const std::string limit_text = fmt::format("the build's limit of {} ({})", to_text(run.limit), run.limit_origin.text);
  const std::string label = job_label(job, config);
  // What no process had is no compiler's: that has a line of its own.
  const std::string what_to_try = unmapped ? "" : " " + advice(job, run);
  if (job.alone)
    return fmt::format("{} did not fit: it used {}, alone, when it was killed at {}.{}", label, used_by(job),
                       limit_text, what_to_try);
  return fmt::format("{} was killed at {}: it used {}, beside others.{}", label, limit_text, used_by(job), what_to_try);
}

std::string tell_somebody(const JobRecord& job, const config::Config& config, const cgroup::Home& home) {
  return fmt::format("{} was ended by SIGKILL when it used {}, {}.", job_label(job, config), used_by(job),
                     oomd_was_here(home)
                         ? "by systemd-oomd (`journalctl -u systemd-oomd`)"
                         : "not by the kernel for memory: somebody's kill, or a guard like earlyoom (see its journal)");
}

std::string tell_one(const JobRecord& job, const config::Config& config, const report::RunReport& run,
                     const cgroup::Home& home, bool unmapped) {
  switch (job.killer) {
    case report::Killer::limit:
      return tell_at_limit(job, config, run, unmapped);
    case report::Killer::outside:
      return fmt::format(
          "{} was killed for memory when it used {}, not at the build's limit of {} but at one above it, or because "
          "the machine had none left; `dmesg` says which. Less for the build (--memory, --keep-free) leaves more to "
          "others.",
          job_label(job, config), used_by(job), to_text(run.limit));
    case report::Killer::memguard:
      return fmt::format("{} still ran when the command had ended, and was ended with it.", job_label(job, config));
    case report::Killer::somebody:
      return tell_somebody(job, config, home);
    case report::Killer::none:
      break;
  }
  return fmt::format("{} was ended with a job of its own that was killed for memory. {}", job_label(job, config),
                     advice(job, run));
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

std::vector<std::string> tell_lost(SharedArea& area, const config::Config& config, const report::RunReport& run,
                                   const cgroup::Home& home) {
  const auto told = sort_out(area.jobs());
  const std::string unmapped = unmapped_text(area);
  std::vector<std::string> lines;
  for (const Told& one : told) {
    if (lines.size() == kMostLines) break;
    std::string line = tell_one(*one.job, config, run, home, !unmapped.empty());
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

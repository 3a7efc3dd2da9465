#include "supervisor/lost_jobs.h"

#include <fmt/format.h>

#include "supervisor/explain.h"

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

std::string advice(const JobRecord& job, const config::Config& config) {
  const std::string& job_class = config.classes.at(job.job_class).name;
  std::string text = "Give it more with --memory";
  if (job_class == "link")
    text += ", or try less debug info (debug = 1, split-debuginfo), lto = \"thin\", or lld or mold";
  if (job_class == "rustc") text += ", or try lto = \"thin\" or \"off\", more codegen-units, less debug info";
  return text + ".";
}

std::string tell_one(const JobRecord& job, const config::Config& config, const RunLimit& limit,
                     const cgroup::Home& home) {
  const std::string label = job_label(job, config);
  const std::string used = job.peak.count > 0 ? to_text(job.peak) : "an unknown amount";
  if (job.killer == report::Killer::limit) {
    return fmt::format("{} did not fit: it used {}{} when it was killed at the build's limit of {} ({}). {}", label,
                       used, job.alone ? ", alone," : "", to_text(limit.wall), limit.source, advice(job, config));
  }
  if (job.killer == report::Killer::outside) {
    return fmt::format(
        "{} was killed for memory when it used {}, not at the build's limit of {} but at one above it, or because the "
        "machine had none left; `dmesg` says which. Less for the build (--memory, --keep-free) leaves more to others.",
        label, used, to_text(limit.wall));
  }
  return fmt::format("{} was ended by SIGKILL when it used {}, {}.", label, used,
                     oomd_was_here(home)
                         ? "by systemd-oomd (`journalctl -u systemd-oomd`)"
                         : "not by the kernel for memory: somebody's kill, or a guard like earlyoom (see its journal)");
}

}  // namespace

std::vector<std::string> tell_lost(SharedArea& area, const config::Config& config, const RunLimit& limit,
                                   const cgroup::Home& home) {
  std::vector<std::string> lines;
  std::size_t more = 0;
  for (const JobRecord& job : area.jobs()) {
    const bool lost = job.outcome == report::Outcome::oom || job.killer == report::Killer::somebody;
    if (job.phase != JobPhase::ended || !lost) continue;
    if (lines.size() < kMostLines) {
      lines.push_back(tell_one(job, config, limit, home));
    } else {
      ++more;
    }
  }
  if (more > 0) lines.push_back(fmt::format("and {} more (--json lists them)", more));
  return lines;
}

}  // namespace memguard::supervisor

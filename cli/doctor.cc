#include "cli/doctor.h"

#include <sys/utsname.h>

#include <cerrno>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "cgroup/home.h"
#include "gate/detour.h"
#include "proc/machine.h"
#include "supervisor/nested.h"
#include "supervisor/required_tier.h"
#include "supervisor/run_limit.h"
#include "supervisor/shim_setup.h"
#include "supervisor/trial.h"

namespace memguard::cli {
namespace {

constexpr std::string_view kNested = "not tried: a guarded run is around this, where memguard run is the plain command";

std::string gate_text(const config::Config& config, const supervisor::Trial& trial) {
  if (!config.gate.value) return "not wanted: " + config.gate.origin;
  if (trial.gate_refused) {
    // EINVAL: the kernel has no such thing, whatever a container allows.
    const bool by_container = trial.gate_refused->code != EINVAL;
    return fmt::format("no ({}). Jobs are frozen late instead of held at birth.{}", trial.gate_refused->text(),
                       by_container ? " A container needs a seccomp profile that allows seccomp(2) with "
                                      "SECCOMP_FILTER_FLAG_NEW_LISTENER."
                                    : "");
  }
  if (!trial.gate_failed.empty()) return "no: " + trial.gate_failed.front().what;
  std::string text = "yes: a process was held at its exec and let go";
  if (!trial.wait_killable) text += "; holding blocks the parent (kernel 5.19 would not)";
  if (trial.no_new_privs) text += "; sudo and other set-user-id programs do not work in the build (--no-gate)";
  return text;
}

std::string stop_text(const supervisor::Trial& trial) {
  if (!trial.stop_failed.empty()) return "no: " + trial.stop_failed.front().what;
  const bool by_cgroup = trial.tier && *trial.tier != cgroup::Tier::signal;
  return fmt::format("yes: a process was frozen and thawed ({})", by_cgroup ? "cgroup.freeze" : "SIGSTOP, SIGCONT");
}

Result<supervisor::RunLimit> limit_of(const config::Config& config) {
  const auto surroundings = supervisor::look_around();
  if (!surroundings) return tl::unexpected<Error>(surroundings.error());
  return supervisor::choose_limit(config, *surroundings);
}

std::string limit_text(const Result<supervisor::RunLimit>& limit, cgroup::Tier tier) {
  if (!limit) return limit.error().text();
  const std::string text = fmt::format("{}: {}", to_text(limit->wall), limit->source);
  return tier == cgroup::Tier::full ? text : fmt::format("{}; {}", text, supervisor::kKeptByScheduling);
}

// What a run says at its start.
TerminalText notes_of(const Result<supervisor::RunLimit>& limit, const config::Config& config) {
  TerminalText text;
  for (const auto& error : config.ignored) text += terminal_text("note      ignored: {}\n", error.text());
  if (!limit) return text;
  for (const auto& remark : limit->remarks) text += terminal_text("note      {}\n", remark);
  return text;
}

std::string shim_text(const config::Config& config) {
  if (!config.restart.value) return "not wanted: " + config.restart.origin;
  std::string missing = supervisor::shim_missing(config);
  if (!missing.empty()) return missing;
  return gate::Detours::possible() ? "yes: a compiler or linker that memory ends is started again"
                                   : fmt::format("rustc: {}", supervisor::kOnlyCargo);
}

std::string pressure_text() {
  const auto pressure = proc::read_machine_pressure();
  return pressure ? "yes" : fmt::format("no ({}); boot with psi=1. Headroom alone decides.", pressure.error().text());
}

TerminalText lines_of(const std::vector<cgroup::Missing>& all) {
  TerminalText text;
  for (const auto& missing : all) text += terminal_text("missing   {}\n          {}\n", missing.what, missing.remedy);
  return text;
}

// Each once, though the same may have kept both from working.
TerminalText missing_of(const supervisor::Trial& trial) {
  const TerminalText gate = lines_of(trial.gate_failed);
  const TerminalText stop = lines_of(trial.stop_failed);
  return gate + (stop == gate ? TerminalText() : stop) + lines_of(trial.scarce);
}

// What was tried counts more than what was looked at.
void believe(cgroup::Home& home, const supervisor::Trial& trial) {
  if (!trial.tier || *trial.tier == home.tier) return;
  home.tier = *trial.tier;
  home.missing = trial.missing;
}

TerminalText missing_of(const cgroup::Home& home) {
  TerminalText text = lines_of(home.missing);
  if (home.tier == cgroup::Tier::signal) {
    text += terminal_text(
        "note      jobs are stopped by SIGSTOP, which parents can see: a shell with job control (bash -m) goes on to "
        "its\n"
        "          next command, script(1) and sudo stop themselves\n");
  }
  for (const auto& remark : home.remarks) text += terminal_text("note      {}\n", remark);
  return text;
}

std::string kernel_text() {
  utsname name{};
  return ::uname(&name) == 0 ? fmt::format("{} {}", &name.release[0], &name.machine[0]) : "unknown";
}

}  // namespace

Diagnosis doctor(const config::Config& config) {
  cgroup::Home home = cgroup::survey_home({.no_scope = !config.scope.value, .mount_point = {}});
  const bool nested = supervisor::inside_guarded_run();
  const supervisor::Trial trial = nested ? supervisor::Trial{} : supervisor::try_run(config);
  believe(home, trial);
  const auto limit = limit_of(config);
  auto text = terminal_text(
      "tier      {}\nlimit     {}\nexec gate {}\nfreezing  {}\nshim      {}\nPSI       {}\nkernel    {}\n",
      to_text(home.tier), limit_text(limit, home.tier), nested ? kNested : gate_text(config, trial),
      nested ? kNested : stop_text(trial), shim_text(config), pressure_text(), kernel_text());
  text += missing_of(home) + missing_of(trial) + notes_of(limit, config);
  return {std::move(text), supervisor::check_required_tier(config, home)};
}

}  // namespace memguard::cli

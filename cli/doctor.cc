#include "cli/doctor.h"

#include <sys/utsname.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "cgroup/home.h"
#include "cgroup/remedies.h"
#include "gate/detour.h"
#include "proc/machine.h"
#include "supervisor/account/report_file.h"
#include "supervisor/front/nested.h"
#include "supervisor/front/required_tier.h"
#include "supervisor/front/shim_setup.h"
#include "supervisor/memory/run_limit.h"
#include "supervisor/self/own_proc.h"
#include "supervisor/trial/trial.h"

namespace memguard::cli {
namespace {

constexpr std::string_view kNested = "not tried: a guarded run is around this, where memguard run is the plain command";

Finding no(std::string text) { return {false, std::move(text)}; }
Finding yes(std::string text) { return {true, std::move(text)}; }

Finding gate_of(const config::Config& config, const supervisor::Trial& trial) {
  if (!config.gate.value) return no("not wanted: " + config.gate.origin);
  if (trial.gate_refused) {
    // EINVAL: the kernel has no such thing, whatever a container allows.
    const bool by_container = trial.gate_refused->code != EINVAL;
    return no(fmt::format(
        "no ({}). Jobs are frozen late instead of held at birth.{}", trial.gate_refused->text(),
        by_container ? " A container needs a seccomp profile, a unit a SystemCallFilter=, that allows seccomp(2) with "
                       "SECCOMP_FILTER_FLAG_NEW_LISTENER."
                     : ""));
  }
  if (!trial.gate_failed.empty()) return no("no: " + trial.gate_failed.front().what);
  std::string text = "yes: a process was held at its exec and let go";
  if (!trial.wait_killable) text += "; holding blocks the parent (kernel 5.19 would not)";
  if (trial.no_new_privs) text += "; sudo and other set-user-id programs do not work in the build (--no-gate)";
  return yes(std::move(text));
}

Finding freezing_of(const supervisor::Trial& trial) {
  if (!trial.stop_failed.empty()) return no("no: " + trial.stop_failed.front().what);
  const bool by_cgroup = trial.tier && *trial.tier != cgroup::Tier::signal;
  return yes(
      fmt::format("yes: a process was frozen and thawed ({})", by_cgroup ? "cgroup.freeze" : "SIGSTOP, SIGCONT"));
}

Result<supervisor::RunLimit> limit_of(const config::Config& config) {
  const auto surroundings = supervisor::look_around();
  if (!surroundings) return tl::unexpected<Error>(surroundings.error());
  return supervisor::choose_limit(config, *surroundings);
}

std::string limit_text(const Result<supervisor::RunLimit>& limit, cgroup::Tier tier) {
  if (!limit) return limit.error().text();
  const std::string text = fmt::format("{}: {}", to_text(limit->wall), limit->origin.text);
  return tier == cgroup::Tier::full ? text : fmt::format("{}; {}", text, supervisor::kKeptByScheduling);
}

Finding shim_of(const config::Config& config) {
  if (!config.restart.value) return no("not wanted: " + config.restart.origin);
  std::string missing = supervisor::shim_missing(config);
  if (!missing.empty()) return no(std::move(missing));
  return yes(gate::Detours::possible() ? "yes: a compiler or linker that memory ends is started again"
                                       : fmt::format("rustc: {}", supervisor::kOnlyCargo));
}

// What is switched off is booted with; what is not there, the kernel lacks or somebody hides.
std::string pressure_remedy(int code) {
  const bool machine = cgroup::container_here() == cgroup::Container::none;
  if (code == EOPNOTSUPP)
    return machine ? "boot with psi=1" : "boot the machine that this container runs on with psi=1";
  return machine ? "it takes a kernel with CONFIG_PSI"
                 : "the kernel has no CONFIG_PSI, or /proc/pressure is hidden here";
}

Finding pressure_of() {
  const auto pressure = proc::read_machine_pressure();
  if (pressure) return yes("yes");
  return no(fmt::format("no ({}); {}. Headroom alone decides.", pressure.error().text(),
                        pressure_remedy(pressure.error().code)));
}

void append(std::vector<cgroup::Missing>& all, const std::vector<cgroup::Missing>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

bool same(const std::vector<cgroup::Missing>& a, const std::vector<cgroup::Missing>& b) {
  return std::ranges::equal(a, b,
                            [](const auto& x, const auto& y) { return x.what == y.what && x.remedy == y.remedy; });
}

// Each once, though the same may have kept both from working.
std::vector<cgroup::Missing> missing_of(const cgroup::Home& home, const supervisor::Trial& trial) {
  std::vector<cgroup::Missing> all = home.missing;
  append(all, trial.gate_failed);
  if (!same(trial.stop_failed, trial.gate_failed)) append(all, trial.stop_failed);
  append(all, trial.scarce);
  return all;
}

// The last are what a run says at its start.
std::vector<std::string> notes_of(const cgroup::Home& home, const Result<supervisor::RunLimit>& limit,
                                  const config::Config& config) {
  std::vector<std::string> notes;
  if (home.tier == cgroup::Tier::signal)
    notes.emplace_back(
        "jobs are stopped by SIGSTOP, which parents can see: a shell with job control (bash -m) goes on to its next "
        "command, script(1) and sudo stop themselves");
  notes.insert(notes.end(), home.remarks.begin(), home.remarks.end());
  for (const auto& error : config.ignored) notes.push_back("ignored: " + error.text());
  if (limit) notes.insert(notes.end(), limit->remarks.begin(), limit->remarks.end());
  return notes;
}

// What was tried counts more than what was looked at. Where the trial came to no tier, a run is not believed to.
void believe(cgroup::Home& home, const supervisor::Trial& trial) {
  const cgroup::Tier tier = trial.tier.value_or(cgroup::Tier::signal);
  if (tier == home.tier) return;
  home.tier = tier;
  home.missing = trial.missing;
}

std::string kernel_text() {
  utsname name{};
  return ::uname(&name) == 0 ? fmt::format("{} {}", &name.release[0], &name.machine[0]) : "unknown";
}

// What a run would be refused for before its command starts.
Status verdict_of(const config::Config& config, const cgroup::Home& home, const Result<supervisor::RunLimit>& limit) {
  if (!limit) return tl::unexpected<Error>(limit.error());
  if (auto writable = supervisor::check_report_file(config); !writable) return writable;
  return supervisor::check_required_tier(config, home);
}

// A run becomes the command there.
Diagnosis without_proc(const config::Config& config) {
  const Error why = supervisor::missing_proc();
  const Finding none = no("no: nothing is guarded without /proc");
  return {.tier = cgroup::Tier::signal,
          .limit = {},
          .limit_text = "none: nothing is guarded without /proc",
          .gate = none,
          .freezing = none,
          .shim = none,
          .pressure = none,
          .kernel = kernel_text(),
          .missing = {{why.what, why.hint}},
          .notes = {},
          .verdict = config.require_tier.value ? Status(tl::unexpected<Error>(why)) : Status()};
}

TerminalText block(const char* name, const std::string& first, const std::string& second) {
  return terminal_text("{:<9} {}\n          {}\n", name, first, second);
}

}  // namespace

Diagnosis doctor(const config::Config& config) {
  if (supervisor::proc_is_missing()) return without_proc(config);
  cgroup::Home home = cgroup::survey_home({.no_scope = !config.scope.value, .mount_point = {}});
  const bool nested = supervisor::inside_guarded_run();
  const supervisor::Trial trial = nested ? supervisor::Trial{} : supervisor::try_run(config);
  if (!nested) believe(home, trial);
  const auto limit = limit_of(config);
  const Finding untried = no(std::string(kNested));
  return {.tier = home.tier,
          .limit = limit ? std::optional(limit->wall) : std::nullopt,
          .limit_text = limit_text(limit, home.tier),
          .gate = nested ? untried : gate_of(config, trial),
          .freezing = nested ? untried : freezing_of(trial),
          .shim = shim_of(config),
          .pressure = pressure_of(),
          .kernel = kernel_text(),
          .missing = missing_of(home, trial),
          .notes = notes_of(home, limit, config),
          .verdict = verdict_of(config, home, limit)};
}

TerminalText diagnosis_text(const Diagnosis& diagnosis) {
  auto text = terminal_text(
      "tier      {}\nlimit     {}\nexec gate {}\nfreezing  {}\nshim      {}\nPSI       {}\nkernel    {}\n",
      to_text(diagnosis.tier), diagnosis.limit_text, diagnosis.gate.text, diagnosis.freezing.text, diagnosis.shim.text,
      diagnosis.pressure.text, diagnosis.kernel);
  for (const auto& missing : diagnosis.missing) text += block("missing", missing.what, missing.remedy);
  for (const auto& note : diagnosis.notes) text += terminal_text("note      {}\n", note);
  return text;
}

}  // namespace memguard::cli

#include "cli/doctor.h"

#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <optional>
#include <vector>

#include <fmt/format.h>

#include "cgroup/home.h"
#include "gate/filter.h"
#include "gate/listener.h"
#include "proc/machine.h"
#include "supervisor/required_tier.h"
#include "supervisor/run_limit.h"
#include "supervisor/shim_setup.h"

namespace memguard::cli {
namespace {

struct GateFacts {
  /// errno of the attempt; 0 when it works.
  int error = 0;
  bool wait_killable = false;
  bool no_new_privs = false;
};

// A filter cannot be taken off again: a child tries, and tells by its exit status.
GateFacts try_gate() {
  constexpr int kWaitKillable = 1;
  constexpr int kNoNewPrivs = 2;
  constexpr int kRefused = 64;
  const pid_t child = ::fork();
  if (child == 0) {
    const auto installed = gate::install_exec_filter();
    if (!installed) ::_exit(kRefused + std::min(installed.error().code, 127));
    ::_exit((installed->wait_killable ? kWaitKillable : 0) | (installed->no_new_privs ? kNoNewPrivs : 0));
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return {.error = ECHILD};
  const int answer = WEXITSTATUS(status);
  if (answer >= kRefused) return {.error = answer - kRefused};
  return {0, (answer & kWaitKillable) != 0, (answer & kNoNewPrivs) != 0};
}

std::string gate_text(const config::Config& config) {
  if (!config.gate.value) return "not wanted: " + config.gate.origin;
  const GateFacts gate = try_gate();
  if (gate.error != 0 || !gate::notifications_fit()) {
    return fmt::format(
        "no ({}). Jobs are frozen late instead of held at birth. A container needs a seccomp profile that "
        "allows seccomp(2) with SECCOMP_FILTER_FLAG_NEW_LISTENER.",
        Error{"install a filter", gate.error, {}}.text());
  }
  std::string text = "yes";
  if (!gate.wait_killable) text += "; holding blocks the parent (kernel 5.19 would not)";
  if (gate.no_new_privs) text += "; sudo and other set-user-id programs do not work in the build (--no-gate)";
  return text;
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
std::string notes_of(const Result<supervisor::RunLimit>& limit, const config::Config& config) {
  std::string text;
  for (const auto& error : config.ignored) text += fmt::format("note      ignored: {}\n", error.text());
  if (!limit) return text;
  for (const auto& remark : limit->remarks) text += fmt::format("note      {}\n", remark);
  return text;
}

std::string shim_text(const config::Config& config) {
  if (!config.restart.value) return "not wanted: " + config.restart.origin;
  const std::string missing = supervisor::shim_missing(config);
  return missing.empty() ? "yes: a rustc that memory ends is started again" : missing;
}

std::string pressure_text() {
  const auto pressure = proc::read_machine_pressure();
  return pressure ? "yes" : fmt::format("no ({}); boot with psi=1. Headroom alone decides.", pressure.error().text());
}

std::string missing_of(const cgroup::Home& home) {
  std::string text;
  for (const auto& missing : home.missing)
    text += fmt::format("missing   {}\n          {}\n", missing.what, missing.remedy);
  if (home.tier == cgroup::Tier::signal) {
    text +=
        "note      jobs are stopped by SIGSTOP, which parents can see: a shell with job control (bash -m) goes on to "
        "its\n"
        "          next command, script(1) and sudo stop themselves\n";
  }
  for (const auto& remark : home.remarks) text += fmt::format("note      {}\n", remark);
  return text;
}

std::string kernel_text() {
  utsname name{};
  return ::uname(&name) == 0 ? fmt::format("{} {}", &name.release[0], &name.machine[0]) : "unknown";
}

}  // namespace

Diagnosis doctor(const config::Config& config) {
  const cgroup::Home home = cgroup::survey_home({.no_scope = !config.scope.value, .mount_point = {}});
  const auto limit = limit_of(config);
  std::string text = fmt::format("tier      {}\nlimit     {}\nexec gate {}\nshim      {}\nPSI       {}\nkernel    {}\n",
                                 to_text(home.tier), limit_text(limit, home.tier), gate_text(config), shim_text(config),
                                 pressure_text(), kernel_text());
  text += missing_of(home) + notes_of(limit, config);
  return {std::move(text), supervisor::check_required_tier(config, home)};
}

}  // namespace memguard::cli

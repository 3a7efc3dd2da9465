#include "supervisor/front/nested.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <random>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/io.h"
#include "base/result.h"
#include "base/say.h"
#include "base/whole_file.h"
#include "cgroup/location.h"
#include "config/environment.h"
#include "proc/process.h"
#include "report/run_report.h"
#include "supervisor/front/exec_error.h"
#include "supervisor/front/required_tier.h"

namespace memguard::supervisor {
namespace {

// The front of the run around us.
std::optional<pid_t> outer_front() {
  const char* id = std::getenv("MEMGUARD_RUN");  // NOLINT(concurrency-mt-unsafe): there are no threads yet
  if (id == nullptr) return std::nullopt;
  const std::string_view text(id);
  const auto front = to_number<pid_t>(text.substr(0, text.find(':')));
  return front && *front > 1 && proc::is_below(::getpid(), *front) ? front : std::nullopt;
}

// The folder of that run's build, where we are in it; "" where its place is known but not shown here.
std::optional<std::string> outer_build(pid_t front) {
  const std::string inside = fmt::format("/memguard-{}/build/", front);
  const auto path = cgroup::parse_own_path(read_at(AT_FDCWD, "/proc/self/cgroup").value_or(std::string()));
  if (!path || path->find(inside) == std::string::npos) return std::nullopt;
  const auto here = cgroup::locate({});
  const auto at = here && here->own ? here->own->rfind(inside) : std::string::npos;
  return at == std::string::npos ? std::string() : here->own->substr(0, at + inside.size());
}

// What the run around us has, as its tree shows it. One that cannot be seen is not believed to be more.
cgroup::Tier outer_tier(pid_t front) {
  const auto build = outer_build(front);
  if (!build) return cgroup::Tier::signal;
  const bool limited = !build->empty() && ::access((*build + "memory.max").c_str(), F_OK) == 0;
  return limited ? cgroup::Tier::full : cgroup::Tier::freezer;
}

std::string ignored_options(const config::Config& config) {
  constexpr std::array<std::string_view, 3> kObeyed{"--json", "--require-tier", "--quiet"};
  auto options = config::options_given(config);
  std::erase_if(options,
                [&](const std::string& option) { return std::ranges::find(kObeyed, option) != kObeyed.end(); });
  return fmt::format("{}", fmt::join(options, ", "));
}

// Only for the option: what a file, a manifest or a variable names is the outer memguard's file.
Status write_inner_report(const config::Config& config, pid_t front, const std::vector<std::string>& command) {
  if (!config.json.value || config.json.origin != "--json") return {};
  const report::InnerRun run{.guarded_by = front,
                             .tier = std::string(to_text(outer_tier(front))),
                             .folder = config::system_environment().working_directory,
                             .command = command};
  auto written = write_whole(*config.json.value, report::to_json(run));
  return written ? written : Status(pass(std::move(written.error()), config.json.origin));
}

int become_plain(const config::Config& config, const std::vector<std::string>& command, const std::string& why) {
  if (config.require_tier.value) {
    say(why);
    return 125;
  }
  if (!config.quiet.value) say("Nothing is guarded: " + why);
  return become(command);
}

}  // namespace

bool inside_guarded_run() { return outer_front().has_value(); }

int become_inner(const config::Config& config, const std::vector<std::string>& command) {
  const pid_t front = outer_front().value_or(0);
  cgroup::Home outer;
  outer.tier = outer_tier(front);
  if (auto enough = check_required_tier(config, outer); !enough) {
    say(fmt::format("{} (to the build that memguard {} guards, which this one is part of)", enough.error().text(),
                    front));
    return 125;
  }
  if (auto written = write_inner_report(config, front, command); !written) {
    say(written.error().text());
    return 125;
  }
  std::string line;
  if (const auto ignored = ignored_options(config); !ignored.empty()) line = fmt::format("; not obeyed: {}", ignored);
  if (config.json.value && config.json.origin == "--json")
    line += fmt::format("; {} says no more than that", *config.json.value);
  if (!line.empty() && !config.quiet.value)
    say(fmt::format("this build is part of one that memguard {} guards, and that one's report has its jobs{}", front,
                    line));
  return become(command);
}

std::string new_run_id() {
  std::random_device random;
  return fmt::format("{}:{:08x}", ::getpid(), random());
}

int become(const std::vector<std::string>& command) {
  std::vector<char*> argv;
  for (const std::string& argument : command) argv.push_back(const_cast<char*>(argument.c_str()));  // NOLINT
  argv.push_back(nullptr);
  ::execvp(argv.front(), argv.data());
  const int code = errno;
  say(exec_error(command, code).text());
  return code == ENOENT ? 127 : 126;
}

int become_unguarded(const config::Config& config, const std::vector<std::string>& command, const Error& error) {
  const std::string why = fmt::format(
      "/proc shows another pid namespace, so that the build's processes cannot be seen ({}). Mount the right one: "
      "unshare --mount-proc, or mount -t proc proc /proc.",
      error.text());
  return become_plain(config, command, why);
}

Error missing_proc() {
  return Error{"/proc is not mounted here, and no process can be seen", 0,
               "Mount it: mount -t proc proc /proc, or bwrap --proc /proc."};
}

int become_without_proc(const config::Config& config, const std::vector<std::string>& command) {
  return become_plain(config, command, missing_proc().text());
}

}  // namespace memguard::supervisor

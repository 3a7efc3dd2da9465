#include "supervisor/intake/job_scan.h"

#include <fcntl.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>

#include <fmt/format.h>

#include "base/io.h"
#include "gate/exec_request.h"
#include "job/describe.h"
#include "job/inputs.h"
#include "job/program_key.h"
#include "supervisor/intake/aside.h"

namespace memguard::supervisor {
namespace {

constexpr Duration kPatience = std::chrono::milliseconds(250);

std::vector<std::string> split_nul(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find('\0'), text.size());
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::vector<std::string> read_strings(pid_t pid, const char* file) {
  return split_nul(read_at(AT_FDCWD, fmt::format("/proc/{}/{}", pid, file)).value_or(std::string{}));
}

// Those of a script begin with its interpreter; the kernel names the process after the script (fs/exec.c,
// begin_new_exec: at most 15 bytes of it).
std::vector<std::string> arguments_of(const config::Config& config, pid_t pid) {
  auto arguments = read_strings(pid, "cmdline");
  // After the interpreter comes at most one option of its own.
  for (std::size_t i = 1; i < std::min<std::size_t>(arguments.size(), 3); ++i) {
    const auto name = gate::program_name(arguments[i]);
    if (!config::class_of(config, name)) continue;
    const auto comm = read_at(AT_FDCWD, fmt::format("/proc/{}/comm", pid));
    if (!comm || fmt::format("{:.15}\n", name) != *comm) continue;
    arguments.erase(arguments.begin(), arguments.begin() + static_cast<std::ptrdiff_t>(i));
    break;
  }
  return arguments;
}

// Its files may be served by a process of the build.
job::Inputs inputs_of(pid_t pid, const std::string& class_name, const std::vector<std::string>& arguments) {
  const auto inputs = std::make_shared<job::Inputs>();
  const auto measure = [=] { *inputs = job::measure_inputs(pid, class_name, arguments); };
  return aside().run(measure, kPatience) ? *inputs : job::Inputs{};
}

}  // namespace

std::vector<std::string> environment_of(pid_t pid) { return read_strings(pid, "environ"); }

std::optional<ExecFacts> facts_of_process(const config::Config& config, const proc::Stat& process) {
  const auto arguments = arguments_of(config, process.pid);
  if (arguments.empty()) return std::nullopt;
  const std::string& path = arguments.front();
  const auto job_class = config::class_of(config, path);
  if (!job_class) return std::nullopt;
  const std::string& class_name = config.classes[*job_class].name;
  const auto variables = environment_of(process.pid);
  const auto job = job::describe(class_name, path, arguments, variables);
  if (!job.works) return std::nullopt;
  ExecFacts facts{};
  facts.jobserver = jobserver_told_by(variables);
  facts.thread = process.pid;
  facts.process = {process.pid, process.start_ticks};
  facts.set(static_cast<std::uint16_t>(*job_class), gate::program_started(path), job,
            inputs_of(process.pid, class_name, arguments));
  return facts;
}

ExecFacts facts_of_found(const proc::Stat& process, std::string_view program) {
  const std::string key = job::program_key(program);
  ExecFacts facts{};
  facts.thread = process.pid;
  facts.process = {process.pid, process.start_ticks};
  const auto arguments = read_strings(process.pid, "cmdline");
  facts.set(config::kOther, key, job::describe("other", program, arguments, read_strings(process.pid, "environ")), {});
  return facts;
}

std::string program_of_process(pid_t pid) {
  std::error_code error;
  const auto path = std::filesystem::read_symlink(fmt::format("/proc/{}/exe", pid), error);
  return error ? std::string() : path.native();
}

std::vector<ExecFacts> JobScan::new_jobs(const LiveJobs& jobs) {
  std::set<pid_t> known;
  for (const LiveJob& job : jobs.all()) {
    for (const auto& process : job.processes) known.insert(process.pid);
  }
  std::vector<ExecFacts> found;
  for (const auto& process : proc::descendants(front_)) {
    if (known.contains(process.pid)) continue;
    if (auto facts = facts_of_process(config_, process)) found.push_back(*facts);
  }
  // In order of age, which is how policy numbers them. Within one clock tick the pid tells, until pids wrap.
  std::ranges::sort(found, {}, [](const ExecFacts& f) { return std::pair(f.process.start_ticks, f.process.pid); });
  return found;
}

}  // namespace memguard::supervisor

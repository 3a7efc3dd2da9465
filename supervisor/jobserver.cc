#include "supervisor/jobserver.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "base/io.h"
#include "gate/exec_request.h"
#include "proc/process.h"

namespace memguard::supervisor {
namespace {

// The byte GNU make uses; whoever takes a token gives the same byte back.
constexpr char kToken = '+';

bool names_jobs(std::string_view argument) {
  return argument.starts_with("-j") || argument == "--jobs" || argument.starts_with("--jobs=");
}

bool inherits_one(const Jobserver::Variables& environment) {
  // The variables of the jobserver crate, in its order.
  return std::ranges::any_of(std::array{"CARGO_MAKEFLAGS", "MAKEFLAGS", "MFLAGS"}, [&](const char* name) {
    const auto found = environment.find(name);
    if (found == environment.end()) return false;
    return found->second.find("--jobserver-auth=") != std::string::npos ||
           found->second.find("--jobserver-fds=") != std::string::npos;
  });
}

bool is_codegen_thread(std::string_view name) {
  return name.starts_with("opt ") || name.starts_with("lto ") || name.starts_with("copy ");
}

}  // namespace

Result<Jobserver> Jobserver::create(int tokens) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("make a jobserver's pipe");
  Jobserver made;
  made.take_ = UniqueFd(ends[0]);
  made.put_ = UniqueFd(ends[1]);
  auto again = open_at(AT_FDCWD, fmt::format("/proc/self/fd/{}", ends[0]), O_RDONLY | O_NONBLOCK);
  if (!again) return pass(std::move(again.error()), "make a jobserver");
  made.take_now_ = std::move(*again);
  made.give(tokens);
  return made;
}

bool Jobserver::suits(const std::vector<std::string>& command, const Variables& environment) {
  if (command.empty() || gate::program_name(command.front()) != "cargo") return false;
  // What follows `--` is the built program's own.
  const auto end = std::ranges::find(command, "--");
  if (std::any_of(command.begin() + 1, end, names_jobs)) return false;
  return !inherits_one(environment) && !environment.contains("CARGO_BUILD_JOBS");
}

std::pair<std::string, std::string> Jobserver::variable() const {
  // Of the three variables that cargo looks at the one that is nobody else's.
  const std::string ends = fmt::format("{},{}", take_.get(), put_.get());
  return {"CARGO_MAKEFLAGS", fmt::format("-j --jobserver-fds={0} --jobserver-auth={0}", ends)};
}

void Jobserver::give(int tokens) const {
  if (tokens <= 0) return;
  const std::string bytes(static_cast<std::size_t>(tokens), kToken);
  (void)!::write(put_.get(), bytes.data(), bytes.size());
}

int Jobserver::take(int tokens) const {
  int taken = 0;
  for (char token = 0; taken < tokens && ::read(take_now_.get(), &token, 1) == 1;) ++taken;
  return taken;
}

int Jobserver::free_tokens() const {
  int bytes = 0;
  return ::ioctl(take_.get(), FIONREAD, &bytes) == 0 ? bytes : 0;
}

int tokens_held_by(pid_t rustc) {
  const auto is_codegen = [](pid_t thread) {
    const auto name = read_at(AT_FDCWD, fmt::format("/proc/{}/comm", thread));
    return name && is_codegen_thread(*name);
  };
  const auto codegen = std::ranges::count_if(proc::threads(rustc), is_codegen);
  return std::max(static_cast<int>(codegen) - 1, 0);
}

}  // namespace memguard::supervisor

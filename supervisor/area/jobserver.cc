#include "supervisor/area/jobserver.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "base/io.h"
#include "proc/process.h"

namespace memguard::supervisor {
namespace {

// The byte of cargo's tokens (jobserver-rs, unix.rs, Client::new); whoever takes a token gives the same byte back.
constexpr char kToken = '|';
constexpr std::array<std::string_view, 2> kOptions{"--jobserver-auth=", "--jobserver-fds="};

std::string_view value_of(const std::vector<std::string>& environment, std::string_view name) {
  for (const std::string_view variable : environment) {
    if (variable.starts_with(name) && variable.substr(name.size()).starts_with('=')) {
      return variable.substr(name.size() + 1);
    }
  }
  return {};
}

JobserverEnds parsed(std::string_view pair) {
  pair = pair.substr(0, pair.find(' '));
  const auto comma = pair.find(',');
  if (comma == std::string_view::npos) return {};
  const auto take = to_number<int>(pair.substr(0, comma));
  const auto put = to_number<int>(pair.substr(comma + 1));
  return take && put && *take >= 0 && *put >= 0 ? JobserverEnds{*take, *put} : JobserverEnds{};
}

bool names_jobserver(std::string_view flags) {
  return std::ranges::any_of(kOptions,
                             [&](std::string_view option) { return flags.find(option) != std::string_view::npos; });
}

// By way of O_PATH, because opening anything but a pipe may have an effect.
UniqueFd pipe_of(pid_t owner, int descriptor, struct stat& info) {
  auto looked = open_at(AT_FDCWD, fmt::format("/proc/{}/fd/{}", owner, descriptor), O_PATH);
  if (!looked || ::fstat(looked->get(), &info) != 0 || !S_ISFIFO(info.st_mode)) return {};
  return std::move(*looked);
}

UniqueFd opened(const UniqueFd& looked_at, int flags) {
  auto file = open_at(AT_FDCWD, fmt::format("/proc/self/fd/{}", looked_at.get()), flags | O_NONBLOCK);
  return file ? std::move(*file) : UniqueFd{};
}

bool is_codegen_thread(std::string_view name) {
  return name.starts_with("opt ") || name.starts_with("lto ") || name.starts_with("copy ");
}

}  // namespace

JobserverEnds jobserver_told_by(const std::vector<std::string>& environment) {
  const std::string_view flags = value_of(environment, "CARGO_MAKEFLAGS");
  for (const std::string_view option : kOptions) {
    const auto at = flags.find(option);
    if (at != std::string_view::npos) return parsed(flags.substr(at + option.size()));
  }
  return {};
}

bool inherits_jobserver(const std::vector<std::string>& environment) {
  // jobserver-rs, Client::from_env_ext.
  constexpr std::array<std::string_view, 3> kVariables{"CARGO_MAKEFLAGS", "MAKEFLAGS", "MFLAGS"};
  return std::ranges::any_of(kVariables,
                             [&](std::string_view name) { return names_jobserver(value_of(environment, name)); });
}

std::optional<Jobserver> Jobserver::open(pid_t owner, const JobserverEnds& ends) {
  struct stat take {};
  struct stat put {};
  const UniqueFd taking = pipe_of(owner, ends.take, take);
  const UniqueFd putting = pipe_of(owner, ends.put, put);
  if (!taking || !putting || take.st_ino != put.st_ino || take.st_dev != put.st_dev) return std::nullopt;
  Jobserver made;
  made.take_ = opened(taking, O_RDONLY);
  made.put_ = opened(putting, O_WRONLY);
  if (!made.take_ || !made.put_) return std::nullopt;
  return made;
}

void Jobserver::give(int tokens) const {
  if (tokens <= 0) return;
  const std::string bytes(static_cast<std::size_t>(tokens), kToken);
  (void)!::write(put_.get(), bytes.data(), bytes.size());
}

int Jobserver::take(int tokens) const {
  int taken = 0;
  for (char token = 0; taken < tokens && ::read(take_.get(), &token, 1) == 1;) ++taken;
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

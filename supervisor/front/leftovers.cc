#include "supervisor/front/leftovers.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>

#include <fmt/format.h>

#include "base/io.h"
#include "base/printable.h"

namespace memguard::supervisor {
namespace {

// A pipeline's last process, a server that notices that its client is gone.
constexpr Duration kByThemselves = std::chrono::seconds(1);
constexpr Duration kUntilKill = std::chrono::seconds(5);
constexpr Duration kUntilGivenUp = std::chrono::seconds(5);

std::string name_of(pid_t pid) {
  std::string comm = read_at(AT_FDCWD, fmt::format("/proc/{}/comm", pid)).value_or("?");
  if (comm.ends_with('\n')) comm.pop_back();
  return printable(comm);
}

}  // namespace

bool BuildProcesses::empty() const {
  if (!home_.can().leaves) return living().empty();
  const auto events = home_.build->events();
  return !events || !events->populated;
}

std::vector<proc::Stat> BuildProcesses::living() const {
  auto all = proc::descendants(::getpid());
  std::erase_if(all, [this](const proc::Stat& process) { return process.state == 'Z' || ours_(process); });
  return all;
}

void BuildProcesses::kill() const {
  // Before anything dies, so that no death is laid at somebody else's door.
  area_.killing = true;
  if (home_.can().leaves) {
    (void)home_.build->kill();
    return;
  }
  for (const auto& process : living()) ::kill(process.pid, SIGKILL);
}

Leftovers::Leftovers(const BuildProcesses& build, SharedArea& area, std::optional<Duration> stop_timeout, Moment now)
    : build_(build),
      area_(area),
      terminate_at_(now + kByThemselves),
      kill_at_(terminate_at_ + stop_timeout.value_or(kUntilKill)),
      give_up_at_(kill_at_ + kUntilGivenUp) {}

bool Leftovers::step(Moment now) {
  if (now >= terminate_at_) terminate();
  if (now >= kill_at_) kill();
  return now < give_up_at_;
}

// Also those that were forked since; each once.
void Leftovers::terminate() {
  area_.killing = true;
  for (const auto& process : build_.living()) {
    if (!told_.insert(process.pid).second) continue;
    ++names_[name_of(process.pid)];
    ::kill(process.pid, SIGTERM);
    // A stopped one does not see it.
    ::kill(process.pid, SIGCONT);
  }
}

void Leftovers::kill() {
  for (const auto& process : build_.living()) killed_.insert(process.pid);
  build_.kill();
}

std::string Leftovers::line() const {
  if (told_.empty()) return {};
  std::string names;
  for (const auto& [name, count] : names_) {
    if (!names.empty()) names += ", ";
    names += count == 1 ? name : fmt::format("{} ({})", name, count);
  }
  const bool one = told_.size() == 1;
  const std::string had_to =
      killed_.empty() ? std::string()
                      : fmt::format("; KILL ended {}", one ? "it" : fmt::format("{} of them", killed_.size()));
  return fmt::format("the command left {} running, told to end (TERM): {}{}",
                     one ? "a process" : fmt::format("{} processes", told_.size()), names, had_to);
}

}  // namespace memguard::supervisor

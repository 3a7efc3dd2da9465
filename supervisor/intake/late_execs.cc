#include "supervisor/intake/late_execs.h"

#include <fcntl.h>

#include <algorithm>

#include <fmt/format.h>

#include "base/io.h"
#include "supervisor/intake/job_scan.h"

namespace memguard::supervisor {
namespace {

// An exec takes a fraction of a millisecond. One that takes longer is looked at after each eighth of its time.
constexpr Duration kFirstLook = std::chrono::microseconds(500);
constexpr Duration kSlowestLook = std::chrono::milliseconds(250);
// One that is not done by then has failed, however slow the disk and however many wait for a processor.
constexpr Duration kPatience = std::chrono::seconds(60);
// Where the stack's start is not shown, nothing else tells that the exec is done.
constexpr Duration kUnseen = std::chrono::milliseconds(5);

// The new stack is there before the kernel has noted where its arguments are (fs/binfmt_elf.c, create_elf_tables).
bool has_arguments(pid_t pid) {
  const auto text = read_at(AT_FDCWD, fmt::format("/proc/{}/cmdline", pid));
  return text && !text->empty();
}

}  // namespace

void LateExecs::add(const ExecFacts& exec, Instant now) {
  // Its exec before that has failed: execvp tries each folder of PATH.
  std::erase_if(execs_, [&](const Exec& other) { return other.process == exec.process; });
  execs_.push_back({exec.process, exec.old_stack, now, now});
}

Duration LateExecs::interval(const Exec& exec) {
  return std::clamp((exec.looked - exec.since) / 8, kFirstLook, kSlowestLook);
}

bool LateExecs::is_over(const Exec& exec, Instant now, std::vector<proc::Stat>& done) {
  const auto process = proc::read_stat(exec.process.pid);
  if (!process) return process.error().gone();
  if (process->start_ticks != exec.process.start_ticks || process->state == 'Z') return true;
  const bool other = exec.old_stack != 0 ? process->start_stack != exec.old_stack : now - exec.since >= kUnseen;
  const bool is_done = other && has_arguments(process->pid);
  if (is_done) done.push_back(*process);
  return is_done || now - exec.since > kPatience;
}

std::vector<ExecFacts> LateExecs::look(Instant now) {
  std::vector<proc::Stat> done;
  std::erase_if(execs_, [&](Exec& exec) {
    if (now - exec.looked < interval(exec)) return false;
    exec.looked = now;
    return is_over(exec, now, done);
  });
  std::vector<ExecFacts> jobs;
  for (const proc::Stat& process : done) {
    if (auto facts = facts_of_process(config_, process)) jobs.push_back(*facts);
  }
  return jobs;
}

std::optional<Duration> LateExecs::next_look(Instant now) const {
  std::optional<Duration> next;
  for (const Exec& exec : execs_) {
    const Duration due = std::max(exec.looked + interval(exec) - now, Duration{});
    next = std::min(next.value_or(due), due);
  }
  return next;
}

}  // namespace memguard::supervisor

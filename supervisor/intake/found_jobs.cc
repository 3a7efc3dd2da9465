#include "supervisor/intake/found_jobs.h"

#include <algorithm>
#include <unordered_set>

#include "job/program_key.h"
#include "supervisor/intake/job_scan.h"

namespace memguard::supervisor {
namespace {

using namespace units;

// Others can take so much between two looks of a quarter of a second; with more left nothing can happen so soon.
constexpr Bytes kTakenInNoTime = 1_GiB;
constexpr Duration kSoon = std::chrono::milliseconds(100);
constexpr Duration kAtOnce = std::chrono::milliseconds(50);

// The policy's classes are numbered as those of the configuration, and from here on by program.
constexpr std::uint16_t kFirstProgram = 1024;

std::optional<std::size_t> place_of(const JobRecord& job) {
  return job.policy_class < kFirstProgram ? std::nullopt : std::optional<std::size_t>(job.policy_class - kFirstProgram);
}

}  // namespace

bool is_found(const JobFacts& job) { return job.job_class == config::kOther; }

void remember_hungry_programs(HungryPrograms& programs, const history::Remembered& remembered, Bytes limit) {
  for (const std::string& name : remembered.programs_that_need(worth_managing(limit))) (void)programs.add(name);
}

FoundJobs::FoundJobs(Parts parts, LetGo let_go)
    : parts_(std::move(parts)),
      let_go_(std::move(let_go)),
      look_(worth_managing(parts_.limit), parts_.jobs, parts_.processes) {}

Kinship FoundJobs::kin_of(pid_t pid) {
  Kinship kin = parts_.jobs.kin_of(pid, parts_.front);
  if (kin.same_process) return kin;
  std::erase_if(kin.passed, [pid](const proc::Identity& process) { return process.pid == pid; });
  Kinship past = past_drivers(kin);
  past.passed = std::move(kin.passed);
  return past;
}

void FoundJobs::note_drivers_above(const LiveJob& job) {
  const auto stat = proc::read_stat(job.processes.front().pid);
  if (stat) (void)past_drivers(parts_.jobs.kin_of(stat->parent, parts_.front));
}

Kinship FoundJobs::past_drivers(const Kinship& kin) {
  for (const auto& process : kin.passed) drive(process);
  if (kin.job == nullptr || !is_found(*kin.job->record)) return {.job = kin.job, .same_process = false, .passed = {}};
  const proc::Identity driver = kin.job->processes.front();
  drive(driver);
  if (!kin.job->exempt) let_go_(*kin.job);
  const auto stat = proc::read_stat(driver.pid);
  return stat ? past_drivers(parts_.jobs.kin_of(stat->parent, parts_.front)) : Kinship{};
}

bool FoundJobs::drives(const proc::Identity& process) const {
  const auto found = drivers_.find(process.pid);
  return found != drivers_.end() && found->second == process.start_ticks;
}

std::optional<Duration> FoundJobs::look_within(Bytes room) const {
  if (room > kTakenInNoTime) return std::nullopt;
  const bool new_programs = parts_.area.execs != execs_at_look_;
  return new_programs || look_.growing() ? kAtOnce : kSoon;
}

std::vector<ExecFacts> FoundJobs::look(Instant now, const std::function<Bytes()>& overhead) {
  std::vector<ExecFacts> found;
  if (!look_.may_be_due(now)) return found;
  const Bytes besides_jobs = overhead();
  if (!look_.due(now, besides_jobs)) return found;
  execs_at_look_ = parts_.area.execs;
  look_.look(now, besides_jobs);
  forget_dead_drivers();
  for (const pid_t pid : look_.large()) {
    auto facts = facts_of(pid);
    if (!facts) continue;
    found.push_back(*facts);
    look_.becomes_job(pid);
  }
  return found;
}

void FoundJobs::forget_dead_drivers() {
  if (drivers_.size() < 2 * look_.all().size()) return;
  const std::unordered_set<pid_t> there(look_.all().begin(), look_.all().end());
  std::erase_if(drivers_, [&](const auto& driver) { return !there.contains(driver.first); });
}

// A worker that was forked and has executed nothing runs its parent's program.
std::string FoundJobs::program_of(const proc::Stat& process) const {
  std::optional<std::string> name;
  (void)proc::first_upward(process.pid, parts_.front, [&](const proc::Stat& one) {
    name = parts_.area.exec_names.of(one.pid);
    return name.has_value();
  });
  return name ? *name : program_of_process(process.pid);
}

std::optional<ExecFacts> FoundJobs::facts_of(pid_t pid) {
  const auto process = proc::read_stat(pid);
  if (!process || process->state == 'Z' || drives({pid, process->start_ticks})) return std::nullopt;
  ExecFacts facts = facts_of_found(*process, program_of(*process));
  const auto place = parts_.area.hungry.add(facts.program.view());
  if (place) parts_.area.hungry.note(*place, true);
  return facts;
}

void FoundJobs::joined(LiveJob& job) {
  if (!is_found(*job.record)) return;
  const auto place = parts_.area.hungry.add(job.record->program.view());
  job.record->policy_class = static_cast<std::uint16_t>(kFirstProgram + place.value_or(HungryPrograms::kMost));
}

void FoundJobs::ended(const JobRecord& job) {
  if (const auto place = place_of(job)) parts_.area.hungry.note(*place, job.peak >= look_.worth());
}

}  // namespace memguard::supervisor

#include "supervisor/arrivals.h"

#include "supervisor/intake/job_rules.h"

namespace memguard::supervisor {

void Arrivals::take_in(GateSlot& slot, Instant now) {
  const Kinship kin = parts_.found.kin_of(slot.facts.process.pid);
  if (joins_known_job(slot.facts, kin)) return answer_known(slot, kin);
  LiveJob* job = add(slot.facts, kin, now);
  if (job == nullptr) return parts_.stops.answer(slot);
  job->slot = &slot;
  // Its family was let go: the whole of it.
  if (kin.job != nullptr && kin.job->exempt) parts_.stops.release(*job, now);
}

void Arrivals::take_late(const ExecFacts& facts, Instant now) {
  const Kinship kin = parts_.found.kin_of(facts.process.pid);
  if (joins_known_job(facts, kin)) return;
  if (LiveJob* job = add(facts, kin, now)) job->exec = LiveJob::Exec::done;
}

LiveJob* Arrivals::take_running(const ExecFacts& facts, Instant now) {
  const Kinship kin = parts_.found.kin_of(facts.process.pid);
  LiveJob* job = kin.same_process ? nullptr : add(facts, kin, now);
  if (job != nullptr) enter(*job->record, JobPhase::running, now);
  return job;
}

// The real tool that a wrapper of the same name has forked. A driver of many workers is no wrapper of one tool.
bool Arrivals::is_tool_of(const Kinship& kin, const ExecFacts& facts) const {
  const JobRecord& above = *kin.job->record;
  return above.job_class == facts.job_class && above.program.view() == facts.program.view() &&
         kin.job->processes.size() == 1 && kin.job->memory < worth_managing(parts_.wall);
}

// A job's process that execs again (rustup's rustc becomes the real one; a race of old kernels repeats a notification),
// and the tool of a wrapper, are the job that is known. The tool becomes one of its processes.
bool Arrivals::joins_known_job(const ExecFacts& facts, const Kinship& kin) const {
  if (kin.job == nullptr) return false;
  if (kin.same_process) return true;
  if (!is_tool_of(kin, facts)) return false;
  kin.job->processes.push_back(facts.process);
  return true;
}

void Arrivals::answer_known(GateSlot& slot, const Kinship& kin) {
  if (!kin.same_process || kin.job->slot == nullptr) return parts_.stops.answer(slot);
  // It still waits, in a newer notification.
  kin.job->slot->state = SlotState::empty;
  kin.job->slot = &slot;
}

LiveJob* Arrivals::add(const ExecFacts& facts, const Kinship& relation, Instant now) {
  const LiveJob* above = relation.job;
  const Restarter::Kin kin = parts_.restarter.kin_of_new(facts.process, above);
  const auto starter = above == nullptr ? starter_of(relation, kin.shim) : proc::Identity{};
  LiveJob* job = parts_.jobs.add(facts, kin.family ? *kin.family : parts_.starters.family_for(starter), now);
  if (job == nullptr) {
    parts_.area.note_unguarded(report::Unguarded::table_full);
    return nullptr;
  }
  added_(*job);
  if (above != nullptr) job->record->above = static_cast<std::int64_t>(above->id);
  if (above != nullptr && above->record->will_link) job->record->inherit(*above->record);
  parts_.found.joined(*job);
  parts_.starters.joined(*job->record, starter);
  parts_.tokens.arrived(*job, facts.jobserver);
  parts_.predictor.tell(*job);
  // One that must not run twice is as if nobody could start it again.
  const bool restart = declared_of(*job->record, parts_.config, parts_.wall).restart;
  parts_.restarter.joined(*job, restart ? kin.shim : proc::Identity{});
  parts_.oom_rank.rank(*job, parts_.jobs.all());
  return job;
}

}  // namespace memguard::supervisor

// The fields of a report, each once: what json.cc writes and read_json.cc reads, in the order of docs/JSON.md. Internal
// to report/.
//
// `fields` has a function for each way in which a field is there:
//   need(key, member)   always
//   later(key, member)  in reports of today; those of an older memguard lack it, and it is left as it was
//   told(key, value)    written only: it follows from others
// and for null: limit and later_limit (no limit), end (of a job that had not ended) and above (of a job that none
// started).
#pragma once

#include "report/totals.h"

namespace memguard::report {

/// Visits the fields of a JobReport, const to write it.
template <class Job, class Fields>
void job_fields(Job& job, Fields& fields) {
  fields.need("id", job.id);
  fields.need("class", job.job_class);
  fields.need("crate", job.crate);
  fields.need("version", job.version);
  fields.need("output", job.output);
  fields.later("program", job.program);
  fields.later("unit", job.unit);
  fields.later("profile", job.profile);
  fields.need("pid", job.pid);
  fields.need("start", job.start);
  fields.end("end", job);
  fields.need("peak_bytes", job.peak);
  fields.need("predicted_bytes", job.predicted);
  fields.need("cpu_seconds", job.cpu);
  fields.need("held_seconds", job.held);
  fields.need("frozen_seconds", job.frozen);
  fields.need("restarts", job.restarts);
  fields.need("outcome", job.outcome);
  fields.later("killer", job.killer);
  fields.later("family", job.family);
  fields.above("above", job.above);
}

/// Visits the fields of an OverLimit.
template <class Over, class Fields>
void over_limit_fields(Over& over, Fields& fields) {
  fields.need("bytes", over.by);
  fields.need("who", over.who);
  fields.need("had_bytes", over.had);
  fields.need("predicted_bytes", over.predicted);
}

/// Visits the fields of a Thrashing.
template <class OneThrashing, class Fields>
void thrashing_fields(OneThrashing& thrashing, Fields& fields) {
  fields.need("who", thrashing.who);
  fields.need("seconds", thrashing.lasted);
  fields.need("limit_bytes", thrashing.limit);
}

/// Visits the fields of a Victim.
template <class OneVictim, class Fields>
void victim_fields(OneVictim& victim, Fields& fields) {
  fields.need("program", victim.program);
  fields.need("bytes", victim.memory);
}

/// Visits the fields of a RunReport but for `version`, which comes first, and the lists of jobs and samples.
template <class Run, class Fields>
void run_fields(Run& run, Fields& fields) {
  fields.later("ended_at", run.ended_at);
  fields.later("folder", run.folder);
  fields.later("command", run.command);
  fields.need("tier", run.tier);
  fields.need("exit_status", run.exit_status);
  fields.need("wall_seconds", run.wall);
  fields.limit("limit_bytes", run.limit);
  fields.later("limit_from", run.limit_origin.setter);
  fields.later("limit_source", run.limit_origin.text);
  fields.later("limit_group", run.limit_origin.group);
  fields.later_limit("limit_most_bytes", run.limit_origin.most);
  fields.later("keep_free_bytes", run.limit_origin.kept_free);
  fields.need("peak_bytes", run.peak);
  fields.told("jobs", run.all_jobs());
  fields.need("held", run.held);
  fields.need("held_seconds", run.held_time);
  fields.need("frozen", run.frozen);
  fields.need("frozen_seconds", run.frozen_time);
  total_fields(run, fields);
  fields.need("oom_kills", run.oom_kills);
  fields.later("oom_kills_no_job", run.oom_kills_no_job);
  fields.later("oom_victims", run.victims);
  fields.later("oom_kills_machine", run.oom_kills_machine);
  fields.later("over_limit", run.over_limit);
  fields.later("thrashing", run.thrashing);
  fields.later("hidden_limit_bytes", run.hidden_limit);
  fields.later("unguarded", run.unguarded);
  fields.need("supervisor_cpu_seconds", run.supervisor_cpu);
  fields.need("supervisor_peak_bytes", run.supervisor_peak);
  fields.later("processors", run.processors);
}

}  // namespace memguard::report

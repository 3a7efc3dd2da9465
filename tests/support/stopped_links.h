// Links that run, or were stopped at a given time, each a family of its own.
#pragma once

#include <gtest/gtest.h>

#include "config/config.h"
#include "supervisor/live/live_jobs.h"

namespace memguard::supervisor {

class StoppedLinks : public testing::Test {
 protected:
  static Instant at(Duration time) { return Instant{} + time; }
  LiveJob& add(JobPhase phase, Duration stopped_at, const char* output = "app-b") {
    ExecFacts facts{};
    facts.job_class = 1;
    facts.output.set(output);
    LiveJob& job = *jobs_.add(facts, jobs_.new_family(), Instant{});
    job.record->phase = phase;
    job.record->stopped_at = at(stopped_at);
    return job;
  }

  config::Config config_;
  SharedArea& area_ = *SharedArea::create(std::size_t{1} << 10U).value();
  LiveJobs jobs_{area_};
};

}  // namespace memguard::supervisor

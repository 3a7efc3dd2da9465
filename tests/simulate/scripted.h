// Small worlds for tests.
#pragma once

#include "simulate/amounts.h"
#include "simulate/shapes.h"
#include "simulate/study.h"
#include "simulate/world.h"

namespace memguard::simulate::testing {

/// A job that has its memory from the start.
inline Task flat(double s, double peak_mib, ClassId job_class = kRustc) {
  return task(job_class, s, {{0, mib(peak_mib)}, {1, mib(peak_mib)}});
}

inline Machine machine(double limit_mib, int cores) {
  Machine made;
  made.limit = mib(limit_mib);
  made.cores = made.tokens = cores;
  return made;
}

/// A policy that takes every job for a small one, until it sees better: what the kernel does then is the world's part.
inline Outcome run_trusting(const std::vector<Task>& tasks, const Machine& machine, const Watch& watch = {}) {
  policy::Settings trusting;
  trusting.unknown_peak = mib(1);
  trusting.unknown_spread = 0.01;
  policy::Governor governor(trusting);
  return run(tasks, machine, governor, watch);
}

inline Outcome run_guarded(const std::vector<Task>& tasks, const Machine& machine, const Watch& watch = {}) {
  policy::Governor governor;
  return run(tasks, machine, governor, watch);
}

}  // namespace memguard::simulate::testing

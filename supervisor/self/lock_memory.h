// Pages of the supervisor that are in use stay in memory: one that has to be read from disk under pressure comes late.
#pragma once

namespace memguard::supervisor {

/// Locks what is in use now, and where nothing limits that also what comes later (mlockall(2), MCL_ONFAULT: not what is
/// never used). Below a finite RLIMIT_MEMLOCK what comes later is not locked, because the kernel would refuse it: a
/// thread's stack, an allocation. What cannot be locked is not. To be called when all threads have started.
void lock_memory();

}  // namespace memguard::supervisor

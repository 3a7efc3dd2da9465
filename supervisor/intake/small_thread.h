// Threads for reads that may hang: aside.h and relay.h.
#pragma once

#include <cstddef>
#include <functional>

#include "base/units.h"

namespace memguard::supervisor {

/// Beside so many threads that hang nothing more is begun.
constexpr std::size_t kMostHanging = 32;

/// How long to wait for a piece of work beside so many that hang: `patience`, halved for each of them, and never less
/// than 5 ms. So a build with many such pages waits for them less and less, in all as long again as for the first.
[[nodiscard]] Duration patience_beside(std::size_t hanging, Duration patience);

/// Runs `work` on a thread of its own that nobody joins. It has a small stack, and takes no signal. False when no
/// thread can be had (RLIMIT_NPROC, RLIMIT_AS).
[[nodiscard]] bool start_small_thread(std::function<void()> work);

}  // namespace memguard::supervisor

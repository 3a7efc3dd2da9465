#include "supervisor/intake/small_thread.h"

#include <malloc.h>
#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <utility>

namespace memguard::supervisor {
namespace {

constexpr Duration kLeastPatience = std::chrono::milliseconds(5);
// Paths and a few small files lie on it; what is longer is on the heap.
constexpr std::size_t kStack = std::size_t{256} << 10U;

using Work = std::function<void()>;

void* begin(void* own) {
  const std::unique_ptr<Work> work(static_cast<Work*>(own));
  (*work)();
  return nullptr;
}

}  // namespace

Duration patience_beside(std::size_t hanging, Duration patience) {
  for (std::size_t i = 0; i < hanging && patience > kLeastPatience; ++i) patience /= 2;
  return std::max(patience, kLeastPatience);
}

bool start_small_thread(Work work) {
  // All threads in one arena: another reserves 64 MiB of address space, which `ulimit -v` may not give.
  static const int one_arena = ::mallopt(M_ARENA_MAX, 1);
  (void)one_arena;
  pthread_attr_t attributes;
  if (::pthread_attr_init(&attributes) != 0) return false;
  (void)::pthread_attr_setstacksize(&attributes, kStack);
  (void)::pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  auto own = std::make_unique<Work>(std::move(work));
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  (void)::pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread{};
  const int failed = ::pthread_create(&thread, &attributes, &begin, own.get());
  (void)::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::pthread_attr_destroy(&attributes);
  if (failed == 0) (void)own.release();  // the thread's
  return failed == 0;
}

}  // namespace memguard::supervisor

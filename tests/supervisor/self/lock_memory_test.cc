#include "supervisor/self/lock_memory.h"

#include <sys/mman.h>
#include <sys/resource.h>

#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "base/units.h"
#include "in_child.h"
#include "without_right.h"

namespace memguard::supervisor {
namespace {

using namespace units;

constexpr rlim_t kLow = rlim_t{1} << 20U;
// More than any process maps, also with sanitizers.
constexpr rlim_t kHigh = rlim_t{1} << 60U;
constexpr const char* kNeeds = "the right to raise limits, and an mlockall(2) that no sanitizer takes away";

bool limit_locked(rlim_t most) {
  const rlimit memory{most, most};
  return ::setrlimit(RLIMIT_MEMLOCK, &memory) == 0;
}

/// VmLck of this process.
Bytes locked() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::int64_t kib = 0;
    if (word == "VmLck:" && status >> kib) return Bytes{kib << 10U};
  }
  return {};
}

bool can_lock() {
  if (!WithoutRight::has(CAP_IPC_LOCK) || !WithoutRight::has(CAP_SYS_RESOURCE)) return false;
  (void)::mlockall(MCL_CURRENT | MCL_ONFAULT);
  const bool can = locked() > Bytes{};
  (void)::munlockall();
  return can;
}

void map_four_mib() {
  ASSERT_NE(::mmap(nullptr, std::size_t{4} << 20U, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), MAP_FAILED);
}

TEST(LockedMemory, WithoutALimitIsAlsoWhatComesLater) {
  in_child(
      [] {
        if (!can_lock() || !limit_locked(RLIM_INFINITY)) GTEST_SKIP();
        lock_memory();
        const Bytes before = locked();
        EXPECT_GT(before, Bytes{});
        map_four_mib();
        EXPECT_GE(locked() - before, 4_MiB);
      },
      kNeeds);
}

TEST(LockedMemory, OfRootIsSoWhateverLimitItWasStartedWith) {
  in_child(
      [] {
        if (!can_lock() || !limit_locked(kLow)) GTEST_SKIP();
        lock_memory();
        const Bytes before = locked();
        map_four_mib();
        EXPECT_GE(locked() - before, 4_MiB);
      },
      kNeeds);
}

TEST(LockedMemory, BelowALimitIsWhatThereIsNow) {
  in_child(
      [] {
        if (!can_lock() || !limit_locked(kHigh)) GTEST_SKIP();
        const WithoutRight resources(CAP_SYS_RESOURCE);
        lock_memory();
        const Bytes before = locked();
        EXPECT_GT(before, Bytes{});
        map_four_mib();
        EXPECT_LT(locked() - before, 4_MiB);
      },
      kNeeds);
}

// Nothing but the limit keeps root from locking here.
TEST(LockedMemory, IsNoneWhereTheLimitIsCloseToWhatIsMapped) {
  in_child([] {
    ASSERT_TRUE(limit_locked(kLow));
    const WithoutRight resources(CAP_SYS_RESOURCE);
    lock_memory();
    EXPECT_EQ(locked(), Bytes{});
  });
}

}  // namespace
}  // namespace memguard::supervisor

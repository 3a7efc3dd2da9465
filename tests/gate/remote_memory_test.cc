// RemoteMemory, reading this very process.

#include "gate/remote_memory.h"
#include "base/pinned.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

namespace memguard::gate {
namespace {

std::uint64_t address_of(const void* p) { return reinterpret_cast<std::uint64_t>(p); }

// Two pages, the second of which cannot be read.
class EdgeOfMemory : Pinned {
 public:
  EdgeOfMemory() : page_(static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))) {
    memory_ =
        static_cast<char*>(::mmap(nullptr, 2 * page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    ::munmap(memory_ + page_, page_);
  }
  ~EdgeOfMemory() { ::munmap(memory_, page_); }
  // `text` so that its last byte is the last byte before the edge.
  [[nodiscard]] const char* place(const void* text, std::size_t size) const {
    return static_cast<const char*>(std::memcpy(memory_ + page_ - size, text, size));
  }

 private:
  std::size_t page_;
  char* memory_;
};

TEST(RemoteMemory, ReadsAStringThatEndsAtTheEdgeOfMemory) {
  const EdgeOfMemory edge;
  const char* text = edge.place("rustc", sizeof "rustc");
  EXPECT_EQ(RemoteMemory(::getpid()).string_at(address_of(text), 100).value(), "rustc");
}

TEST(RemoteMemory, AStringThatRunsOverTheEdgeIsAFault) {
  const EdgeOfMemory edge;
  const auto read = RemoteMemory(::getpid()).string_at(address_of(edge.place("rustc", 5)), 100);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, EFAULT);
}

TEST(RemoteMemory, AStringOfManyPagesIsReadWhole) {
  const std::string text(20'000, 'x');
  EXPECT_EQ(RemoteMemory(::getpid()).string_at(address_of(text.c_str()), 30'000).value(), text);
}

TEST(RemoteMemory, AStringWithoutEndIsRefused) {
  const std::string text(200, 'x');
  EXPECT_EQ(RemoteMemory(::getpid()).string_at(address_of(text.c_str()), 100).error().code, E2BIG);
}

TEST(RemoteMemory, ReadsAnArrayOfStrings) {
  const std::array<const char*, 3> argv{"rustc", "--test", nullptr};
  const auto read = RemoteMemory(::getpid()).strings_at(address_of(argv.data()), sizeof(char*), {10, 100, 1000});
  EXPECT_EQ(read.value(), (std::vector<std::string>{"rustc", "--test"}));
}

TEST(RemoteMemory, ANullArrayIsEmpty) {
  EXPECT_TRUE(RemoteMemory(::getpid()).strings_at(0, 8, {10, 100, 1000}).value().empty());
}

TEST(RemoteMemory, AnArrayIsCutAtItsMost) {
  const std::array<const char*, 4> argv{"a", "b", "c", nullptr};
  EXPECT_EQ(RemoteMemory(::getpid()).strings_at(address_of(argv.data()), sizeof(char*), {2, 100, 1000}).value().size(),
            2U);
}

TEST(RemoteMemory, AStringTooLongInAnArrayIsLeftEmpty) {
  const std::string text(200, 'x');
  const std::array<const char*, 3> argv{text.c_str(), "b", nullptr};
  const auto read = RemoteMemory(::getpid()).strings_at(address_of(argv.data()), sizeof(char*), {10, 100, 1000});
  EXPECT_EQ(read.value(), (std::vector<std::string>{"", "b"}));
}

TEST(RemoteMemory, OneStringThatIsNamedThousandsOfTimesIsReadUpToTheLimit) {
  const std::string text(8000, 'x');
  const std::string endless(9000, 'x');
  std::vector<const char*> argv(5000, text.c_str());
  const auto count = [&] {
    return RemoteMemory(::getpid()).strings_at(address_of(argv.data()), sizeof(char*), {4096, 8192, 80'000})->size();
  };
  EXPECT_EQ(count(), 10U);
  argv.assign(5000, endless.c_str());
  EXPECT_EQ(count(), 10U);
}

#ifdef MAP_32BIT
TEST(RemoteMemory, ThirtyTwoBitPointersAreHalfAsWide) {
  // Text in the low 4 GiB, as a 32-bit program has it.
  void* low = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  ASSERT_NE(low, MAP_FAILED);
  std::strcpy(static_cast<char*>(low), "ld");
  const std::array<std::uint32_t, 2> argv{static_cast<std::uint32_t>(address_of(low)), 0};
  const auto read = RemoteMemory(::getpid()).strings_at(address_of(argv.data()), 4, {10, 100, 1000});
  EXPECT_EQ(read.value(), std::vector<std::string>{"ld"});
  ::munmap(low, 4096);
}
#endif

TEST(RemoteMemory, AProcessThatIsGoneIsSaidToBe) {
  // Larger than any pid (kernel.pid_max is at most 2^22).
  const auto read = RemoteMemory(1 << 23).string_at(4096, 10);
  ASSERT_FALSE(read);
  EXPECT_TRUE(read.error().gone());
}

}  // namespace
}  // namespace memguard::gate

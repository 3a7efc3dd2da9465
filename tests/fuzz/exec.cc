// The memory of a process that asks for an exec: its path, its arguments, its environment. The process is ourselves,
// and the input is what lies there; pointers lead into it, behind it, and nowhere.
#include <linux/audit.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

#include "gate/exec_request.h"
#include "gate/remote_memory.h"
#include "input.h"

namespace {

using namespace memguard;

constexpr std::size_t kRegion = std::size_t{16} << 10U;

// Followed by a page that is not there.
char* region() {
  void* pages = ::mmap(nullptr, kRegion + 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  fuzz::require(pages != MAP_FAILED && ::mprotect(pages, kRegion, PROT_READ | PROT_WRITE) == 0, "there is memory");
  return static_cast<char*>(pages);
}

// Words that are small become pointers into the region.
void lay_out(char* memory, std::string_view text) {
  std::memset(memory, 0, kRegion);
  text.copy(memory, kRegion);
  for (std::size_t at = 0; at + 8 <= std::min(text.size(), kRegion); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, memory + at, sizeof word);
    if (word == 0 || word > kRegion + 4096) continue;
    word += reinterpret_cast<std::uintptr_t>(memory);
    std::memcpy(memory + at, &word, sizeof word);
  }
}

void read(const seccomp_data& call) {
  const auto request = gate::exec_arguments(call);
  gate::RemoteMemory memory(::getpid());
  static_cast<void>(gate::read_path(::getpid(), request, memory));
  constexpr gate::StringsLimit kLimit{.strings = 64, .length = 256, .bytes = 4096};
  const auto arguments = memory.strings_at(request.argv, request.pointer_size, kLimit);
  if (!arguments) return;
  fuzz::require(arguments->size() <= kLimit.strings, "no more is read than was asked for");
  std::size_t bytes = 0;
  for (const auto& argument : *arguments) bytes += argument.size();
  fuzz::require(bytes < kLimit.bytes + kLimit.length, "no more bytes are read than was asked for");
  for (const auto& argument : *arguments) fuzz::require(argument.size() <= kLimit.length, "no argument is longer");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static char* const memory = region();
  lay_out(memory, fuzz::text_of(data, size));
  seccomp_data call{};
  std::memcpy(call.args, memory, sizeof call.args);
  for (const auto& [machine, number] : {std::pair{AUDIT_ARCH_X86_64, 59},
                                        {AUDIT_ARCH_X86_64, 322},
                                        {AUDIT_ARCH_I386, 11},
                                        {AUDIT_ARCH_I386, 358},
                                        {AUDIT_ARCH_AARCH64, 221}}) {
    call.arch = machine;
    call.nr = number;
    read(call);
  }
  return 0;
}

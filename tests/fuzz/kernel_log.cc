// Records of /dev/kmsg, which have names in them that programs give themselves.
#include "proc/kernel_log.h"
#include "input.h"

using namespace memguard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const auto& kill : proc::parse_kills(fuzz::text_of(data, size))) {
    fuzz::require(kill.pid > 0, "a victim has a pid");
    fuzz::require(kill.memory >= Bytes{}, "no memory is negative");
  }
  return 0;
}

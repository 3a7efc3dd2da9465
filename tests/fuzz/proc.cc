// The files of /proc about processes and the machine.
#include "input.h"
#include "proc/lines.h"
#include "proc/machine.h"
#include "proc/process.h"

using namespace memguard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  if (const auto stat = proc::parse_stat(text)) fuzz::require(stat->cpu >= Duration{}, "no time is negative");
  if (const auto status = proc::parse_status(text)) {
    fuzz::require(status->unreclaimable >= status->shmem, "shared memory is part of what cannot be reclaimed");
  }
  static_cast<void>(proc::parse_statm(text));
  static_cast<void>(proc::parse_meminfo(text));
  static_cast<void>(proc::parse_node_meminfo(text));
  if (const auto stalls = proc::parse_pressure(text))
    fuzz::require(stalls->some >= Duration{} && stalls->full >= Duration{}, "no stall is negative");
  static_cast<void>(proc::parse_direct_reclaims(text));
  static_cast<void>(proc::parse_kilobytes(text));
  static_cast<void>(proc::split(text, " \n"));
  return 0;
}

// A build that somebody describes, or the report of one, which `memguard simulate --build FILE` builds.
#include <chrono>

#include "input.h"
#include "simulate/build_file.h"
#include "simulate/comparison.h"

namespace {

using namespace memguard;

// A simulated second is some hundred looks at each job: what is long or large only takes longer.
bool is_short(const simulate::Build& build) {
  if (build.tasks.size() > 6 || build.machine.cores > 8 || build.machine.tokens > 8) return false;
  for (const auto& task : build.tasks)
    if (task.alone > std::chrono::seconds(20) || task.processors < 0.1 || task.restart_factor > 4) return false;
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto file = simulate::read_build(fuzz::text_of(data, size));
  if (!file || !is_short(file->build)) return 0;
  if (file->build.machine.limit <= Bytes{}) file->build.machine.limit = Bytes{1 << 30};
  const auto compared = simulate::compare(file->build);
  const auto jobs = static_cast<int>(file->build.tasks.size());
  fuzz::require(compared.guarded.ended + compared.guarded.lost <= jobs, "no job ends twice");
  return 0;
}

// The variables by which a build tells its compilers of a jobserver: MAKEFLAGS and its like.
#include "supervisor/area/jobserver.h"
#include "input.h"

using namespace memguard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto words = fuzz::arguments_of(fuzz::text_of(data, size));
  std::vector<std::string> environment;
  for (const char* name : {"MAKEFLAGS", "MFLAGS", "CARGO_MAKEFLAGS"}) {
    if (words.empty()) break;
    environment.push_back(name + ("=" + words.back()));
    words.pop_back();
  }
  const auto ends = supervisor::jobserver_told_by(environment);
  fuzz::require(!ends.any() || ends.put >= 0, "a jobserver has two ends");
  fuzz::require(!ends.any() || supervisor::inherits_jobserver(environment), "who is told of one takes part in it");
  static_cast<void>(supervisor::Jobserver::open(1, ends));
  return 0;
}

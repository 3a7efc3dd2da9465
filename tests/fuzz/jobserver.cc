// The variables by which a build inherits a jobserver: MAKEFLAGS and its like.
#include "supervisor/jobserver.h"
#include "input.h"

using namespace memguard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto words = fuzz::arguments_of(fuzz::text_of(data, size));
  supervisor::Jobserver::Variables environment;
  for (const char* name : {"MAKEFLAGS", "MFLAGS", "CARGO_MAKEFLAGS", "CARGO_BUILD_JOBS"}) {
    if (words.size() < 2) break;
    environment[name] = words.back();
    words.pop_back();
  }
  static_cast<void>(supervisor::Jobserver::suits(words, environment));
  words.insert(words.begin(), "cargo");
  const bool suits = supervisor::Jobserver::suits(words, environment);
  fuzz::require(!suits || !environment.contains("CARGO_BUILD_JOBS"), "who says how many jobs is given no jobserver");
  return 0;
}

// Manifests and cargo's configuration, which any repository brings.
#include <cerrno>

#include "cargo/manifests.h"
#include "cargo/rustc_wrapper.h"
#include "input.h"

using namespace memguard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fuzz::text_of(data, size));
  cargo::Surroundings at{{{"HOME", "/not-there"}}, "/not-there/project", {}};
  int files = 0;
  // A few, as a manifest may lead to itself by other paths.
  at.read_file = [&](const std::string& path) -> Result<std::string> {
    if (++files > 8) return fail("open " + path, ENOENT);
    return text;
  };
  static_cast<void>(cargo::rustc_wrapper(at, {"cargo", "build", "--config", std::string(fuzz::text_of(data, size))}));
  files = 0;
  static_cast<void>(cargo::mention_memguard(at, "/not-there/project"));
  return 0;
}

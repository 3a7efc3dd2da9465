// What `cargo metadata` prints, which has the words of any manifest in it.
#include <cerrno>

#include "config/load.h"
#include "input.h"

using namespace memguard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  config::Environment environment;
  environment.working_directory = "/home/ann/project";
  environment.foreign = [](const std::string&) { return false; };
  environment.read_file = [](const std::string& path) -> Result<std::string> { return fail("open " + path, ENOENT); };
  environment.read_owned_file = [](const std::string& path) -> Result<config::OwnedText> {
    return fail("open " + path, ENOENT);
  };
  const auto loaded = config::load(environment, {}, fuzz::text_of(data, size));
  fuzz::require(loaded.has_value(), "nothing that manifests declare is refused");
  for (const auto& rule : loaded->rules) fuzz::require(!rule.origin.empty(), "each rule says where it comes from");
  static_cast<void>(config::to_text(*loaded));
  return 0;
}

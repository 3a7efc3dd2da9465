// Settings: files, variables, options, sizes and patterns.
#include <cerrno>
#include <string>

#include "config/load.h"
#include "config/nearest.h"
#include "config/pattern.h"
#include "config/size.h"
#include "input.h"

namespace {

using namespace memguard;

config::Environment project_with(std::string_view file) {
  config::Environment environment;
  environment.variables = {{"HOME", "/home/ann"}};
  environment.working_directory = "/home/ann/project";
  environment.foreign = [](const std::string&) { return false; };
  environment.read_owned_file = [file](const std::string& path) -> Result<config::OwnedText> {
    if (!file.empty() && path == "/home/ann/project/memguard.json") return config::OwnedText{.text = std::string(file)};
    return fail("open " + path, ENOENT);
  };
  environment.read_file = [](const std::string& path) -> Result<std::string> { return fail("open " + path, ENOENT); };
  return environment;
}

void show(const Result<config::Config>& loaded) {
  if (!loaded) return fuzz::require(!loaded.error().text().empty(), "what is refused has a reason");
  static_cast<void>(config::to_text(*loaded));
  static_cast<void>(config::class_of(*loaded, "/usr/bin/rustc"));
}

void try_size(std::string_view text) {
  const auto size = config::parse_size(text);
  if (!size) return;
  const auto again = config::parse_size(config::to_text(*size));
  fuzz::require(again && again->bytes == size->bytes, "a size that was written is read as the same");
  fuzz::require(size->of(Bytes{1'000'000}) >= Bytes{}, "no size is negative");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  show(config::load(project_with(text)));
  try_size(text);
  const std::string_view word = text.substr(0, 64);
  for (const auto key : config::keys())
    show(config::load(project_with({}), {{std::string(key), std::string(word), "x"}}));
  auto environment = project_with({});
  environment.variables["MEMGUARD_MEMORY"] = word;
  environment.variables["MEMGUARD_" + std::string(word)] = "1";
  show(config::load(environment));
  const std::size_t middle = std::min<std::size_t>(text.size() / 2, 64);
  static_cast<void>(config::matches(text.substr(0, middle), text.substr(middle)));
  static_cast<void>(config::edit_distance(text.substr(0, middle), text.substr(middle, 64)));
  return 0;
}

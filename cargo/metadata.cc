#include "cargo/metadata.h"

#include <filesystem>

#include "cargo/command.h"
#include "cargo/manifests.h"
#include "cargo/output_of.h"

namespace memguard::cargo {

Result<std::string> metadata(const Surroundings& surroundings, const std::vector<std::string>& command) {
  const auto question = metadata_command(command);
  if (!question || surroundings.working_directory.empty()) return std::string();
  const auto start = std::filesystem::path(surroundings.working_directory) / question->start;
  if (!mention_memguard(surroundings, start.string())) return std::string();
  // It takes 60 ms. A slow network disk may need longer; a rustup that is about to load a toolchain waits for minutes.
  constexpr Duration kPatience = std::chrono::seconds(5);
  return output_of(question->words, kPatience);
}

}  // namespace memguard::cargo

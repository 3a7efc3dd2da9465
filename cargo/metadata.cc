#include "cargo/metadata.h"

#include <filesystem>

#include "cargo/command.h"
#include "cargo/manifests.h"
#include "proc/output_of.h"

namespace memguard::cargo {
namespace {

namespace fs = std::filesystem;

// It takes 60 ms. A slow network disk may need longer; a rustup that is about to load a toolchain waits for minutes.
constexpr Duration kPatience = std::chrono::seconds(5);

// The nearest upward, as cargo looks for it; empty when there is none that may be read.
std::string nearest_manifest(const Surroundings& surroundings) {
  for (fs::path folder = surroundings.working_directory;; folder = folder.parent_path()) {
    std::string manifest = (folder / "Cargo.toml").string();
    if (surroundings.read_file(manifest)) return manifest;
    if (folder == folder.parent_path()) return {};
  }
}

}  // namespace

Result<std::string> metadata(const Surroundings& surroundings, const std::vector<std::string>& command) {
  const auto question = metadata_command(command);
  if (!question || surroundings.working_directory.empty()) return std::string();
  const auto start = fs::path(surroundings.working_directory) / question->start;
  if (!mention_memguard(surroundings, start.string())) return std::string();
  return proc::output_of(question->words, kPatience);
}

Result<std::string> metadata_to_look_at(const Surroundings& surroundings) {
  if (surroundings.working_directory.empty()) return std::string();
  const std::string manifest = nearest_manifest(surroundings);
  if (manifest.empty() || !mention_memguard(surroundings, manifest)) return std::string();
  return proc::output_of({"cargo", "metadata", "--no-deps", "--format-version", "1", "--manifest-path", manifest},
                         kPatience, "/");
}

}  // namespace memguard::cargo

// What a cargo command says about the manifests it reads.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace memguard::cargo {

/// The `cargo metadata` of a cargo command.
struct MetadataCommand {
  /// The same cargo and toolchain, with all that decides what manifests are read: -C, -Z, --config, --manifest-path,
  /// --offline, --locked, --frozen.
  std::vector<std::string> words;
  /// Where the search for a manifest begins: the file of --manifest-path, else the folder of -C, else nothing (the
  /// working directory). Absolute or relative to the working directory.
  std::string start;
};

/// Nothing when the base name of the command's program is not "cargo". What stands behind `--` is not cargo's.
[[nodiscard]] std::optional<MetadataCommand> metadata_command(const std::vector<std::string>& command);

}  // namespace memguard::cargo

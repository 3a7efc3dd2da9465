// What the manifests of a cargo command declare, in cargo's own words.
#pragma once

#include <string>
#include <vector>

#include "cargo/surroundings.h"

namespace memguard::cargo {

/// What `cargo metadata --no-deps --format-version 1` prints for the workspace that `command` works on (The Cargo Book,
/// "cargo metadata"). Empty when the command is not cargo (`env cargo` is not), when no manifest can have anything for
/// us (cargo/manifests.h), and when cargo refuses, for which the command itself will say why. An error when it cannot
/// be started or takes longer than 5 s, at which it is killed.
[[nodiscard]] Result<std::string> metadata(const Surroundings& surroundings, const std::vector<std::string>& command);

/// The same of the workspace that the working directory is in, for who only looks: nobody has asked for a build here.
/// Nothing that the folder names is executed. Cargo runs in `/` with the manifest's path, so that rustup takes the
/// user's own toolchain, whatever a rust-toolchain.toml says (its `path` is any program), and cargo the user's own
/// configuration.
[[nodiscard]] Result<std::string> metadata_to_look_at(const Surroundings& surroundings);

}  // namespace memguard::cargo

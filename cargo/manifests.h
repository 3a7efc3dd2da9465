// Whether asking cargo for metadata can bring anything.
#pragma once

#include <string>

#include "cargo/surroundings.h"

namespace memguard::cargo {

/// Whether a Cargo.toml that cargo may take for part of the workspace has the word "memguard" in it. Without that word
/// it has no metadata for us; with it, cargo tells. `start` is an absolute folder or manifest.
///
/// Looked at are the manifest of `start` or the nearest above, as cargo's own search, those of all folders above that,
/// which may be the workspace's root, and from there each that is named as `path`, as `members` or as `workspace`: a
/// path dependency below the root is a member without being named as one (The Cargo Book, "Workspaces"). So a workspace
/// of 300 packages is 300 files read, where cargo would take 60 ms for the first. Manifests that cannot be read or
/// parsed are cargo's to complain about.
[[nodiscard]] bool mention_memguard(const Surroundings& surroundings, const std::string& start);

}  // namespace memguard::cargo

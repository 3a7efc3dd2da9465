// From the layers of settings, in their order, to the one configuration.
#pragma once

#include <string_view>
#include <vector>

#include "config/config.h"

namespace memguard::config {

/// Reads all layers; `options` are the last. What a project's files may set is a short list (docs/CONFIG.md, "What a
/// project may set"): in memguard.json anything else is refused, in a manifest it is ignored. `cargo_metadata` is the
/// text that `cargo metadata --no-deps` prints, empty for none; nothing in it is refused (see Config::ignored). A
/// missing file is fine. Refused, with the origin in front: an unreadable file, bad JSON (line and column), an unknown
/// or doubled key or a wrong type (JSON path and nearest known key), a bad value, and a MEMGUARD_ variable that is
/// nearly a known one or seems to mean one (MEMGUARD_LIMIT, MEMGUARD_NO_GATE). Other unknown variables are left alone:
/// memguard sets some inside the build. A variable that is empty is as good as not set.
[[nodiscard]] Result<Config> load(const Environment& environment, const std::vector<TextSetting>& options = {},
                                  std::string_view cargo_metadata = {});

}  // namespace memguard::config

// Sizes as people write them: `3GiB`, `512M`, `95%`, `100% - 200MiB`.
//
//     size   := bytes | percent [ "-" bytes ]
//     bytes  := NUMBER [unit]              unit: B, KiB MiB GiB TiB or K M G T (1024), KB MB GB TB (1000)
//     percent := NUMBER "%"                0 to 100
//
// NUMBER is decimal, with a fraction only before K and larger units. K, M, G and T alone are binary, as in systemd
// (systemd.resource-control(5)). Upper and lower case are the same; blanks may stand between the parts, not around
// them.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/units.h"

namespace memguard::config {

/// A size that may depend on a whole: `fraction` of it, plus `bytes`.
struct Size {
  /// 0 to 1; 0 for a size that does not depend on the whole.
  double fraction = 0;
  /// Negative for what is taken off a percentage; `Bytes::unlimited()` for no limit.
  Bytes bytes;

  /// The size in a machine (or container, or swap) of `whole`, rounded. Never negative: `100% - 200MiB` of 100 MiB is
  /// 0, which the caller has to refuse where 0 makes no sense. A share of `Bytes::unlimited()` is unlimited.
  [[nodiscard]] Bytes of(Bytes whole) const;
  /// All their fields are equal.
  bool operator==(const Size&) const = default;
};

/// Refuses what is no size, with the reason and what to write instead: "size '12Q': unknown unit 'Q'. Use B, KiB, ...".
/// Negative and more than 100 % are refused, and what does not fit 63 bits.
[[nodiscard]] Result<Size> parse_size(std::string_view text);

/// The size as parse_size reads it, without loss of bytes: "95% - 1GiB", "1536MiB", "max".
[[nodiscard]] std::string to_text(const Size& size);

}  // namespace memguard::config

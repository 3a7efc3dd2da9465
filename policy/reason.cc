#include <string_view>

#include <fmt/format.h>

#include "policy/causes.h"
#include "policy/decision.h"

namespace memguard::policy {

std::string_view to_text(Cause cause) { return words_of(cause).text; }

std::string used_text(Bytes used, Bytes kept_for_text) {
  if (kept_for_text <= Bytes{}) return to_text(used) + " used";
  return fmt::format("{} used and {} kept for programs", to_text(used), to_text(kept_for_text));
}

std::string to_text(const Reason& why) {
  const std::string need = why.need.count > 0 ? fmt::format(" and {} needed", to_text(why.need)) : std::string();
  return fmt::format("{}: {}, {} reserved{}, of {}; {} run, {} frozen, {} held", to_text(why.cause),
                     used_text(why.used - why.kept_for_text, why.kept_for_text), to_text(why.reserved), need,
                     to_text(why.limit), why.running, why.frozen, why.held);
}

}  // namespace memguard::policy

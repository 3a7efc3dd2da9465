#include <string_view>

#include <fmt/format.h>

#include "policy/causes.h"
#include "policy/decision.h"

namespace memguard::policy {

std::string_view to_text(Cause cause) { return words_of(cause).text; }

std::string to_text(const Reason& why) {
  const std::string need = why.need.count > 0 ? fmt::format(" and {} needed", to_text(why.need)) : std::string();
  return fmt::format("{}: {} used, {} reserved{}, of {}; {} run, {} frozen, {} held", to_text(why.cause),
                     to_text(why.used), to_text(why.reserved), need, to_text(why.limit), why.running, why.frozen,
                     why.held);
}

}  // namespace memguard::policy

#include "job/profile.h"

#include <algorithm>
#include <array>

namespace memguard::job {

bool has_option(std::string_view profile, std::string_view option) {
  for (std::size_t at = 0; (at = profile.find(option, at)) != std::string_view::npos; at += option.size()) {
    const bool begins = at == 0 || profile[at - 1] == ' ';
    const std::size_t end = at + option.size();
    if (begins && (end == profile.size() || profile[end] == ' ')) return true;
  }
  return false;
}

bool has_lto(std::string_view profile, bool thin_too) {
  constexpr std::array<std::string_view, 6> kFat{"lto", "lto=fat", "lto=yes", "lto=y", "lto=on", "lto=true"};
  const auto has = [&](std::string_view option) { return has_option(profile, option); };
  return std::ranges::any_of(kFat, has) || (thin_too && has("lto=thin"));
}

bool has_codegen_threads(std::string_view profile) {
  const bool optimizes = profile.find("opt-level=") != std::string_view::npos && !has_option(profile, "opt-level=0");
  const bool in_one = has_option(profile, "codegen-units=1") || has_lto(profile, false);
  return optimizes && !in_one && !has_option(profile, "emit=metadata");
}

}  // namespace memguard::job

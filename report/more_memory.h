// Words that several messages have for how a build gets more memory. Internal to report/.
#pragma once

#include <string_view>

namespace memguard::report {

/// To follow "Give it more".
inline constexpr std::string_view kEndOthers = ": end what else runs here, or take a machine with more memory";

}  // namespace memguard::report

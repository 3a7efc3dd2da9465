// Rule 11: tokens of a jobserver are withheld while what they would start would only be held.
#pragma once

#include "policy/step.h"

namespace memguard::policy {

/// Says how many tokens are to be free, when that is not how many are; nothing where there is no jobserver.
void spare_tokens(Step& step, const std::optional<Tokens>& tokens);

}  // namespace memguard::policy

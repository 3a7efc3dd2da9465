#include "report/causes.h"

#include "policy/causes.h"

namespace memguard::report {

std::string_view sentence_of(std::string_view cause) {
  const auto* const known = policy::cause_called(cause);
  return known == nullptr ? cause : known->sentence;
}

}  // namespace memguard::report

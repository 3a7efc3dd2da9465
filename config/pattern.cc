#include "config/pattern.h"

namespace memguard::config {

bool matches(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return true;
  // Where the last '*' was met, and up to where the text is its. Only that one is ever tried again: an earlier one
  // taking more could match nothing that this one cannot. So the time is the product of the lengths at most.
  auto star = std::string_view::npos;
  std::size_t taken = 0;
  std::size_t p = 0;
  std::size_t t = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace memguard::config

#include "json/pointer.h"

#include "base/printable.h"

namespace memguard::json {

std::string pointer(std::string_view key) {
  std::string escaped = "/";
  for (const char c : printable(key)) escaped += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return escaped;
}

}  // namespace memguard::json

#include "shim/arguments.h"

#include <string_view>

namespace memguard::shim {

bool is_work(const char* const* argv) {
  bool input = false;
  for (; *argv != nullptr; ++argv) {
    const std::string_view argument(*argv);
    // To standard output, which the shim does not touch.
    if (argument == "--print" || argument.starts_with("--print=") || argument == "-") return false;
    // A response file is only written for a command line that is long, so for real work.
    input = input || argument.ends_with(".rs") || argument.starts_with('@');
  }
  return input;
}

}  // namespace memguard::shim

#include "base/say.h"

#include <fmt/format.h>

#include "base/whole_file.h"

namespace memguard {

void say(std::string_view line) { (void)write_whole("/dev/stderr", fmt::format("memguard: {}\n", line)); }

Status print(std::string_view text) { return write_whole("/dev/stdout", text); }

}  // namespace memguard

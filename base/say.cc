#include "base/say.h"

#include <poll.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/printable.h"
#include "base/whole_file.h"

namespace memguard {
namespace {

// With a command of the build in it; more nobody reads.
constexpr std::size_t kLongestLine = 16384;

std::string line_of(std::string_view line) { return fmt::format("memguard: {}\n", printable(line, kLongestLine)); }

}  // namespace

void say(std::string_view line) { (void)write_whole("/dev/stderr", line_of(line)); }

void say_at_once(std::string_view line) {
  pollfd out{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&out, 1, 0) != 1 || (out.revents & POLLOUT) == 0) return;
  const std::string text = line_of(line);
  (void)!::write(STDERR_FILENO, text.data(), text.size());
}

Status print(const TerminalText& text) { return write_whole("/dev/stdout", text.text()); }

Status print_json(std::string_view json) { return write_whole("/dev/stdout", json); }

}  // namespace memguard

// What a compiler writes to stderr, in pieces, and what the shim was called with.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>

#include "input.h"
#include "shim/arguments.h"
#include "shim/messages.h"

namespace {

using namespace memguard;

// The first byte of each piece is its length; 255 is a compiler that is started again.
void pass_on(std::string_view text) {
  static const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  shim::Messages messages(nowhere);
  while (!text.empty()) {
    const auto length = static_cast<unsigned char>(text.front());
    text.remove_prefix(1);
    if (length == 255) messages.begin_again();
    const std::string_view piece = text.substr(0, length);
    messages.take(piece);
    text.remove_prefix(piece.size());
  }
  static_cast<void>(messages.link_failed());
  messages.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  pass_on(text);
  static_cast<void>(shim::tells_of_failed_link(text));
  const auto words = fuzz::arguments_of(text);
  std::vector<const char*> argv;
  argv.reserve(words.size() + 1);
  for (const auto& word : words) argv.push_back(word.c_str());
  argv.push_back(nullptr);
  static_cast<void>(shim::is_work(argv.data()));
  return 0;
}

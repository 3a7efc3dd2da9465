#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "base/io.h"
#include "base/whole_file.h"

namespace memguard {
namespace {

constexpr std::size_t kLongest = std::size_t{256} << 20U;
constexpr std::size_t kPart = std::size_t{64} << 10U;

}  // namespace

Result<std::string> read_whole(const std::string& path) {
  const auto file = open_at(AT_FDCWD, path, O_RDONLY | O_NOCTTY);
  if (!file) return tl::unexpected<Error>(file.error());
  std::string text;
  std::vector<char> part(kPart);
  while (text.size() <= kLongest) {
    const ssize_t got = ::read(file->get(), part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("read", path);
    if (got == 0) return text;
    text.append(part.data(), static_cast<std::size_t>(got));
  }
  return fail("read " + path, EFBIG);
}

}  // namespace memguard

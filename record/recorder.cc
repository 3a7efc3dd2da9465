#include "record/recorder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/io.h"
#include "base/whole_file.h"

namespace memguard::record {

Result<UniqueFd> create(const std::string& path) {
  constexpr unsigned kMode = 0666;
  auto file = open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_NONBLOCK | O_NOCTTY, kMode);
  if (file) return file;
  const int code = file.error().code;
  return tl::unexpected<Error>(std::move(file.error()).advise(advice_for_writing(code)));
}

bool has_lines(int fd) {
  struct stat status {};
  return ::fstat(fd, &status) == 0 && status.st_size > 0;
}

Status append(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail_errno("write the recording");
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace memguard::record

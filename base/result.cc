#include "base/result.h"

#include <cerrno>
#include <system_error>

#include <fmt/format.h>

namespace memguard {

Error Error::in(std::string_view step) && {
  if (!step.empty()) what = fmt::format("{}: {}", step, what);
  return std::move(*this);
}

Error Error::advise(std::string_view advice) && {
  if (hint.empty()) hint = advice;
  return std::move(*this);
}

std::string Error::text() const {
  std::string line = what;
  // generic_category().message() is strerror without its shared buffer.
  if (code != 0) line += fmt::format(": {}", std::generic_category().message(code));
  if (!hint.empty()) line += fmt::format(". {}", hint);
  return line;
}

bool Error::gone() const { return code == ENOENT || code == ESRCH || code == ENODEV; }

tl::unexpected<Error> fail(std::string_view what, int code, std::string_view hint) {
  return tl::unexpected<Error>(Error{std::string(what), code, std::string(hint)});
}

tl::unexpected<Error> fail_errno(std::string_view step, std::string_view object) {
  const int code = errno;
  return fail(object.empty() ? std::string(step) : fmt::format("{} {}", step, object), code);
}

tl::unexpected<Error> pass(Error error, std::string_view step) {
  return tl::unexpected<Error>(std::move(error).in(step));
}

}  // namespace memguard

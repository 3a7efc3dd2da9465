// Results: a value, or an error that can be read to a user as it stands.
//
// An error says what was being done, to what, the errno, and what the user can do about it. Whoever passes it on puts
// its own step in front with `in()`; nobody but the command line and the supervisor prints it.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace memguard {

/// Why something could not be done.
struct Error {
  /// The steps, outermost first: "start the supervisor: open /sys/fs/cgroup/x/cgroup.procs".
  std::string what;
  /// The errno of the call that failed; 0 when no call failed (a refused input, a parse error).
  int code = 0;
  /// What the user can do about it, a whole sentence; empty when there is nothing to say.
  std::string hint;

  /// The same error with the caller's step in front.
  [[nodiscard]] Error in(std::string_view step) &&;
  /// The same error with advice to the user; an earlier hint, being nearer to the cause, stays.
  [[nodiscard]] Error advise(std::string_view advice) &&;
  /// One line: "open /x: Permission denied. Run as root."
  [[nodiscard]] std::string text() const;
  /// True when what was asked about is gone (a process that ended, a cgroup that was removed): ENOENT, ESRCH, ENODEV.
  [[nodiscard]] bool gone() const;
};

/// A value of type T, or the Error that kept it from being made.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
  // NOLINTNEXTLINE(google-explicit-constructor): what and_then and map return is a Result again.
  Result(tl::expected<T, Error> other) : tl::expected<T, Error>(std::move(other)) {}
};

/// Success, or the Error that kept something from being done.
using Status = Result<void>;

/// An error for a Result: `return fail("parse size '12Q'", 0, "Use 3GiB or 95%.")`.
[[nodiscard]] tl::unexpected<Error> fail(std::string_view what, int code = 0, std::string_view hint = {});
/// The error of a failed system call, from errno: `return fail_errno("open", path)`. Call it before anything else can
/// change errno.
[[nodiscard]] tl::unexpected<Error> fail_errno(std::string_view step, std::string_view object = {});
/// Passes an error on, whole, with the caller's step in front: `return pass(std::move(result.error()), "read limits")`.
/// Who makes a new one of its parts by fail() loses the hint (./dev lint looks).
[[nodiscard]] tl::unexpected<Error> pass(Error error, std::string_view step = {});

}  // namespace memguard

// The asking side of the status protocol.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "base/units.h"
#include "status/reply.h"
#include "status/request.h"

namespace memguard::status {

/// A connection to a run, for one request after the other.
class Line {
 public:
  /// Of a socket that is connected and does not block.
  explicit Line(UniqueFd socket) : socket_(std::move(socket)) {}

  /// Sends a request and waits for its reply. Errors: ETIMEDOUT after `patience`, ECONNRESET when the run has ended or
  /// is busy with too many others; what the run refuses, in its words.
  [[nodiscard]] Result<Reply> ask(const Request& request, Duration patience);

 private:
  [[nodiscard]] Status send(std::string_view line, Moment until);
  [[nodiscard]] Result<std::string> receive(Moment until);

  UniqueFd socket_;
  std::string received_;
};

}  // namespace memguard::status

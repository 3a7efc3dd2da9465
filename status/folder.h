// Where the sockets of runs are: one folder of the user's, for nobody else. A run makes its socket there, and whoever
// looks for runs finds them there and removes what dead ones have left.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "proc/process.h"

namespace memguard::status {

using Variables = std::map<std::string, std::string>;

/// Where the folder may be, the best first: `memguard` below XDG_RUNTIME_DIR and below /run/user/UID, /run/memguard for
/// root, /tmp/memguard-UID.
[[nodiscard]] std::vector<std::string> folders(const Variables& variables, uid_t user);

/// The socket of a run, which listens. Its name goes with the object, in the process that made it.
class RunSocket {
 public:
  /// Makes it in the first folder that can be had: one that belongs to this user and that nobody else may enter, made
  /// where it is missing. Not blocking. `front` names the run. Errors tell of the last folder.
  [[nodiscard]] static Result<RunSocket> create(const Variables& variables, const proc::Identity& front);

  /// There is none.
  RunSocket() = default;
  /// The other has none then.
  RunSocket(RunSocket&& other) noexcept = default;
  /// Removes its own socket before.
  RunSocket& operator=(RunSocket&& other) noexcept;
  /// Removes the socket.
  ~RunSocket() { remove(); }

  /// -1: there is none.
  [[nodiscard]] int listener() const { return socket_.get(); }
  /// Closes it, and removes its name where this process made it.
  void remove();

 private:
  UniqueFd socket_;
  UniqueFd folder_;
  std::string name_;
  pid_t owner_ = 0;
};

/// A run that answers.
struct Found {
  pid_t pid = 0;
  /// Connected; not blocking.
  UniqueFd socket;
};

/// Connects to every run of the user in every folder, and removes the sockets of dead ones. Those of others' programs
/// and what is no socket are passed over.
[[nodiscard]] std::vector<Found> find_runs(const Variables& variables);

/// Whether the process at the other end runs as this user (SO_PEERCRED).
[[nodiscard]] bool same_user(int socket);

}  // namespace memguard::status

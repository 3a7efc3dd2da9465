// The shims that are connected: who can start a job again (shim/protocol.h).
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "base/unique_fd.h"
#include "proc/process.h"
#include "shim/protocol.h"
#include "supervisor/loop/event_loop.h"

namespace memguard::supervisor {

/// The socket that shims of run `run_id` find; not blocking. For the front, before the build starts.
[[nodiscard]] Result<UniqueFd> listen_for_shims(const std::string& run_id);

class Shims {
 public:
  /// A shim asks what to do about its compiler, which is a zombie now.
  using Asked = std::function<void(const proc::Identity& shim)>;

  /// `listener` -1: there are none. `front` is the ancestor of every process that may be one.
  Shims(EventLoop& loop, int listener, pid_t front, Asked asked)
      : loop_(loop), listener_(listener), front_(front), asked_(std::move(asked)) {}

  /// Takes connections from now on.
  [[nodiscard]] Status watch();
  /// Takes those that wait. A shim connects before it starts its compiler, so call it before looking at a new job. The
  /// name is open to everybody on the machine: of strangers it refuses some hundred, then leaves the rest for later, so
  /// that it takes 2 ms at most and a tenth of the time, however many connect. None of them keeps a descriptor.
  void accept_all();

  /// This shim has a connection, and so will ask when its compiler was killed.
  [[nodiscard]] bool connected(const proc::Identity& shim) const;
  /// The connected shim above a process, pid 0 when there is none. One in another session does not count: what a job
  /// left behind as a daemon (an sccache server) serves others too.
  [[nodiscard]] proc::Identity above(pid_t pid) const;
  /// Answers a question; a shim that has gone meanwhile needs none.
  void answer(const proc::Identity& shim, shim::Decision decision);

 private:
  struct Connection {
    proc::Identity shim;
    UniqueFd socket;
    std::unique_ptr<EventLoop::Source> source;
  };

  [[nodiscard]] std::optional<proc::Identity> caller(int socket) const;
  /// False for a stranger, and for one that was connected already.
  bool add(UniqueFd socket);
  void rest();
  void go_on();
  void hear(const proc::Identity& shim);

  EventLoop& loop_;
  int listener_;
  pid_t front_;
  Asked asked_;
  std::list<Connection> connections_;
  std::unique_ptr<EventLoop::Source> source_;
  std::unique_ptr<EventLoop::Source> timer_;
};

}  // namespace memguard::supervisor

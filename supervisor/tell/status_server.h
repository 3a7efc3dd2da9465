// The socket over which a run is looked at (docs/STATUS.md): who may speak, how much and how often. What is answered is
// the desk's (desk.h).
//
// Nobody who connects may cost the build anything: of each client at most one short request is read and one reply kept,
// ten times a second; there are sixteen at most, and who has been silent longest makes room for the next one.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "supervisor/loop/event_loop.h"

namespace memguard::supervisor {

class StatusServer {
 public:
  static constexpr std::size_t kMostClients = 16;

  /// The reply to a line without its newline, with its own newline.
  using Answer = std::function<std::string(std::string_view line)>;

  /// `listener` -1: nobody can look. It does not block.
  StatusServer(EventLoop& loop, int listener, Answer answer)
      : loop_(loop), listener_(listener), answer_(std::move(answer)) {}

  /// Takes connections from now on. Errors: no source of events can be had.
  [[nodiscard]] Status watch();
  /// How many are connected.
  [[nodiscard]] std::size_t clients() const { return clients_.size(); }

 private:
  struct Client {
    UniqueFd socket;
    std::unique_ptr<EventLoop::Source> source;
    std::string heard;
    std::string reply;
    std::size_t sent = 0;
    Moment heard_at;
    /// It has had its reply, and is heard again with the next tick.
    bool rests = false;
    /// It is closed after its reply.
    bool last = false;
  };
  using Place = std::list<Client>::iterator;

  void accept_some();
  void add(UniqueFd socket);
  void listen_to(Place client);
  void hear(Place client);
  void take_line(Place client);
  void say(Place client);
  void rest(Place client);
  void drop(Place client);
  void tick();
  void start_ticking();

  EventLoop& loop_;
  int listener_;
  Answer answer_;
  std::list<Client> clients_;
  std::unique_ptr<EventLoop::Source> source_;
  std::unique_ptr<EventLoop::Source> ticks_;
  bool ticking_ = false;
};

}  // namespace memguard::supervisor

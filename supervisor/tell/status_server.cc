#include "supervisor/tell/status_server.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "status/folder.h"
#include "status/reply.h"
#include "status/request.h"
#include "supervisor/self/open_files.h"

namespace memguard::supervisor {
namespace {

// A second look within it would show the same.
constexpr Duration kTick = std::chrono::milliseconds(100);
// So many connections are taken in one tick: 4 us each.
constexpr int kAtOnce = 32;

}  // namespace

Status StatusServer::watch() {
  if (listener_ < 0 || source_) return {};
  auto source = loop_.on_readable(listener_, [this] { accept_some(); });
  if (!source) return pass(std::move(source.error()));
  source_ = std::move(*source);
  source_->let_others_first();
  return {};
}

void StatusServer::accept_some() {
  for (int taken = 0; taken < kAtOnce; ++taken) {
    UniqueFd socket(::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket && errno == EAGAIN) return;
    if (!socket && errno != ECONNABORTED) break;
    if (socket && may_keep(socket, FileUse::client) && status::same_user(socket.get())) add(std::move(socket));
  }
  // The listener stays readable: the others wait in its queue.
  source_.reset();
  start_ticking();
}

void StatusServer::add(UniqueFd socket) {
  if (clients_.size() >= kMostClients) drop(std::ranges::min_element(clients_, {}, &Client::heard_at));
  Client& client = clients_.emplace_back();
  client.socket = std::move(socket);
  client.heard_at = MonotonicClock::now();
  listen_to(std::prev(clients_.end()));
}

void StatusServer::listen_to(Place client) {
  auto source = loop_.on_readable(client->socket.get(), [this, client] { hear(client); });
  if (!source) return drop(client);
  client->source = std::move(*source);
  client->source->let_others_first();
}

void StatusServer::hear(Place client) {
  std::array<char, status::kLongestRequest> piece;  // NOLINT(cppcoreguidelines-pro-type-member-init): written first
  const ssize_t got = ::recv(client->socket.get(), piece.data(), piece.size() - client->heard.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return drop(client);
  client->heard_at = MonotonicClock::now();
  client->heard.append(piece.data(), static_cast<std::size_t>(got));
  take_line(client);
}

void StatusServer::take_line(Place client) {
  const auto end = client->heard.find('\n');
  if (end != std::string::npos) {
    client->reply = answer_(std::string_view(client->heard).substr(0, end));
    client->heard.erase(0, end + 1);
  } else if (client->heard.size() >= status::kLongestRequest) {
    client->reply = status::refusal_line("a request has at most 4096 bytes");
    client->last = true;
  } else {
    return client->source ? void() : listen_to(client);
  }
  client->source.reset();
  say(client);
}

void StatusServer::say(Place client) {
  while (client->sent < client->reply.size()) {
    const std::string_view rest = std::string_view(client->reply).substr(client->sent);
    const ssize_t sent = ::send(client->socket.get(), rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) {
      if (client->source) return;
      auto source = loop_.on_writable(client->socket.get(), [this, client] { say(client); });
      if (!source) return drop(client);
      client->source = std::move(*source);
      return client->source->let_others_first();
    }
    if (sent < 0) return drop(client);
    client->sent += static_cast<std::size_t>(sent);
  }
  rest(client);
}

void StatusServer::rest(Place client) {
  if (client->last) return drop(client);
  client->source.reset();
  client->reply = {};
  client->sent = 0;
  client->rests = true;
  start_ticking();
}

void StatusServer::drop(Place client) { clients_.erase(client); }

void StatusServer::start_ticking() {
  if (ticking_) return;
  ticking_ = true;
  if (ticks_) return (void)loop_.start_timer(*ticks_, kTick);
  auto timer = loop_.on_timer(kTick, [this] { tick(); });
  if (timer) ticks_ = std::move(*timer);
}

void StatusServer::tick() {
  ticking_ = false;
  (void)watch();
  for (auto client = clients_.begin(); client != clients_.end();) {
    const auto next = std::next(client);
    if (std::exchange(client->rests, false)) take_line(client);
    client = next;
  }
}

}  // namespace memguard::supervisor

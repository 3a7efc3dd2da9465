#include "fake_supervisor.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstring>

namespace memguard::shim {
namespace {

// A test that has to wait so long has failed.
constexpr std::chrono::milliseconds kPatience = std::chrono::minutes(1);

bool readable(int fd) {
  pollfd watched{fd, POLLIN, 0};
  return ::poll(&watched, 1, static_cast<int>(kPatience.count())) == 1;
}

}  // namespace

FakeSupervisor::FakeSupervisor() : listener_(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) {
  static int number = 0;
  run_id_ = std::to_string(::getpid()) + ":test" + std::to_string(number++);
  const std::string name = kSocketPrefix + run_id_;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), length) != 0) listener_.reset();
  (void)::listen(listener_.get(), 16);
}

bool FakeSupervisor::answer_call() {
  connection_.reset();
  if (!readable(listener_.get())) return false;
  connection_ = UniqueFd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  const auto hello = hear();
  return hello && hello->version == kVersion && hello->kind == Kind::hello;
}

std::optional<Message> FakeSupervisor::hear() {
  Message message{};
  if (!readable(connection_.get())) return std::nullopt;
  if (::recv(connection_.get(), &message, sizeof message, 0) != sizeof message) return std::nullopt;
  return message;
}

void FakeSupervisor::say(Decision decision) {
  const Verdict verdict{kVersion, decision};
  (void)::send(connection_.get(), &verdict, sizeof verdict, MSG_NOSIGNAL);
}

int FakeSupervisor::caller() const {
  ucred peer{};
  socklen_t length = sizeof peer;
  (void)::getsockopt(connection_.get(), SOL_SOCKET, SO_PEERCRED, &peer, &length);
  return peer.pid;
}

}  // namespace memguard::shim

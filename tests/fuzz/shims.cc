// Messages that arrive on the supervisor's socket, from a process that may be no shim.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <string>

#include "base/unique_fd.h"
#include "input.h"
#include "supervisor/restart/shims.h"

namespace {

using namespace memguard;

const std::string& run_id() {
  static const std::string id = std::to_string(::getpid()) + ":fuzz";
  return id;
}

UniqueFd call() {
  const std::string name = shim::kSocketPrefix + run_id();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  name.copy(address.sun_path + 1, sizeof address.sun_path - 1);
  UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  const int connected = ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), length);
  fuzz::require(connected == 0, "somebody listens");
  return socket;
}

// What asks is a message of our own version that says so, and nothing shorter or longer.
int questions_in(std::string_view text) {
  shim::Message message{};
  if (text.size() < sizeof message) return 0;
  std::memcpy(&message, text.data(), sizeof message);
  return message.version == shim::kVersion && message.kind == shim::Kind::ended ? 1 : 0;
}

}  // namespace

// The first byte is the length of the message.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = fuzz::text_of(data, size);
  if (text.empty()) return 0;
  const std::string_view message = text.substr(1, static_cast<unsigned char>(text.front()));
  auto loop = supervisor::EventLoop::create();
  const auto listener = supervisor::listen_for_shims(run_id());
  fuzz::require(loop && listener, "there is a loop and a socket");
  int asked = 0;
  // Our parent stands for the front, which is above every shim.
  supervisor::Shims shims(*loop, listener->get(), ::getppid(), [&](const proc::Identity& shim) {
    ++asked;
    shims.answer(shim, shim::Decision::pass_on);
  });
  UniqueFd socket = call();
  shims.accept_all();
  const ssize_t sent = ::send(socket.get(), message.data(), message.size(), MSG_NOSIGNAL);
  fuzz::require(sent == static_cast<ssize_t>(message.size()), "a message can be sent");
  // The shim has gone when it has read the answer, or has none to wait for: then the loop has nothing left.
  auto end = loop->on_timer(Duration{}, [&] { loop->stop(); });
  fuzz::require(end.has_value() && loop->run().has_value(), "the loop runs");
  fuzz::require(asked <= questions_in(message), "nobody asks who does not say so");
  return 0;
}

// Who connects to the shims' socket. Strangers are this process, of which the front is no ancestor.
#include "supervisor/restart/shims.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace memguard::supervisor {
namespace {

UniqueFd connect_to(const std::string& run_id) {
  const std::string name = shim::kSocketPrefix + run_id;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  UniqueFd socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0) return {};
  return socket;
}

bool was_refused(const UniqueFd& socket) {
  pollfd state{socket.get(), 0, 0};
  return ::poll(&state, 1, 0) == 1 && (state.revents & POLLHUP) != 0;
}

std::ptrdiff_t open_descriptors() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
}

class ShimsOf : public testing::Test {
 public:
 protected:
  ShimsOf() : front_(::fork()) {
    if (front_ == 0) {
      ::pause();
      ::_exit(0);
    }
  }
  ~ShimsOf() override {
    ::kill(front_, SIGKILL);
    ::waitpid(front_, nullptr, 0);
  }

  std::vector<UniqueFd> strangers(std::size_t count) {
    std::vector<UniqueFd> sockets;
    while (sockets.size() < count) {
      UniqueFd socket = connect_to(run_id_);
      if (!socket) break;  // the queue is full (net.core.somaxconn)
      sockets.push_back(std::move(socket));
    }
    return sockets;
  }

  pid_t front_;
  std::string run_id_ = fmt::format("{}:shims-test", ::getpid());
  UniqueFd listener_ = listen_for_shims(run_id_).value();
  EventLoop loop_ = EventLoop::create().value();
  Shims shims_{loop_, listener_.get(), front_, [](const proc::Identity&) {}};
};

TEST_F(ShimsOf, strangers_without_number_hold_up_no_call) {
  const auto sockets = strangers(900);
  if (sockets.size() < 300) GTEST_SKIP() << "SKIP: needs net.core.somaxconn of 300";
  shims_.accept_all();
  const auto refused = std::ranges::count_if(sockets, was_refused);
  EXPECT_GT(refused, 0);
  EXPECT_LE(refused, 256);
}

TEST_F(ShimsOf, strangers_are_refused_by_and_by_and_the_loop_goes_on_meanwhile) {
  const auto sockets = strangers(900);
  if (sockets.size() < 300) GTEST_SKIP() << "SKIP: needs net.core.somaxconn of 300";
  const auto before = open_descriptors();
  ASSERT_TRUE(shims_.watch());
  int turns = 0;
  std::unique_ptr<EventLoop::Source> tick;
  tick = loop_
             .on_timer({},
                       [&] {
                         ++turns;
                         if (std::ranges::all_of(sockets, was_refused)) return loop_.stop();
                         (void)loop_.start_timer(*tick, {});
                       })
             .value();
  ASSERT_TRUE(loop_.run());
  EXPECT_GT(turns, 3);
  EXPECT_TRUE(std::ranges::all_of(sockets, was_refused));
  EXPECT_LE(open_descriptors(), before + 4) << "a stranger keeps a descriptor";
}

// The front is our parent here: all connections are ours, and each takes the place of the one before.
TEST_F(ShimsOf, a_shim_is_found_behind_all_who_came_before_it) {
  const auto sockets = strangers(900);
  Shims ours(loop_, listener_.get(), ::getppid(), [](const proc::Identity&) {});
  const UniqueFd shim = connect_to(run_id_);
  ASSERT_TRUE(ours.watch());
  std::unique_ptr<EventLoop::Source> tick;
  tick = loop_
             .on_timer({},
                       [&] {
                         if (std::ranges::all_of(sockets, was_refused)) return loop_.stop();
                         (void)loop_.start_timer(*tick, {});
                       })
             .value();
  ASSERT_TRUE(loop_.run());
  const auto self = proc::read_stat(::getpid()).value();
  EXPECT_TRUE(ours.connected({self.pid, self.start_ticks}));
  EXPECT_FALSE(was_refused(shim));
}

}  // namespace
}  // namespace memguard::supervisor

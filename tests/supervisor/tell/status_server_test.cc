// Whoever connects to the status socket of a run, and what it may cost: nothing.
#include "supervisor/tell/status_server.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <iterator>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "status/ask.h"
#include "status/folder.h"

namespace memguard::supervisor {
namespace {

using namespace std::chrono_literals;

constexpr Duration kPatience = 20s;
// More than a socket holds.
constexpr std::size_t kLongReply = std::size_t{4} << 20U;

std::ptrdiff_t open_descriptors() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
}

/// A server on a thread of its own, which answers "long" with much and all else with itself.
class StatusServerOf : public testing::Test {
 protected:
  StatusServerOf() {
    std::string pattern = testing::TempDir() + "status-server-XXXXXX";
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    variables_["XDG_RUNTIME_DIR"] = pattern;
    auto socket = status::RunSocket::create(variables_, {::getpid(), 1});
    EXPECT_TRUE(socket);
    socket_ = std::move(*socket);
    server_thread_ = std::thread([this] { serve(); });
  }
  ~StatusServerOf() override {
    (void)::eventfd_write(stop_.get(), 1);
    server_thread_.join();
    socket_.remove();
    std::filesystem::remove_all(variables_["XDG_RUNTIME_DIR"]);
  }

  void serve() {
    auto loop = EventLoop::create();
    StatusServer server(*loop, socket_.listener(), [this](std::string_view line) {
      ++answers_;
      std::string reply(line == "long" ? std::string(kLongReply, 'x') : line);
      reply += '\n';
      return reply;
    });
    auto stop = loop->on_readable(stop_.get(), [&] { loop->stop(); });
    auto look = loop->on_timer(Duration{}, [&] { note(server, *loop); });
    look_ = look->get();
    EXPECT_TRUE(server.watch());
    EXPECT_TRUE(loop->run());
  }
  void note(const StatusServer& server, EventLoop& loop) {
    clients_ = server.clients();
    most_clients_ = std::max(most_clients_.load(), clients_.load());
    (void)loop.start_timer(*look_, 1ms);
  }

  // This machine may have other runs, whose folders are looked into as well.
  UniqueFd call() {
    auto runs = status::find_runs(variables_);
    const auto ours = std::ranges::find(runs, ::getpid(), &status::Found::pid);
    EXPECT_NE(ours, runs.end());
    return ours == runs.end() ? UniqueFd() : std::move(ours->socket);
  }
  static void send_all(const UniqueFd& socket, std::string_view text) {
    ASSERT_EQ(::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
  }
  /// The next line of a client, waited for; empty when the server has closed its end.
  static std::string line_of(const UniqueFd& socket) {
    std::string line;
    for (char one = 0; receive(socket, &one, 1) == 1;) {
      if (one == '\n') return line;
      line += one;
    }
    return {};
  }
  static ssize_t receive(const UniqueFd& socket, char* to, std::size_t size) {
    pollfd ready{socket.get(), POLLIN, 0};
    return ::poll(&ready, 1, 20'000) == 1 ? ::recv(socket.get(), to, size, 0) : -1;
  }
  template <class Condition>
  static void until(const Condition& holds) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!holds() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    EXPECT_TRUE(holds());
  }
  void expect_answer(std::string_view what) {
    const UniqueFd socket = call();
    send_all(socket, std::string(what) + "\n");
    EXPECT_EQ(line_of(socket), what);
  }

  status::Variables variables_;
  status::RunSocket socket_;
  UniqueFd stop_{::eventfd(0, EFD_CLOEXEC)};
  EventLoop::Source* look_ = nullptr;
  std::atomic<std::size_t> clients_ = 0;
  std::atomic<std::size_t> most_clients_ = 0;
  std::atomic<int> answers_ = 0;
  std::thread server_thread_;
};

TEST_F(StatusServerOf, AnswersOneLineAfterTheOther) {
  const UniqueFd socket = call();
  for (const char* word : {"one", "two", "three"}) {
    send_all(socket, word + std::string("\n"));
    EXPECT_EQ(line_of(socket), word);
  }
}

TEST_F(StatusServerOf, ALineMayComeInPieces) {
  const UniqueFd socket = call();
  send_all(socket, "he");
  until([&] { return clients_ == 1; });
  send_all(socket, "llo\nwor");
  EXPECT_EQ(line_of(socket), "hello");
  send_all(socket, "ld\n");
  EXPECT_EQ(line_of(socket), "world");
}

TEST_F(StatusServerOf, WhoSendsWithoutEndIsCutOff) {
  const UniqueFd socket = call();
  const std::string much(std::size_t{1} << 20U, 'x');
  std::size_t sent = 0;
  // Up to a GiB, as long as somebody takes it.
  for (int i = 0; i < 1024; ++i) {
    pollfd ready{socket.get(), POLLOUT, 0};
    if (::poll(&ready, 1, 20'000) != 1) break;
    const ssize_t now = ::send(socket.get(), much.data(), much.size(), MSG_NOSIGNAL);
    if (now < 0 && errno != EAGAIN) break;
    sent += now > 0 ? static_cast<std::size_t>(now) : 0;
  }
  EXPECT_LT(sent, std::size_t{4} << 20U);
  until([&] { return clients_ == 0; });
  EXPECT_EQ(answers_, 0);
  expect_answer("next");
}

TEST_F(StatusServerOf, AHundredClientsThatSayNothingKeepNobodyOut) {
  expect_answer("first");
  const std::ptrdiff_t before = open_descriptors();
  std::vector<UniqueFd> stuck;
  while (stuck.size() < 100) {
    stuck.push_back(call());
    // The kernel's queue is shorter than a hundred.
    if (stuck.size() % 20 == 0) expect_answer("between");
  }
  expect_answer("after them");
  EXPECT_LE(most_clients_, StatusServer::kMostClients);
  EXPECT_LE(open_descriptors() - before, static_cast<std::ptrdiff_t>(stuck.size() + StatusServer::kMostClients));
}

TEST_F(StatusServerOf, WhoDoesNotReadKeepsNobodyWaiting) {
  const UniqueFd stuck = call();
  send_all(stuck, "long\nlong\nlong\n");
  until([&] { return answers_ == 1; });
  expect_answer("other");
  EXPECT_EQ(answers_, 2) << "one reply at a time is kept for who does not read";
}

TEST_F(StatusServerOf, AReplyLongerThanASocketHoldsComesWhole) {
  const UniqueFd socket = call();
  send_all(socket, "long\n");
  std::vector<char> piece(std::size_t{1} << 16U);
  std::size_t got = 0;
  while (got < kLongReply + 1) {
    const ssize_t now = receive(socket, piece.data(), piece.size());
    ASSERT_GT(now, 0);
    got += static_cast<std::size_t>(now);
  }
  EXPECT_EQ(got, kLongReply + 1);
}

TEST_F(StatusServerOf, WhoGoesInTheMiddleLeavesNothing) {
  {
    const UniqueFd half = call();
    send_all(half, "{\"version\":1,");
    const UniqueFd deaf = call();
    send_all(deaf, "long\n");
    until([&] { return clients_ == 2 && answers_ == 1; });
  }
  until([&] { return clients_ == 0; });
  expect_answer("next");
}

TEST_F(StatusServerOf, WhoAsksWithoutAPauseIsHeardTenTimesASecond) {
  const UniqueFd socket = call();
  std::string many;
  for (int i = 0; i < 500; ++i) many += "again\n";
  const auto before = std::chrono::steady_clock::now();
  send_all(socket, many);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(line_of(socket), "again");
  EXPECT_GE(std::chrono::steady_clock::now() - before, 500ms);
}

}  // namespace
}  // namespace memguard::supervisor

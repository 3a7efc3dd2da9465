#include "supervisor/front/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <string>

#include <gtest/gtest.h>

#include "temporary_folder.h"

namespace memguard::supervisor {
namespace {

using namespace std::chrono_literals;

// Heartbeats of a supervisor.
constexpr Moment kFirst(1ns);
constexpr Moment kSecond(2ns);
constexpr Moment kThird(3ns);

// Who listens at NOTIFY_SOCKET.
class Listener {
 public:
  explicit Listener(const std::string& address) : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::memcpy(&name.sun_path[0], address.data(), address.size());
    if (address.front() == '@') name.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size());
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&name), length), 0);  // NOLINT: sockets
  }

  // What has come, each message in brackets.
  std::string heard() {
    std::string all;
    std::array<char, 8192> text{};
    for (ssize_t got = 0; (got = ::recv(fd_.get(), text.data(), text.size(), MSG_DONTWAIT)) > 0;)
      all += "[" + std::string(text.data(), static_cast<std::size_t>(got)) + "]";
    return all;
  }

 private:
  UniqueFd fd_;
};

class AServiceManager : public testing::Test {
 protected:
  void tell(const std::string& news) {
    ASSERT_EQ(::send(manager_.writer(), news.data(), news.size(), 0), static_cast<ssize_t>(news.size()));
  }

  TemporaryFolder folder_;
  std::string address_ = folder_.path() + "/notify";
  Listener listener_{address_};
  ServiceManager manager_{{.socket = address_, .watchdog = 2s}};
};

TEST_F(AServiceManager, HearsThatTheCommandRuns) {
  manager_.ready();
  EXPECT_EQ(listener_.heard(), "[READY=1]");
}

TEST_F(AServiceManager, HearsTheLastOfWhatTheSupervisorTold) {
  tell("1 job waits");
  tell("2 jobs wait");
  manager_.turn({}, {}, false);
  EXPECT_EQ(listener_.heard(), "[STATUS=2 jobs wait]");
  manager_.turn({}, {}, false);
  EXPECT_EQ(listener_.heard(), "");
}

TEST_F(AServiceManager, IsNotToldAnotherMessageByANameFromOutside) {
  tell("link a\nMAINPID=1\x1b[2J is next");
  manager_.turn({}, {}, false);
  EXPECT_EQ(listener_.heard(), "[STATUS=link a\\x0aMAINPID=1\\x1b[2J is next]");
}

TEST_F(AServiceManager, SeesASignOfLifeAtHalfOfItsTimeWhileTheSupervisorBeats) {
  manager_.turn(Moment(10s), kFirst, false);
  EXPECT_EQ(listener_.heard(), "[WATCHDOG=1]");
  manager_.turn(Moment(11s - 1ns), kSecond, false);
  EXPECT_EQ(listener_.heard(), "");
  EXPECT_EQ(manager_.patience(Moment(10600ms), 500ms), 400ms);
  manager_.turn(Moment(11s), kThird, false);
  EXPECT_EQ(listener_.heard(), "[WATCHDOG=1]");
}

TEST_F(AServiceManager, SeesNoneOfASupervisorThatHangs) {
  manager_.turn(Moment(10s), kFirst, false);
  manager_.turn(Moment(12s), kFirst, false);
  EXPECT_EQ(listener_.heard(), "[WATCHDOG=1]");
  EXPECT_EQ(manager_.patience(Moment(12s), 500ms), 250ms);
}

TEST_F(AServiceManager, SeesOneOfAFrontThatIsAlone) {
  manager_.turn(Moment(10s), kFirst, true);
  manager_.turn(Moment(11s), kFirst, true);
  EXPECT_EQ(listener_.heard(), "[WATCHDOG=1][WATCHDOG=1]");
}

TEST_F(AServiceManager, ThatReadsNothingHoldsNobodyUpAndHearsReadyLater) {
  for (int i = 0; i < 10'000; ++i) manager_.status("the same again");
  manager_.ready();
  EXPECT_EQ(listener_.heard().find("READY"), std::string::npos);
  manager_.turn({}, {}, false);
  EXPECT_NE(listener_.heard().find("[READY=1]"), std::string::npos);
}

TEST(ServiceManagerOf, AnAbstractSocket) {
  const std::string address = "@memguard-test-" + std::to_string(::getpid());
  Listener listener(address);
  ServiceManager manager({.socket = address, .watchdog = {}});
  manager.ready();
  EXPECT_EQ(listener.heard(), "[READY=1]");
  EXPECT_EQ(manager.patience({}, 500ms), 500ms);
  EXPECT_EQ(manager.hidden(), (std::vector<std::string>{"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}));
}

TEST(ServiceManagerOf, NobodyIsSilentAndHidesNothing) {
  for (const std::string& address :
       {std::string(), std::string("vsock:2:1"), std::string("/"), std::string(200, '/')}) {
    ServiceManager manager({.socket = address, .watchdog = 1us});
    manager.ready();
    manager.status("a text");
    manager.turn({}, {}, true);
    EXPECT_FALSE(manager.listens());
    EXPECT_EQ(manager.writer(), -1);
    EXPECT_TRUE(manager.hidden().empty());
    EXPECT_EQ(manager.patience({}, 500ms), 500ms);
  }
}

class UnitVariablesOf : public testing::Test {
 protected:
  void SetUp() override {
    set("NOTIFY_SOCKET", "/run/systemd/notify");
    set("WATCHDOG_USEC", "30000000");
    set("SYSTEMD_EXEC_PID", std::to_string(::getpid()).c_str());
  }
  void TearDown() override {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "SYSTEMD_EXEC_PID"}) ::unsetenv(name);
  }
  static void set(const char* name, const char* value) { ::setenv(name, value, 1); }
};

TEST_F(UnitVariablesOf, TheMainProcessAreTheEnvironments) {
  EXPECT_EQ(unit_variables().socket, "/run/systemd/notify");
  EXPECT_EQ(unit_variables().watchdog, 30s);
}

// An agent's service leaves its variables to the builds that it starts.
TEST_F(UnitVariablesOf, AnotherProcessAreNone) {
  set("SYSTEMD_EXEC_PID", std::to_string(::getppid()).c_str());
  EXPECT_EQ(unit_variables().socket, "");
  EXPECT_EQ(unit_variables().watchdog, std::nullopt);
}

TEST_F(UnitVariablesOf, AWatchdogOfAnotherProcessIsNotOurs) {
  set("WATCHDOG_PID", "1");
  EXPECT_EQ(unit_variables().socket, "/run/systemd/notify");
  EXPECT_EQ(unit_variables().watchdog, std::nullopt);
}

TEST_F(UnitVariablesOf, AWatchdogOfAllTimeIsAsLongAsAClockCounts) {
  set("WATCHDOG_USEC", "9223372036854775807");
  EXPECT_GT(unit_variables().watchdog, 24h * 365 * 100);
}

TEST_F(UnitVariablesOf, AWatchdogOfNoTimeIsNone) {
  for (const char* time : {"0", "-1", "soon", "99999999999999999999"}) {
    set("WATCHDOG_USEC", time);
    EXPECT_EQ(unit_variables().watchdog, std::nullopt);
  }
}

}  // namespace
}  // namespace memguard::supervisor

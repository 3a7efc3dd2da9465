// The same as scope.cc, for programs without libsystemd: busctl(1) is where systemd is, and speaks to its bus.
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/io.h"
#include "cgroup/scope.h"
#include "cgroup/scope_name.h"
#include "proc/output_of.h"

namespace memguard::cgroup {
namespace {

using Words = std::vector<std::string>;

constexpr const char* kService = "org.freedesktop.systemd1";
constexpr const char* kPath = "/org/freedesktop/systemd1";
constexpr const char* kInterface = "org.freedesktop.systemd1.Manager";
constexpr Duration kPatience = std::chrono::seconds(5);
constexpr Duration kPause = std::chrono::milliseconds(2);

// The sockets of the manager's bus; systemd's own ones are no bus, which busctl needs.
Words sockets(Manager manager) {
  if (manager == Manager::system) return {"/run/dbus/system_bus_socket"};
  Words all;
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");  // NOLINT(concurrency-mt-unsafe): nobody changes it
  if (runtime != nullptr && *runtime == '/') all.push_back(fmt::format("{}/bus", runtime));
  // Where the environment was stripped (cron, su, CI) or is another user's, the socket is still there.
  all.push_back(fmt::format("/run/user/{}/bus", ::getuid()));
  return all;
}

// What busctl prints, of the first socket that somebody answers at: `s "252"`.
Result<std::string> ask(Manager manager, const Words& words, Duration patience) {
  std::optional<Error> failure;
  for (const auto& socket : sockets(manager)) {
    if (::access(socket.c_str(), F_OK) != 0) {
      if (!failure) failure = fail("connect to " + socket, errno).value();
      continue;
    }
    Words command{"busctl", "--address=unix:path=" + socket, "--allow-interactive-authorization=no"};
    command.insert(command.end(), words.begin(), words.end());
    auto answer = proc::output_of(command, patience);
    if (answer && !answer->empty()) return answer;
    failure = answer ? fail("busctl: systemd does not answer at " + socket).value() : std::move(answer.error());
  }
  return pass(std::move(*failure));
}

Words call(const char* method, const char* signature) {
  return {"call", kService, kPath, kInterface, method, signature};
}

// `/path` of `o "/path"`; empty when the answer is none.
std::string quoted_part(const std::string& answer, std::string_view type) {
  const auto begin = answer.find('"');
  const auto end = answer.rfind('"');
  if (!answer.starts_with(type) || begin == std::string::npos || end <= begin) return {};
  return answer.substr(begin + 1, end - begin - 1);
}

// StartTransientUnit(name, mode, properties, no auxiliary units), as scope.cc has it.
Words scope_request(const std::string& name, const std::string& slice, bool with_oom_policy) {
  Words properties{"Description",     "s", "memguard: a build and its memory",
                   "Delegate",        "b", "true",
                   "CollectMode",     "s", "inactive-or-failed",
                   "KillMode",        "s", "control-group",
                   "TimeoutStopUSec", "t", "10000000"};
  const auto text = [&properties](const char* key, const std::string& value) {
    properties.insert(properties.end(), {key, "s", value});
  };
  if (!slice.empty()) text("Slice", slice);
  if (with_oom_policy) text("OOMPolicy", "continue");
  const auto count = properties.size() / 3 + 1;
  properties.insert(properties.end(), {"PIDs", "au", "1", std::to_string(::getpid())});
  Words words = call("StartTransientUnit", "ssa(sv)a(sa(sv))");
  words.insert(words.end(), {name, "fail", std::to_string(count)});
  words.insert(words.end(), properties.begin(), properties.end());
  words.emplace_back("0");
  return words;
}

// systemd moves us when its job is done: the one thing that we want of it.
Status wait_to_be_in(const std::string& name, Duration patience) {
  const auto end = MonotonicClock::now() + patience;
  while (true) {
    const auto group = read_at(AT_FDCWD, "/proc/self/cgroup");
    if (!group) return tl::unexpected<Error>(group.error());
    if (group->find("/" + name) != std::string::npos) return {};
    if (MonotonicClock::now() >= end) return fail("wait for systemd's job", ETIMEDOUT);
    pause_for(kPause);
  }
}

}  // namespace

Result<std::string> start_scope(const ScopeWishes& wishes) {
  const auto name = new_scope_name();
  Result<std::string> answer;
  // Scopes know OOMPolicy since 253.
  for (const bool with_oom_policy : {true, false}) {
    answer = ask(wishes.manager, scope_request(name, wishes.slice, with_oom_policy), wishes.patience);
    if (answer) break;
  }
  if (!answer) return pass(std::move(answer.error()), "start a scope");
  if (auto moved = wait_to_be_in(name, wishes.patience); !moved) return pass(std::move(moved.error()));
  return name;
}

bool user_unit_delegates(const std::string& unit) {
  Words words = call("GetUnit", "s");
  words.push_back(unit);
  const auto answer = ask(Manager::user, words, kPatience);
  const auto path = quoted_part(answer.value_or(""), "o ");
  if (path.empty()) return false;
  const auto interface = std::string("org.freedesktop.systemd1.") + (unit.ends_with(".scope") ? "Scope" : "Service");
  const auto delegate = ask(Manager::user, {"get-property", kService, path, interface, "Delegate"}, kPatience);
  return delegate.value_or("") == "b true\n";
}

Status check_manager(Manager manager) {
  auto version = ask(manager, {"get-property", kService, kPath, kInterface, "Version"}, kPatience);
  if (!version) return pass(std::move(version.error()));
  return {};
}

bool lingers() {
  const auto answer = ask(Manager::system,
                          {"get-property", "org.freedesktop.login1", "/org/freedesktop/login1/user/self",
                           "org.freedesktop.login1.User", "Linger"},
                          kPatience);
  return answer.value_or("") == "b true\n";
}

}  // namespace memguard::cgroup

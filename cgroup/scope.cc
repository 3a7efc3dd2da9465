#include "cgroup/scope.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <pwd.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/pinned.h"
#include "cgroup/scope_name.h"

namespace memguard::cgroup {
namespace {

constexpr const char* kService = "org.freedesktop.systemd1";
constexpr const char* kPath = "/org/freedesktop/systemd1";
constexpr const char* kInterface = "org.freedesktop.systemd1.Manager";

struct CloseBus {
  void operator()(sd_bus* bus) const { ::sd_bus_flush_close_unref(bus); }
};
using Bus = std::unique_ptr<sd_bus, CloseBus>;
struct DropMessage {
  void operator()(sd_bus_message* message) const { ::sd_bus_message_unref(message); }
};
using Message = std::unique_ptr<sd_bus_message, DropMessage>;
struct DropSlot {
  void operator()(sd_bus_slot* slot) const { ::sd_bus_slot_unref(slot); }
};
using Slot = std::unique_ptr<sd_bus_slot, DropSlot>;

/// sd_bus_error with its destructor.
class BusError : Pinned {
 public:
  BusError() = default;
  ~BusError() { ::sd_bus_error_free(&error_); }
  [[nodiscard]] sd_bus_error* get() { return &error_; }
  [[nodiscard]] std::string text() const { return error_.message != nullptr ? error_.message : ""; }

 private:
  sd_bus_error error_ = SD_BUS_ERROR_NULL;
};

/// One place to find a manager at.
struct Address {
  std::string path;
  /// False for systemd's own socket, where no bus stands between: as systemctl uses it where there is no bus.
  bool is_bus = true;
};

std::vector<Address> addresses(Manager manager) {
  if (manager == Manager::system) return {{"/run/dbus/system_bus_socket", true}, {"/run/systemd/private", false}};
  std::vector<Address> all;
  const auto add = [&all](const std::string& runtime) {
    all.push_back({runtime + "/bus", true});
    all.push_back({runtime + "/systemd/private", false});
  };
  // Nobody changes the environment while this runs.
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");  // NOLINT(concurrency-mt-unsafe)
  if (runtime != nullptr && *runtime == '/') add(runtime);
  // Where the environment was stripped (cron, su, CI) or is another user's, the socket is still there.
  add(fmt::format("/run/user/{}", ::getuid()));
  return all;
}

std::uint64_t to_microseconds(Duration d) {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(d).count());
}

/// For sd_bus_wait, which wants the time that is left.
std::uint64_t monotonic_microseconds() { return to_microseconds(MonotonicClock::now().time_since_epoch()); }

struct Connection {
  Bus bus;
  bool is_bus = true;
};

/// A failed call of sd-bus, which answers with a negative errno, and what systemd said to it.
tl::unexpected<Error> bus_failure(std::string_view step, int code, const std::string& said = {}) {
  return fail(said.empty() ? std::string(step) : fmt::format("{} (systemd: {})", step, said), -code);
}

Result<Connection> connect(const Address& address, Duration patience) {
  sd_bus* raw = nullptr;
  if (const int code = ::sd_bus_new(&raw); code < 0) return bus_failure("make a D-Bus connection", code);
  Connection connection{Bus(raw), address.is_bus};
  ::sd_bus_set_method_call_timeout(raw, to_microseconds(patience));
  int code = ::sd_bus_set_address(raw, fmt::format("unix:path={}", address.path).c_str());
  if (code >= 0) code = ::sd_bus_set_bus_client(raw, address.is_bus ? 1 : 0);
  if (code >= 0) code = ::sd_bus_start(raw);
  if (code < 0) return bus_failure("connect to " + address.path, code);
  // A bus may be there without systemd on it (dbus-launch, a container).
  BusError error;
  char* version = nullptr;
  code = ::sd_bus_get_property_string(raw, kService, kPath, kInterface, "Version", error.get(), &version);
  std::free(version);  // NOLINT(cppcoreguidelines-no-malloc): sd-bus hands out malloc'ed text
  if (code < 0) return bus_failure("find systemd at " + address.path, code, error.text());
  return connection;
}

/// The first of the manager's addresses that answers; the error of the first, which is the one to be expected.
Result<Connection> connect(Manager manager, Duration patience) {
  std::optional<Error> first;
  for (const auto& address : addresses(manager)) {
    auto connection = connect(address, patience);
    if (connection) return connection;
    if (!first) first = std::move(connection.error());
  }
  return pass(std::move(*first));
}

/// Adds calls up; the first that fails is kept.
class Appending {
 public:
  explicit Appending(sd_bus_message* message) : message_(message) {}
  void text(const char* name, const char* value) { note(::sd_bus_message_append(message_, "(sv)", name, "s", value)); }
  void flag(const char* name, bool value) {
    note(::sd_bus_message_append(message_, "(sv)", name, "b", static_cast<int>(value)));
  }
  void microseconds(const char* name, std::uint64_t value) {
    note(::sd_bus_message_append(message_, "(sv)", name, "t", value));
  }
  void pids(const char* name, std::uint32_t pid) {
    note(::sd_bus_message_append(message_, "(sv)", name, "au", 1, pid));
  }
  void note(int code) { code_ = code_ < 0 ? code_ : code; }
  [[nodiscard]] int code() const { return code_; }

 private:
  sd_bus_message* message_;
  int code_ = 0;
};

/// StartTransientUnit(name, mode, properties, no auxiliary units): org.freedesktop.systemd1(5), systemd.scope(5).
Result<Message> scope_request(sd_bus* bus, const std::string& name, const std::string& slice, bool with_oom_policy) {
  sd_bus_message* raw = nullptr;
  int code = ::sd_bus_message_new_method_call(bus, &raw, kService, kPath, kInterface, "StartTransientUnit");
  if (code < 0) return bus_failure("make a D-Bus message", code);
  Message message(raw);
  Appending add(raw);
  add.note(::sd_bus_message_append(raw, "ss", name.c_str(), "fail"));
  add.note(::sd_bus_message_open_container(raw, 'a', "(sv)"));
  add.text("Description", "memguard: a build and its memory");
  if (!slice.empty()) add.text("Slice", slice.c_str());
  add.flag("Delegate", true);
  add.text("CollectMode", "inactive-or-failed");
  add.text("KillMode", "control-group");
  // Frozen processes with a handler do not see SIGTERM: the default of 90 s would hold up a shutdown.
  add.microseconds("TimeoutStopUSec", 10'000'000);
  // One killed job must not end the build.
  if (with_oom_policy) add.text("OOMPolicy", "continue");
  add.pids("PIDs", static_cast<std::uint32_t>(::getpid()));
  add.note(::sd_bus_message_close_container(raw));
  add.note(::sd_bus_message_append(raw, "a(sa(sv))", 0));
  if (add.code() < 0) return bus_failure("fill a D-Bus message", add.code());
  return message;
}

/// A job of systemd that we wait for.
struct Job {
  std::string path;
  /// "done", "failed", "timeout"... once it is over.
  std::string result;
};

/// JobRemoved(u id, o job, s unit, s result). All are kept: ours may end before we know its path.
int on_job_removed(sd_bus_message* message, void* data, sd_bus_error* /*error*/) {
  std::uint32_t id = 0;
  const char* path = nullptr;
  const char* unit = nullptr;
  const char* result = nullptr;
  if (::sd_bus_message_read(message, "uoss", &id, &path, &unit, &result) < 0) return 0;
  static_cast<std::vector<Job>*>(data)->push_back({path, result});
  return 0;
}

/// Sends the request; what comes back is the job's path.
Result<std::string> call(sd_bus* bus, sd_bus_message* request) {
  BusError error;
  sd_bus_message* raw = nullptr;
  const int code = ::sd_bus_call(bus, request, 0, error.get(), &raw);
  const Message reply(raw);
  if (code < 0) return bus_failure("start a scope", code, error.text());
  const char* path = nullptr;
  if (const int read = ::sd_bus_message_read(raw, "o", &path); read < 0)
    return bus_failure("read systemd's answer", read);
  return std::string(path);
}

/// Sends the request with OOMPolicy, which scopes know since 253, or else without.
Result<std::string> request_scope(sd_bus* bus, const std::string& name, const std::string& slice) {
  Result<std::string> job;
  for (const bool with_oom_policy : {true, false}) {
    auto request = scope_request(bus, name, slice, with_oom_policy);
    if (!request) return pass(std::move(request.error()));
    job = call(bus, request->get());
    if (job) return job;
  }
  return job;
}

/// The D-Bus object of a unit.
Result<std::string> unit_path(sd_bus* bus, const std::string& unit) {
  BusError error;
  sd_bus_message* raw = nullptr;
  const int code =
      ::sd_bus_call_method(bus, kService, kPath, kInterface, "GetUnit", error.get(), &raw, "s", unit.c_str());
  const Message reply(raw);
  const char* path = nullptr;
  if (code < 0 || ::sd_bus_message_read(raw, "o", &path) < 0)
    return bus_failure("find unit " + unit, code, error.text());
  return std::string(path);
}

/// Processes what the manager sends until `job` is over.
Status wait_for(sd_bus* bus, const std::string& job, const std::vector<Job>& ended, Duration patience) {
  const auto deadline = monotonic_microseconds() + to_microseconds(patience);
  while (true) {
    for (const auto& one : ended) {
      if (one.path != job) continue;
      if (one.result == "done") return {};
      return fail(fmt::format("start a scope: systemd's job ended as \"{}\"", one.result));
    }
    const int processed = ::sd_bus_process(bus, nullptr);
    if (processed < 0) return bus_failure("wait for systemd's job", processed);
    if (processed > 0) continue;
    const auto now = monotonic_microseconds();
    if (now >= deadline) return fail("wait for systemd's job", ETIMEDOUT);
    const int waited = ::sd_bus_wait(bus, deadline - now);
    if (waited < 0 && waited != -EINTR) return bus_failure("wait for systemd's job", waited);
  }
}

}  // namespace

Result<std::string> start_scope(const ScopeWishes& wishes) {
  auto connection = connect(wishes.manager, wishes.patience);
  if (!connection) return pass(std::move(connection.error()));
  sd_bus* bus = connection->bus.get();
  std::vector<Job> ended;
  sd_bus_slot* raw_slot = nullptr;
  // Without a bus between nobody has a name, the sender neither.
  const int code = ::sd_bus_match_signal(bus, &raw_slot, connection->is_bus ? kService : nullptr, kPath, kInterface,
                                         "JobRemoved", on_job_removed, &ended);
  const Slot slot(raw_slot);
  if (code < 0) return bus_failure("listen for systemd's jobs", code);
  const auto name = new_scope_name();
  const auto job = request_scope(bus, name, wishes.slice);
  if (!job) return pass(job.error());
  if (auto waited = wait_for(bus, *job, ended, wishes.patience); !waited) return pass(std::move(waited.error()));
  return name;
}

bool user_unit_delegates(const std::string& unit) {
  auto connection = connect(Manager::user, std::chrono::seconds(2));
  if (!connection) return false;
  const auto path = unit_path(connection->bus.get(), unit);
  if (!path) return false;
  const auto interface = std::string("org.freedesktop.systemd1.") + (unit.ends_with(".scope") ? "Scope" : "Service");
  BusError error;
  int delegates = 0;
  const int code = ::sd_bus_get_property_trivial(connection->bus.get(), kService, path->c_str(), interface.c_str(),
                                                 "Delegate", error.get(), 'b', &delegates);
  return code >= 0 && delegates != 0;
}

Status check_manager(Manager manager) {
  auto connection = connect(manager, std::chrono::seconds(5));
  if (!connection) return pass(std::move(connection.error()));
  return {};
}

bool lingers() {
  std::array<char, 4096> buffer{};
  struct passwd entry {};
  struct passwd* found = nullptr;
  if (::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return false;
  return ::access(fmt::format("/var/lib/systemd/linger/{}", found->pw_name).c_str(), F_OK) == 0;
}

}  // namespace memguard::cgroup

// A whole supervisor, which is a child of the test. The test is the front and the build tool: it lays execs before the
// supervisor. No job compiles anything: each is a process that waits, or works for ever.
#pragma once

#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/io.h"
#include "status/ask.h"
#include "status/folder.h"
#include "supervisor/restart/shims.h"
#include "supervisor/supervisor.h"
#include "temporary_folder.h"
#include "waiting_child.h"
#include "waiting_exec.h"

namespace memguard::supervisor {

class WholeSupervisor : public testing::Test {
 public:
 protected:
  static constexpr Bytes kWall{std::int64_t{4} << 30U};
  static constexpr Bytes kLittle{std::int64_t{1} << 20U};
  // Two do not fit.
  static constexpr Bytes kMostOfIt{std::int64_t{3} << 30U};
  // Until a test is given up.
  static constexpr Duration kPatience = std::chrono::seconds(60);

  WholeSupervisor() {
    area_.highest_limit = area_.wall = kWall;
    socket_ = status::RunSocket::create(variables_, {::getpid(), 1}).value();
    parts_.status_listener = socket_.listener();
    parts_.shim_listener = shims_.get();
    expect_of_each(kLittle);
  }
  ~WholeSupervisor() override { kill_supervisor(); }

  // What the user has said that a job needs.
  void expect_of_each(Bytes memory) {
    config::Rule rule;
    rule.memory = config::Size{.fraction = 0, .bytes = memory};
    config_.rules = {rule};
  }
  void start_supervisor() {
    supervisor_ = ::fork();
    if (supervisor_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::_exit(run_supervisor(parts_));
  }
  void kill_supervisor() {
    if (supervisor_ <= 0) return;
    ::kill(supervisor_, SIGKILL);
    (void)end_of_supervisor();
  }
  int end_of_supervisor() {
    int status = 0;
    ::waitpid(std::exchange(supervisor_, 0), &status, 0);
    return status;
  }
  void while_supervisor_is_stopped(const std::function<void()>& body) const {
    ::kill(supervisor_, SIGSTOP);
    until([&] { return is_stopped(supervisor_); });
    body();
    ::kill(supervisor_, SIGCONT);
  }
  // One dies and the next has decided something.
  void replace_supervisor() {
    kill_supervisor();
    const std::uint64_t before = area_.decisions;
    start_supervisor();
    until([&] { return area_.decisions > before; });
  }

  GateSlot& ask(GateSlot& slot) {
    slot.facts.job_class = config::kRustc;
    slot.facts.program.set("rustc");
    slot.state = SlotState::asked;
    wake();
    return slot;
  }
  GateSlot& arrives(const proc::Identity& process) {
    GateSlot& slot = next_slot();
    slot.facts = {};
    slot.facts.process = process;
    return ask(slot);
  }
  GateSlot& next_slot() { return area_.slots.at(slots_used_++); }
  void wake() const { EXPECT_EQ(::eventfd_write(wake_.get(), 1), 0); }
  // Null until the supervisor has taken it in.
  JobRecord* record_of(const proc::Identity& process) {
    for (JobRecord& record : area_.jobs()) {
      if (record.process == process) return &record;
    }
    return nullptr;
  }
  JobRecord& reaches(JobPhase phase, const proc::Identity& process) {
    until([&] {
      const JobRecord* record = record_of(process);
      return record != nullptr && record->phase == phase;
    });
    return *record_of(process);
  }
  JobRecord& runs(const proc::Identity& process) {
    (void)arrives(process);
    return reaches(JobPhase::running, process);
  }
  static void until(const std::function<bool()>& holds) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!holds()) {
      if (std::chrono::steady_clock::now() >= end) throw std::runtime_error("what is waited for does not come");
      std::this_thread::yield();
    }
  }
  static void is_answered(const GateSlot& slot) {
    until([&] { return slot.state == SlotState::empty; });
  }
  static bool is_stopped(pid_t pid) { return proc::read_stat(pid).value().state == 'T'; }

  // What the supervisor says that it has done, or why not.
  std::string ask_for(status::Request::Kind kind, const JobRecord& job) {
    for (auto& run : status::find_runs(variables_)) {
      if (run.pid != ::getpid()) continue;
      const auto reply = status::Line(std::move(run.socket)).ask({kind, job.id, {}}, kPatience);
      return reply ? std::get<status::Done>(*reply).what : reply.error().text();
    }
    return "no supervisor listens";
  }

  TemporaryFolder folder_;
  const status::Variables variables_{{"XDG_RUNTIME_DIR", folder_.path()}};
  const std::vector<std::string> command_{"make"};
  const RunLimit limit_{.wall = kWall, .swap = {}, .keep_free = {}, .origin = {}, .remarks = {}};
  const history::Remembered remembered_{};
  const cgroup::Home home_{};
  config::Config config_;
  SharedArea& area_ = *SharedArea::create(std::size_t{1} << 10U).value();
  const UniqueFd wake_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  // Answers go nowhere: what is no listener refuses them.
  const UniqueFd no_listener_{open_at(AT_FDCWD, "/dev/null", O_RDWR).value()};
  // Another one for each test: what a shim of the last one started may still have its socket.
  const std::string run_id_ = std::to_string(::getpid()) + ":" + folder_.path().substr(folder_.path().rfind('-'));
  const UniqueFd shims_ = listen_for_shims(run_id_).value();
  status::RunSocket socket_;
  SupervisorParts parts_{.area = area_,
                         .home = home_,
                         .limit = limit_,
                         .gate = {no_listener_.get(), false},
                         .wake_fd = wake_.get(),
                         .front = ::getpid(),
                         .config = config_,
                         .remembered = remembered_,
                         .command = command_};

 private:
  pid_t supervisor_ = 0;
  std::size_t slots_used_ = 0;
};

// Beside a job that works, so that nobody takes the build for stuck.
class BesideWork : public WholeSupervisor {
 protected:
  BesideWork() {
    start_supervisor();
    (void)runs(works_.identity());
  }
  JobRecord& freeze(const proc::Identity& process) {
    JobRecord& record = runs(process);
    EXPECT_THAT(ask_for(status::Request::Kind::freeze, record), testing::EndsWith(" was frozen until it is let go"));
    EXPECT_EQ(record.phase, JobPhase::frozen);
    until([&] { return is_stopped(process.pid); });
    return record;
  }
  void thaw(const JobRecord& record) {
    EXPECT_THAT(ask_for(status::Request::Kind::let_go, record), testing::EndsWith(" was let go"));
    until([&] { return !is_stopped(record.process.pid); });
    EXPECT_EQ(record.phase, JobPhase::running);
    EXPECT_GT(record.frozen, Duration{});
  }

  const WaitingChild works_{[] { (void)::execl("/bin/sh", "sh", "-c", "while :; do :; done", nullptr); }};
};

// A real exec, which the kernel announces. It is held because another job has the memory.
class HeldExec : public WholeSupervisor {
 protected:
  void SetUp() override {
    if (!GatedChild::possible()) GTEST_SKIP() << "SKIP: needs seccomp notification (Linux 5.5)";
    expect_of_each(kMostOfIt);
  }
  // With `wait_killable` its program is there, and stopped.
  JobRecord& hold(bool wait_killable) {
    parts_.gate = {exec_.listener(), wait_killable};
    start_supervisor();
    (void)runs(first_.identity());
    exec_.receive_into(slot_);
    (void)ask(slot_);
    JobRecord& record = reaches(JobPhase::held, exec_.identity());
    if (wait_killable) until([&] { return record.hold_done && is_stopped(exec_.pid()); });
    return record;
  }
  // When there is memory for it.
  void expect_let_go() {
    first_.end();
    (void)reaches(JobPhase::running, exec_.identity());
    until([&] { return exec_.is_done() && !is_stopped(exec_.pid()); });
    is_answered(slot_);
  }

  WaitingChild first_;
  WaitingExec exec_;
  GateSlot& slot_ = next_slot();
};

}  // namespace memguard::supervisor

// The supervisor's side with a real shim, whose compiler is a script. This process is the front.

#include "supervisor/restart/restarter.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>

#include "fake_cgroup_dir.h"
#include "temporary_folder.h"

namespace memguard::supervisor {
namespace {

namespace fs = std::filesystem;

class RestarterOf : public testing::Test {
 public:
 protected:
  RestarterOf() {
    // The compiler and something it started, whose pids it tells; it ends when it is told to.
    script("sleep 1000 2>&- & echo $! >&2; echo $$ >&2; read go <fifo; exit 3");
    ::mkfifo((folder_ / "fifo").c_str(), 0600);
    completions_ = loop_.on_readable(worker_->completed_fd(), [this] { worker_->run_completions(); }).value();
  }
  ~RestarterOf() override {
    if (shim_ > 0) end_shim();
    // What the compiler left behind.
    for (const auto& process : started_) {
      if (proc::alive(process)) ::kill(process.pid, SIGKILL);
    }
    worker_.reset();
  }

  void script(const std::string& text) {
    std::ofstream(folder_ / "rustc") << "#!/bin/sh\ncd '" << folder_.string() << "'\n" << text << "\n";
    fs::permissions(folder_ / "rustc", fs::perms::owner_all);
  }

  std::unique_ptr<Restarter> supervisor() {
    auto restarter = std::make_unique<Restarter>(
        Restarter::Parts{area_, home_, loop_, jobs_, *worker_, listener_.get(), ::getpid()},
        [this](policy::JobId id) { end_job(id); }, [this](const JobRecord&, bool again) { told_.push_back(again); });
    restarter_ = restarter.get();
    EXPECT_TRUE(restarter->watch());
    return restarter;
  }
  void end_job(policy::JobId id) {
    outcomes_.push_back(restarter_->outcome_of(*jobs_.find(id)));
    jobs_.remove(id, outcomes_.back(), area_.build_time());
    if (stop_when_one_ends_) loop_.stop();
  }

  void start_shim() {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    err_ = UniqueFd(ends[0]);
    const UniqueFd writes(ends[1]);
    shim_ = ::fork();
    if (shim_ != 0) return;
    ::dup2(writes.get(), STDERR_FILENO);
    ::setenv("MEMGUARD_RUN", run_id_.c_str(), 1);
    ::execl(MEMGUARD_SHIM_FILE, "memguard-shim", (folder_ / "rustc").c_str(), "a.rs", nullptr);
    ::_exit(125);
  }
  // Its wait status, when it has ended by itself: the loop runs until then.
  int shim_ends() {
    const UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, shim_, 0)));
    const auto watch = loop_.on_readable(pidfd.get(), [this] { loop_.stop(); }).value();
    EXPECT_TRUE(loop_.run());
    int status = 0;
    ::waitpid(std::exchange(shim_, 0), &status, 0);
    return status;
  }
  void end_shim() {
    ::kill(shim_, SIGKILL);
    ::waitpid(shim_, nullptr, 0);
  }

  // The two processes of a compiler that has just been started.
  std::vector<proc::Identity> compiler_starts() {
    const auto helper = said();
    const auto compiler = said();
    started_.insert(started_.end(), {helper, compiler});
    return {helper, compiler};
  }
  LiveJob* take_in(const proc::Identity& compiler) {
    ExecFacts facts{};
    facts.process = compiler;
    const auto kin = restarter_->kin_of_new(compiler, nullptr);
    LiveJob* job = jobs_.add(facts, kin.family.value_or(jobs_.new_family()), area_.build_time());
    job->record->phase = JobPhase::running;
    restarter_->joined(*job, kin.shim);
    return job;
  }
  // Calls `handler` when the shim's compiler says something.
  std::unique_ptr<EventLoop::Source> on_start(const EventLoop::Handler& handler) {
    return loop_.on_readable(err_.get(), handler).value();
  }

  SharedArea& area_ = *SharedArea::create().value();
  cgroup::Home home_;
  EventLoop loop_ = EventLoop::create().value();
  LiveJobs jobs_{area_};
  std::unique_ptr<Worker> worker_ = Worker::start().value();
  std::unique_ptr<EventLoop::Source> completions_;
  std::string run_id_ = std::to_string(::getpid()) + ":restarter";
  UniqueFd listener_ = listen_for_shims(run_id_).value();
  Restarter* restarter_ = nullptr;
  std::vector<report::Outcome> outcomes_;
  std::vector<bool> told_;
  bool stop_when_one_ends_ = false;
  pid_t shim_ = 0;
  TemporaryFolder temporary_;
  fs::path folder_ = temporary_.path();

 private:
  proc::Identity said() {
    std::string line;
    char c = 0;
    while (::read(err_.get(), &c, 1) == 1 && c != '\n') line += c;
    const auto pid = static_cast<pid_t>(std::atoi(line.c_str()));  // NOLINT(cert-err34-c): 0 is no process
    const auto stat = proc::read_stat(pid);
    EXPECT_TRUE(stat) << line;
    return {pid, stat ? stat->start_ticks : 0};
  }
  UniqueFd err_;
  std::vector<proc::Identity> started_;
};

TEST_F(RestarterOf, ACompilerBelowAConnectedShimIsRestartable) {
  const auto restarter = supervisor();
  start_shim();
  const LiveJob* job = take_in(compiler_starts()[1]);
  EXPECT_EQ(job->record->shim.pid, shim_);
  EXPECT_TRUE(restarter->restartable(*job));
  policy::Observation observation;
  observation.jobs.push_back({.id = job->id, .family = job->family()});
  restarter->complete(observation);
  EXPECT_TRUE(observation.jobs[0].restartable);
}

// The compiler stands for a driver, and what it started for its linker.
TEST_F(RestarterOf, WhatTheDriverOfAHeldJobHasIsTold) {
  const auto restarter = supervisor();
  start_shim();
  const auto started = compiler_starts();
  LiveJob* link = take_in(started[0]);
  const auto told = [&] {
    policy::Observation observation;
    observation.jobs.push_back({.id = link->id, .family = link->family()});
    link->starter_memory.reset();
    restarter->complete(observation);
    return observation.jobs[0].starter_memory;
  };
  EXPECT_EQ(told(), Bytes{}) << "it runs";
  link->record->phase = JobPhase::held;
  EXPECT_GT(told(), Bytes{});
  LiveJob* driver = take_in(started[1]);
  EXPECT_EQ(told(), Bytes{}) << "the driver is a job itself";
  driver->exempt = true;
  EXPECT_GT(told(), Bytes{}) << "it was one for its size, and is let go";
  end_job(driver->id);
  EXPECT_EQ(told(), Bytes{}) << "work would be thrown away";
}

TEST_F(RestarterOf, AProcessWithoutAShimIsNot) {
  const auto restarter = supervisor();
  start_shim();
  const auto compiler = compiler_starts()[1];
  // The shim itself is above no shim, and what is beside it neither.
  EXPECT_EQ(restarter->kin_of_new({::getpid(), proc::read_stat(::getpid())->start_ticks}, nullptr).shim.pid, 0);
  const LiveJob* job = take_in(compiler);
  EXPECT_EQ(restarter->kin_of_new(compiler, job).family, job->family());
}

TEST_F(RestarterOf, AnEvictedFamilyDiesAsAWholeAndComesBackWithItsAge) {
  const auto restarter = supervisor();
  start_shim();
  const auto old = compiler_starts();
  const LiveJob* job = take_in(old[1]);
  const auto family = job->family();
  restarter->evict(family, /*stays_away=*/false);
  const LiveJob* again = nullptr;
  std::unique_ptr<EventLoop::Source> watch = on_start([&] {
    EXPECT_FALSE(proc::alive(old[0]));
    EXPECT_FALSE(proc::alive(old[1]));
    again = take_in(compiler_starts()[1]);
    watch.reset();
    std::ofstream(folder_ / "fifo") << "\n";
  });
  const int status = shim_ends();
  EXPECT_EQ(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 3);
  EXPECT_THAT(outcomes_, testing::ElementsAre(report::Outcome::evicted));
  EXPECT_THAT(told_, testing::ElementsAre(true));
  EXPECT_EQ(area_.totals.evicted, 1);
  EXPECT_EQ(area_.totals.restarted, 1);
  EXPECT_EQ(again->family(), family);
  EXPECT_EQ(again->record->start_number, 1);
}

TEST_F(RestarterOf, AFamilyThatStaysAwayComesBackWhenItIsLet) {
  const auto restarter = supervisor();
  start_shim();
  const auto old = compiler_starts();
  const LiveJob* job = take_in(old[1]);
  const auto family = job->family();
  restarter->evict(family, /*stays_away=*/true);
  // By then its shim has asked.
  stop_when_one_ends_ = true;
  ASSERT_TRUE(loop_.run());
  worker_->drain();
  EXPECT_THAT(told_, testing::IsEmpty());
  restarter->let_back({family});
  EXPECT_THAT(told_, testing::ElementsAre(true));
  EXPECT_EQ(take_in(compiler_starts()[1])->family(), family);
}

TEST_F(RestarterOf, APlainKillIsPassedOn) {
  const auto restarter = supervisor();
  start_shim();
  const auto compiler = compiler_starts();
  take_in(compiler[1]);
  ::kill(compiler[1].pid, SIGKILL);
  ::kill(compiler[0].pid, SIGKILL);
  const int status = shim_ends();
  EXPECT_EQ(WIFSIGNALED(status) ? WTERMSIG(status) : 0, SIGKILL);
  EXPECT_THAT(outcomes_, testing::ElementsAre(report::Outcome::killed));
  EXPECT_TRUE(told_.empty());
  EXPECT_EQ(area_.totals.lost, 0);
}

TEST_F(RestarterOf, WhatWeKillAtTheEndIsNobodyElsesDoing) {
  const auto restarter = supervisor();
  start_shim();
  const auto compiler = compiler_starts();
  const JobRecord& record = *take_in(compiler[1])->record;
  area_.killing = true;
  ::kill(compiler[1].pid, SIGKILL);
  ::kill(compiler[0].pid, SIGKILL);
  EXPECT_TRUE(WIFSIGNALED(shim_ends()));
  EXPECT_THAT(outcomes_, testing::ElementsAre(report::Outcome::killed));
  EXPECT_EQ(record.killer, report::Killer::memguard);
}

TEST_F(RestarterOf, WhatMemoryEndsAfterTheUsersSignalIsNotLost) {
  cgroup::FakeTree tree;
  home_.tier = cgroup::Tier::full;
  home_.build = cgroup::Group(tree.open());
  EXPECT_TRUE(home_.build->enable_controller("memory"));
  home_.main = home_.build->make("main").value();
  const auto restarter = supervisor();
  start_shim();
  const auto compiler = compiler_starts();
  const LiveJob* job = take_in(compiler[1]);
  const JobRecord& record = *job->record;
  tree.set_text("main", "memory.events", "low 0\nhigh 0\nmax 0\noom 1\noom_kill 1\n");
  area_.interrupted = area_.ending = true;
  for (const auto& process : {compiler[1], compiler[0]}) {
    ::kill(process.pid, SIGKILL);
    while (proc::alive(process)) ::sched_yield();
  }
  end_job(job->id);
  EXPECT_TRUE(WIFSIGNALED(shim_ends()));
  EXPECT_THAT(outcomes_, testing::ElementsAre(report::Outcome::killed));
  EXPECT_EQ(record.killer, report::Killer::outside);
}

TEST_F(RestarterOf, WhatOneSupervisorBeganToEvictTheNextOneEnds) {
  start_shim();
  std::vector<proc::Identity> old;
  {
    const auto first = supervisor();
    old = compiler_starts();
    const LiveJob* job = take_in(old[1]);
    // It died after it had written down what it was about to do.
    job->record->evicted = true;
  }
  const auto second = supervisor();
  const auto watch = on_start([this] { loop_.stop(); });
  ASSERT_TRUE(loop_.run());
  compiler_starts();
  EXPECT_FALSE(proc::alive(old[1]));
  EXPECT_THAT(told_, testing::ElementsAre(true));
}

// The kernel had killed its linker; before the rest of the family is killed, it is stopped.
TEST_F(RestarterOf, WhatOneSupervisorBeganToKillTheNextOneEnds) {
  start_shim();
  std::vector<proc::Identity> old;
  {
    const auto first = supervisor();
    old = compiler_starts();
    take_in(old[1])->record->being_killed = true;
    for (const auto& process : old) ::kill(process.pid, SIGSTOP);
  }
  const auto second = supervisor();
  EXPECT_TRUE(WIFSIGNALED(shim_ends()));
  for (const auto& process : old) {
    while (proc::alive(process)) ::sched_yield();
  }
}

TEST_F(RestarterOf, WhenTheBuildEndsNothingIsStartedAgain) {
  const auto restarter = supervisor();
  start_shim();
  const auto compiler = compiler_starts();
  take_in(compiler[1]);
  area_.ending = true;
  restarter->evict(jobs_.all().front().family(), /*stays_away=*/false);
  EXPECT_TRUE(WIFSIGNALED(shim_ends()));
}

TEST_F(RestarterOf, WhoIsNotBelowTheFrontIsNoShim) {
  // As if another process were the front.
  Shims shims(loop_, listener_.get(), std::numeric_limits<pid_t>::max(), [](const proc::Identity&) {});
  start_shim();
  const auto compiler = compiler_starts()[1];
  shims.accept_all();
  EXPECT_EQ(shims.above(compiler.pid).pid, 0);
  restarter_ = nullptr;
}

}  // namespace
}  // namespace memguard::supervisor

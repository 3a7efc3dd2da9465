#include "supervisor/loop/worker.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>

#include "supervisor/loop/event_loop.h"

namespace memguard::supervisor {
namespace {

TEST(Worker, RunsTasksInOrderAndTheirCompletionsOnTheLoop) {
  auto loop = EventLoop::create().value();
  const auto worker = Worker::start().value();
  std::vector<std::string> log;
  const auto owner = std::this_thread::get_id();
  const auto source = loop.on_readable(worker->completed_fd(), [&] { worker->run_completions(); }).value();
  for (const char* name : {"a", "b", "c"}) {
    worker->post([&, name]() -> Worker::Completion {
      EXPECT_NE(std::this_thread::get_id(), owner);
      return [&, name] {
        EXPECT_EQ(std::this_thread::get_id(), owner);
        log.emplace_back(name);
        if (log.size() == 3) loop.stop();
      };
    });
  }
  ASSERT_TRUE(loop.run());
  EXPECT_EQ(log, (std::vector<std::string>{"a", "b", "c"}));
}

// What runs while the worker is kept busy by a first task, in its order.
class BusyWorker : public testing::Test {
 protected:
  BusyWorker() {
    worker_->post([this]() -> Worker::Completion {
      go_.wait(false);
      return {};
    });
  }
  Worker::Task noting(const char* name) {
    return [this, name]() -> Worker::Completion {
      log_.emplace_back(name);
      return {};
    };
  }
  std::vector<std::string> run() {
    go_ = true;
    go_.notify_one();
    worker_.reset();
    return log_;
  }

  std::atomic<bool> go_ = false;
  std::vector<std::string> log_;
  std::unique_ptr<Worker> worker_ = Worker::start().value();
};

TEST_F(BusyWorker, RunsUrgentTasksBeforePatientOnesInTheirOrder) {
  worker_->post_patient(noting("hold 1"));
  worker_->post_patient(noting("hold 2"));
  worker_->post_urgent(noting("freeze 3"));
  worker_->post_urgent(noting("freeze 4"));
  EXPECT_EQ(run(), (std::vector<std::string>{"freeze 3", "freeze 4", "hold 1", "hold 2"}));
}

TEST_F(BusyWorker, RunsNothingBeforeWhatWasPostedEarlierAndIsNotPatient) {
  worker_->post_patient(noting("hold 1"));
  worker_->post(noting("thaw 2"));
  worker_->post_patient(noting("hold 3"));
  worker_->post_urgent(noting("freeze 2"));
  EXPECT_EQ(run(), (std::vector<std::string>{"hold 1", "thaw 2", "freeze 2", "hold 3"}));
}

// The last job of a build was held, and its exec failed: the front sees the build's end before the worker is done.
TEST(Worker, DrainsTasksAndTheirCompletionsWithoutTheLoop) {
  const auto worker = Worker::start().value();
  int told = 0;
  for (int i = 0; i < 2; ++i) {
    worker->post([&]() -> Worker::Completion {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      return [&] { ++told; };
    });
  }
  worker->drain();
  EXPECT_EQ(told, 2);
  worker->drain();
  EXPECT_EQ(told, 2);
}

TEST(Worker, DrainsWhatACompletionPostedTheNextTime) {
  const auto worker = Worker::start().value();
  std::vector<std::string> log;
  Worker::Completion second = [&] { log.emplace_back("second"); };
  Worker::Completion first = [&] {
    log.emplace_back("first");
    worker->post([&] { return second; });
  };
  worker->post([&] { return first; });
  worker->drain();
  EXPECT_EQ(log, (std::vector<std::string>{"first"}));
  worker->drain();
  EXPECT_EQ(log, (std::vector<std::string>{"first", "second"}));
}

TEST(Worker, FinishesWhatWasPostedBeforeItEnds) {
  std::atomic<int> done = 0;
  {
    const auto worker = Worker::start().value();
    for (int i = 0; i < 100; ++i) {
      worker->post([&]() -> Worker::Completion {
        ++done;
        return {};
      });
    }
  }
  EXPECT_EQ(done, 100);
}

// As a user who may start nothing more: in a child, whose limit it is.
TEST(Worker, WithoutAThreadRunsEachTaskWhereItIsPosted) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    // The sanitizers use address space of their own, but no processes.
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_NPROC, &none);
    if (::geteuid() == 0 && ::setuid(65533) != 0) ::_exit(4);
    const auto worker = Worker::start();
    if (!worker || (*worker)->has_thread()) ::_exit(1);
    int ran = 0;
    (*worker)->post([&ran]() -> Worker::Completion {
      ++ran;
      return [&ran] { ++ran; };
    });
    if (ran != 1) ::_exit(2);
    (*worker)->run_completions();
    ::_exit(ran == 2 ? 0 : 3);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST(EventLoop, ATimerFiresOnceAndAgainWhenStartedAnew) {
  auto loop = EventLoop::create().value();
  int fired = 0;
  std::unique_ptr<EventLoop::Source> timer;
  timer = loop.on_timer(Duration{},
                        [&] {
                          if (++fired == 3) return loop.stop();
                          EXPECT_TRUE(loop.start_timer(*timer, Duration{}));
                        })
              .value();
  ASSERT_TRUE(loop.run());
  EXPECT_EQ(fired, 3);
}

TEST(EventLoop, ASourceMayBeDroppedInItsOwnHandler) {
  auto loop = EventLoop::create().value();
  std::unique_ptr<EventLoop::Source> timer;
  timer = loop.on_timer(Duration{},
                        [&] {
                          timer.reset();
                          loop.stop();
                        })
              .value();
  EXPECT_TRUE(loop.run());
}

}  // namespace
}  // namespace memguard::supervisor

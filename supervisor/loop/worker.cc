#include "supervisor/loop/worker.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace memguard::supervisor {

Result<std::unique_ptr<Worker>> Worker::start() {
  UniqueFd completed(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!completed) return fail_errno("make an eventfd");
  std::unique_ptr<Worker> worker(new Worker(std::move(completed)));
  worker->start_thread();
  return worker;
}

Worker::Worker(UniqueFd completed_fd) : completed_fd_(std::move(completed_fd)) {}

// EAGAIN: RLIMIT_NPROC, RLIMIT_AS, pids.max.
void Worker::start_thread() try {
  thread_ = std::thread([this] { work(); });
} catch (const std::system_error&) {}

Worker::~Worker() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  if (has_thread()) thread_.join();
}

bool Worker::done_at_once(Task& task) {
  if (has_thread()) return false;
  if (auto completion = task()) {
    completions_.push_back(std::move(completion));
    (void)::eventfd_write(completed_fd_.get(), 1);
  }
  return true;
}

void Worker::post(Task task) {
  if (done_at_once(task)) return;
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back({std::move(task)});
  }
  wake_.notify_one();
}

void Worker::post_patient(Task task) {
  if (done_at_once(task)) return;
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back({std::move(task), /*patient=*/true});
  }
  wake_.notify_one();
}

void Worker::post_urgent(Task task) {
  if (done_at_once(task)) return;
  {
    const std::lock_guard lock(mutex_);
    const auto last = std::find_if_not(tasks_.rbegin(), tasks_.rend(), [](const Posted& p) { return p.patient; });
    tasks_.insert(last.base(), {std::move(task)});
  }
  wake_.notify_one();
}

void Worker::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return ending_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    const Task task = std::move(tasks_.front().task);
    tasks_.pop_front();
    works_ = true;
    lock.unlock();
    Completion completion = task();
    lock.lock();
    works_ = false;
    completions_.push_back(std::move(completion));
    (void)::eventfd_write(completed_fd_.get(), 1);
    idle_.notify_one();
  }
}

void Worker::drain() {
  {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return tasks_.empty() && !works_; });
  }
  run_completions();
}

void Worker::run_completions() {
  eventfd_t count = 0;
  (void)::eventfd_read(completed_fd_.get(), &count);
  std::vector<Completion> ready;
  {
    const std::lock_guard lock(mutex_);
    ready.swap(completions_);
  }
  for (const Completion& completion : ready) {
    if (completion) completion();
  }
}

}  // namespace memguard::supervisor

// A thread for what may sleep: moving processes waits for RCU grace periods, lowering memory.high reclaims.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "base/pinned.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace memguard::supervisor {

/// Runs tasks one after the other on a thread of its own, in the order they were posted but for urgent ones; what each
/// returns runs afterwards on the owner's loop. Where no thread may be started (RLIMIT_NPROC, RLIMIT_AS, pids.max) each
/// task runs where it is posted, and the poster waits for it.
class Worker : Pinned {
 public:
  /// What to do on the loop when a task is done.
  using Completion = std::function<void()>;
  using Task = std::function<Completion()>;

  /// Errors: no eventfd(2). A thread that may not be started is none (has_thread).
  [[nodiscard]] static Result<std::unique_ptr<Worker>> start();
  /// Finishes every task posted so far; their completions are dropped.
  ~Worker();

  /// False: none could be started, and each task runs where it is posted.
  [[nodiscard]] bool has_thread() const { return thread_.joinable(); }
  /// With a thread it never blocks, as the next two.
  void post(Task task);
  /// A task that urgent ones may overtake: nobody loses by its wait.
  void post_patient(Task task);
  /// Runs before the patient tasks at the end of the queue, and after all others that were posted before.
  void post_urgent(Task task);
  /// Readable when completions wait.
  [[nodiscard]] int completed_fd() const { return completed_fd_.get(); }
  /// Runs the completions that wait. Call on the loop's thread.
  void run_completions();
  /// Waits until all that was posted is done, and runs the completions. What these post is not waited for. Call on the
  /// loop's thread, where nothing else may be late: at the end of a run.
  void drain();

 private:
  struct Posted {
    Task task;
    bool patient = false;
  };

  explicit Worker(UniqueFd completed_fd);
  void start_thread();
  /// Without a thread: runs it.
  [[nodiscard]] bool done_at_once(Task& task);
  void work();

  UniqueFd completed_fd_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable idle_;
  std::deque<Posted> tasks_;
  std::vector<Completion> completions_;
  bool works_ = false;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace memguard::supervisor

// A door that threads of a test wait at.
#pragma once

#include <condition_variable>
#include <mutex>

namespace memguard {

/// Closed until it is opened.
class Door {
 public:
  /// Waits until it is open.
  void pass() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

}  // namespace memguard

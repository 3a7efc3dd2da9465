#include "supervisor/intake/aside.h"

#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "supervisor/intake/small_thread.h"

namespace memguard::supervisor {

// A thread and what it is to do. Shared by both sides, so that whoever is left last ends it.
class Aside::Hand {
 public:
  explicit Hand(std::shared_ptr<std::atomic<std::size_t>> hanging) : hanging_(std::move(hanging)) {}

  // False when it was given up.
  [[nodiscard]] bool do_within(std::function<void()> work, Duration patience) {
    std::unique_lock lock(mutex_);
    work_ = std::move(work);
    changed_.notify_one();
    if (changed_.wait_for(lock, patience, [this] { return !work_; })) return true;
    given_up_ = true;
    ++*hanging_;
    return false;
  }

  void dismiss() {
    const std::lock_guard lock(mutex_);
    dismissed_ = true;
    changed_.notify_one();
  }

  // The thread's life.
  void serve() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return work_ || dismissed_; });
      if (!work_) return;
      lock.unlock();
      work_();
      lock.lock();
      work_ = nullptr;
      if (given_up_) break;
      changed_.notify_one();
    }
    --*hanging_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> work_;
  bool given_up_ = false;
  bool dismissed_ = false;
  std::shared_ptr<std::atomic<std::size_t>> hanging_;
};

Aside::Aside() = default;

Aside::~Aside() {
  if (hand_ && process_ == ::getpid()) hand_->dismiss();
}

bool Aside::find_hand() {
  if (process_ != ::getpid()) {
    // The thread was the parent's. It owned its hand too, so that this ends nothing.
    hand_ = nullptr;
    hanging_ = std::make_shared<std::atomic<std::size_t>>(0);
    process_ = ::getpid();
  }
  if (hand_) return true;
  auto hand = std::make_shared<Hand>(hanging_);
  if (!start_small_thread([hand] { hand->serve(); })) return false;
  hand_ = std::move(hand);
  return true;
}

bool Aside::run(std::function<void()> work, Duration patience) {
  if (process_ == ::getpid() && *hanging_ >= kMostHanging) return false;
  if (!find_hand()) {
    work();
    return true;
  }
  if (hand_->do_within(std::move(work), patience_beside(*hanging_, patience))) return true;
  hand_ = nullptr;
  return false;
}

Aside& aside() {
  static Aside one;
  return one;
}

}  // namespace memguard::supervisor

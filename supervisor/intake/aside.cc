#include "supervisor/intake/aside.h"

#include <malloc.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <utility>

namespace memguard::supervisor {
namespace {

constexpr std::size_t kMostHanging = 32;
constexpr Duration kLeastPatience = std::chrono::milliseconds(5);
// Paths and a few small files lie on it; what is longer is on the heap.
constexpr std::size_t kStack = std::size_t{256} << 10U;

Duration patience_beside(std::size_t hanging, Duration patience) {
  for (std::size_t i = 0; i < hanging && patience > kLeastPatience; ++i) patience /= 2;
  return std::max(patience, kLeastPatience);
}

}  // namespace

// A thread and what it is to do. Shared by both sides, so that whoever is left last ends it.
class Aside::Hand {
 public:
  explicit Hand(std::shared_ptr<std::atomic<std::size_t>> hanging) : hanging_(std::move(hanging)) {}

  // False when no thread is to be had.
  [[nodiscard]] static bool start(const std::shared_ptr<Hand>& hand) {
    // All threads in one arena: another reserves 64 MiB of address space, which `ulimit -v` may not give.
    (void)::mallopt(M_ARENA_MAX, 1);
    pthread_attr_t attributes;
    if (::pthread_attr_init(&attributes) != 0) return false;
    (void)::pthread_attr_setstacksize(&attributes, kStack);
    (void)::pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    auto* own = new std::shared_ptr<Hand>(hand);  // NOLINT(cppcoreguidelines-owning-memory): the thread takes it
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    (void)::pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread{};
    const int failed = ::pthread_create(&thread, &attributes, &Hand::begin, own);
    (void)::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    ::pthread_attr_destroy(&attributes);
    if (failed != 0) delete own;  // NOLINT(cppcoreguidelines-owning-memory)
    return failed == 0;
  }

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

 private:
  static void* begin(void* own) {
    const std::unique_ptr<std::shared_ptr<Hand>> hand(static_cast<std::shared_ptr<Hand>*>(own));
    (*hand)->serve();
    return nullptr;
  }

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
  if (!Hand::start(hand)) return false;
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

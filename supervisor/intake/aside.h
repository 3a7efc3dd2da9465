// What may never return, done on a thread that can be given up.
//
// A build can keep whoever reads its processes' memory or its files waiting for ever: by a page of a userfaultfd that
// is not supplied, by a file system that a process of the build serves. Such a wait ends by SIGKILL alone (mm/gup.c and
// fs/userfaultfd.c sleep killable, not interruptible), which no thread of ours can be sent without its process. So
// neither a signal nor a watchdog beside process_vm_readv(2) brings the reader back. Another process could be killed,
// but under Yama only an ancestor may read the build. What is left is a thread that nobody waits for any more. It ends
// when its call returns, or with the process. /proc/PID/cmdline and environ need none: the kernel reads them without
// retrying a fault (mm/memory.c, __access_remote_vm), so that a page that is not there ends the read.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>

#include "base/pinned.h"
#include "base/units.h"

namespace memguard::supervisor {

class Aside : Pinned {
 public:
  /// Reads nothing yet; the first thread is started when it is needed.
  Aside();
  /// Tells the thread to end, and does not wait for it.
  ~Aside();

  /// Does `work` on a thread of its own and waits for its end, at most `patience`, halved for each that was given up
  /// before and still hangs: a build with many such pages waits for them less and less, a quarter of a second in all
  /// beyond the first. False: given up, or not begun because 32 hang already. `work` may go on after that, so it must
  /// own all that it touches (shared pointers, copies), what it answers with too. Where no thread can be had
  /// (RLIMIT_NPROC, RLIMIT_AS) it is done on the caller's own. After a fork the child has no thread, and begins anew.
  /// To be called from one thread.
  [[nodiscard]] bool run(std::function<void()> work, Duration patience);

 private:
  class Hand;
  [[nodiscard]] bool find_hand();

  std::shared_ptr<Hand> hand_;
  std::shared_ptr<std::atomic<std::size_t>> hanging_;
  int process_ = 0;
};

/// The one of this process.
[[nodiscard]] Aside& aside();

}  // namespace memguard::supervisor

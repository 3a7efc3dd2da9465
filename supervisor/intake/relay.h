// A thread for work that may hang in a foreign process or file system, and the next one when it does.
//
// Why a thread: see aside.h. There the owner hands each piece of work over and waits, which costs two changes of
// threads. Here the thread does all the work, and its owner waits for other things. A timer tells the owner when a
// piece has taken too long. It then takes the thread off, finishes that piece by itself, and starts another thread. The
// one that hangs ends when its call returns, or with the process.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/pinned.h"
#include "base/units.h"

namespace memguard::supervisor {

class Relay : Pinned {
 public:
  /// What became of a piece of work.
  enum class Tried : std::uint8_t {
    done,
    /// Not begun, because kMostHanging threads hang already.
    refused,
    /// It took too long, and the owner has taken its thread off. Whoever is told this must return at once, and touch
    /// nothing but what is its own.
    too_late,
  };

  /// What a thread knows of the relay.
  class Runner {
   public:
    /// Does `work`, which must own all that it touches. It may take as long as patience_beside (small_thread.h) says.
    /// What was written before is seen by the owner in `relieve`.
    [[nodiscard]] Tried try_within(Duration patience, const std::function<void()>& work);
    /// Readable when the relay ends: the thread is to return.
    [[nodiscard]] int end_fd() const;

   private:
    friend class Relay;
    struct State;
    Runner(std::shared_ptr<State> state, std::uint64_t number);
    std::shared_ptr<State> state_;
    std::uint64_t number_;
  };
  /// All that a thread does, until it returns.
  using Work = std::function<void(Runner&)>;

  /// Starts nothing yet.
  Relay();
  /// end().
  ~Relay();

  /// Starts the first thread. False when none can be had (RLIMIT_NPROC, RLIMIT_AS): the owner then works by itself.
  [[nodiscard]] bool start(Work work);
  /// Tries again where none could be had.
  void start_again();
  /// A thread works. False where none could be had, at the start or after one that hangs, and when it has returned.
  [[nodiscard]] bool has_thread() const;
  /// Readable when a piece of work may have taken too long.
  [[nodiscard]] int late_fd() const;
  /// To be called by the owner then. If the work has taken too long: does `instead` while no thread works, and starts
  /// the next.
  void relieve(const std::function<void()>& instead);
  /// Waits until the thread has returned; one that hangs is given up. To be followed by no start.
  void end();

 private:
  static void run(const std::shared_ptr<Runner::State>& state, const Work& work, std::uint64_t number);
  [[nodiscard]] bool start_thread();

  std::shared_ptr<Runner::State> state_;
  Work work_;
};

}  // namespace memguard::supervisor

// `--record`: what policy is shown and decides goes into a file, on a thread of its own.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "base/pinned.h"
#include "record/record.h"
#include "supervisor/loop/worker.h"

namespace memguard::supervisor {

/// The recording of one supervisor. It never waits for the file: what cannot be written, or not fast enough, ends the
/// recording with one line on stderr, and nothing else changes.
class Recording : Pinned {
 public:
  /// Writes to `fd`, which stays the caller's, from now on. When something is in the file already, another supervisor
  /// has died. Errors: no thread.
  [[nodiscard]] static Result<std::unique_ptr<Recording>> begin(int fd, const policy::Settings& settings);

  /// Writes what is waiting.
  ~Recording();

  /// A job that a supervisor before us saw.
  void learned(const record::Learned& learned);
  /// A step, with what was seen and decided.
  void stepped(policy::Observation&& seen, policy::Decision&& decision);

  /// Its completions are to be run on the owner's loop.
  [[nodiscard]] Worker& worker() { return *worker_; }

 private:
  Recording(int fd, std::unique_ptr<Worker> worker) : fd_(fd), worker_(std::move(worker)) {}
  void post(std::function<std::string()> line);
  Worker::Completion write(const std::function<std::string()>& line);
  void stop();

  int fd_;
  bool stopped_ = false;
  /// Lines that are not written yet.
  std::atomic<int> waiting_ = 0;
  std::atomic<bool> too_slow_ = false;
  /// Nothing more is written; `why_` does not change any more.
  std::atomic<bool> failed_ = false;
  std::string why_;
  std::unique_ptr<Worker> worker_;
};

}  // namespace memguard::supervisor

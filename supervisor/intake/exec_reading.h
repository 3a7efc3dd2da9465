// One exec, and what its caller has in its memory and its files of it.
#pragma once

#include <linux/seccomp.h>
#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/pinned.h"
#include "base/result.h"
#include "gate/exec_request.h"
#include "gate/remote_memory.h"
#include "job/describe.h"
#include "job/inputs.h"

namespace memguard::supervisor {

/// Read in three steps, each of which may hang for ever (relay.h). A thread that hangs may still write here long after
/// it was given up, so it owns what it reads into.
class ExecReading : Pinned {
 public:
  /// Reads nothing yet.
  explicit ExecReading(const seccomp_notif& notification);

  /// The path that is to be executed.
  void read_path();
  /// What the job is, of a class by that name. `by_size`: because it was seen to need memory, whatever it is called.
  void read_job(const std::string& class_name, bool by_size);
  /// How much the job has to read.
  void measure();

  /// The caller.
  [[nodiscard]] pid_t thread() const { return thread_; }
  /// After the first step. Errors: errno of process_vm_readv(2), E2BIG.
  [[nodiscard]] const Result<std::string>& path() const { return path_; }
  /// After the first: the path that job/programs.h knows the program by, which may be that of a clang behind "cc".
  [[nodiscard]] std::string_view known_as() const { return known_as_; }
  /// After the second: the file can be executed, and what it is called with is work (job::Description::works).
  [[nodiscard]] bool is_job() const { return is_job_; }
  /// After the second: it is no job, but a clang that waits for the linker that it starts (job/clang.h).
  [[nodiscard]] bool starts_link() const { return starts_link_; }
  /// After the second: it may be run again (job/again.h), and can be by its path.
  [[nodiscard]] bool may_run_again() const { return may_run_again_; }
  /// After the second: the variables that its program will have.
  [[nodiscard]] const std::vector<std::string>& variables() const { return variables_; }
  /// After the second.
  [[nodiscard]] const job::Description& job() const { return job_; }
  /// The name of the program, for messages and statistics.
  [[nodiscard]] std::string program() const;
  /// After the third.
  [[nodiscard]] const job::Inputs& inputs() const { return inputs_; }

 private:
  const pid_t thread_;
  const gate::ExecArguments arguments_;
  gate::RemoteMemory memory_;
  Result<std::string> path_;
  std::string known_as_;
  std::string class_name_;
  bool by_size_ = false;
  bool is_job_ = false;
  bool starts_link_ = false;
  bool may_run_again_ = false;
  std::vector<std::string> words_;
  std::vector<std::string> variables_;
  job::Description job_;
  job::Inputs inputs_;
};

}  // namespace memguard::supervisor

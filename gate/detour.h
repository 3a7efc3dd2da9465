// The exec of a program made the exec of another, which is told of the first: how memguard-shim comes to stand above a
// rustc without a variable, a file or an argument that the build could see.
//
// ptrace(2) does it, once the exec that was asked for is done and before the first instruction of its program: only
// then is the memory its own (until then a vfork shares it with the parent), and the kernel has put path, arguments and
// environment where they can be passed on without being copied. The process executes once more, and that is all.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace memguard::gate {

/// The detours of one thread: ptrace(2) knows its tracer by thread.
class Detours {
 public:
  /// `guide`: the absolute path of what is executed instead. Its arguments are its own path, `option`, the path of the
  /// program that was to be executed, and that one's arguments from the zeroth on. `refused` is told of each process
  /// that runs the program it was to run after all.
  Detours(std::string guide, std::string option, std::function<void(pid_t)> refused)
      : guide_(std::move(guide)), option_(std::move(option)), refused_(std::move(refused)) {}

  /// Whether this machine lets us do it to `child`, a process that waits in a system call; tried out. False where the
  /// processor is not known to us (all but x86-64), and where ptrace is refused (Yama's scopes 2 and 3, seccomp).
  [[nodiscard]] static bool possible(pid_t child);
  /// The same, of a child of its own.
  [[nodiscard]] static bool possible();

  /// For a process that waits in the exec gate: when its exec goes on and succeeds, it goes to the guide. False when it
  /// cannot be traced, which changes nothing. An exec that fails, and a guide that cannot be executed, change nothing
  /// either. To be called by the thread that waits.
  [[nodiscard]] bool begin(pid_t process);
  /// To be told of all that wait4(2) gives. True when it was a stop of a process on its detour, which has been dealt
  /// with; false for whatever has ended.
  bool take(pid_t process, int status);

 private:
  enum class Step : unsigned char { asked, arrived, sent };
  struct Traced {
    Step step = Step::asked;
    /// As they were before it was sent, where it has been.
    std::vector<unsigned char> registers;
    std::uint64_t code = 0;
  };

  void stopped(pid_t process, Traced& traced, int status);
  void on_exec(pid_t process, Traced& traced);
  void send(pid_t process, Traced& traced);
  void call_back(pid_t process, Traced& traced);
  void let_go(pid_t process);
  void refuse(pid_t process);

  std::string guide_;
  std::string option_;
  std::function<void(pid_t)> refused_;
  std::map<pid_t, Traced> traced_;
};

}  // namespace memguard::gate

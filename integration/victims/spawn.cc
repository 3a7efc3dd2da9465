// spawn: starts a program in one of the ways that compilers, shells and build tools do.
//
//   spawn posix_spawn|fork|vfork|thread|fexecve PROGRAM [ARGUMENT]...
//
// Prints "parent-free MICROSECONDS" as soon as the start no longer blocks it, waits for the program and exits with its
// status (128 + N after a signal, 127 when it cannot be executed). `fork` waits for the exec as Rust's Command and
// Python's subprocess do: for the end of a close-on-exec pipe. `thread` calls exec in a thread that is not the first,
// `fexecve` gives a descriptor instead of a path.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <string_view>
#include <thread>

namespace {

[[noreturn]] void execute(char** command) {
  execvp(command[0], command);
  _exit(127);
}

pid_t by_posix_spawn(char** command) {
  pid_t child = -1;
  return posix_spawnp(&child, command[0], nullptr, nullptr, command, environ) == 0 ? child : -1;
}

pid_t by_vfork(char** command) {
  const pid_t child = vfork();  // NOLINT(clang-analyzer-security.insecureAPI.vfork): the call under test
  if (child == 0) {
    execvp(command[0], command);
    _exit(127);
  }
  return child;
}

[[noreturn]] void execute_descriptor(char** command) {
  const int file = open(command[0], O_PATH | O_CLOEXEC);
  fexecve(file, command, environ);
  _exit(127);
}

template <class Child>
pid_t by_fork(Child child_main) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  const pid_t child = fork();
  if (child == 0) child_main();
  close(ends[1]);
  char byte = 0;
  while (read(ends[0], &byte, 1) > 0) {}
  close(ends[0]);
  return child;
}

pid_t start(std::string_view way, char** command) {
  if (way == "posix_spawn") return by_posix_spawn(command);
  if (way == "vfork") return by_vfork(command);
  if (way == "fork") return by_fork([command] { execute(command); });
  if (way == "thread") return by_fork([command] { std::thread(execute, command).join(); });
  if (way == "fexecve") return by_fork([command] { execute_descriptor(command); });
  std::fprintf(stderr, "spawn: no such way: %s\n", way.data());
  return -1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3)
    return std::fputs("usage: spawn posix_spawn|fork|vfork|thread|fexecve PROGRAM [ARGUMENT]...\n", stderr), 2;
  using std::chrono::steady_clock;
  const auto from = steady_clock::now();
  const pid_t child = start(argv[1], argv + 2);
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - from);
  if (child < 0) return 127;
  std::printf("parent-free %lld\n", static_cast<long long>(took.count()));
  std::fflush(stdout);
  int status = 0;
  if (waitpid(child, &status, 0) != child) return std::perror("spawn: waitpid"), 125;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

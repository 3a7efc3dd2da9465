// refuse: runs a program on a kernel that seems to lack something.
//
//   refuse seccomp:EPERM|seccomp:ENOSYS|wait-killable|pidfd PROGRAM [ARGUMENT]...
//
// seccomp: every seccomp(2) fails with that error, as container runtimes arrange it. wait-killable: the flag
// SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV is EINVAL, as before Linux 5.19. pidfd: pidfd_open(2) is EPERM. Exits with 125
// when it cannot arrange that and with 127 when the program cannot be executed.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <string_view>

namespace {

constexpr unsigned kWaitKillable = 1U << 5U;

/// The system call with one of `flags` in its second argument (0: in every case) fails with `error`; all else is
/// allowed. Good for the native system calls of a little-endian machine.
bool install(unsigned call, unsigned error, unsigned flags) {
  const auto jump = [](unsigned how, unsigned value, unsigned char yes, unsigned char no) {
    return sock_filter{static_cast<unsigned short>(BPF_JMP | how | BPF_K), yes, no, value};
  };
  const auto load = [](std::size_t offset) {
    return sock_filter{BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<unsigned>(offset)};
  };
  const auto give = [](unsigned action) { return sock_filter{BPF_RET | BPF_K, 0, 0, action}; };
  sock_filter lines[] = {
      load(offsetof(seccomp_data, nr)),      jump(BPF_JEQ, call, 0, 3),
      load(offsetof(seccomp_data, args[1])), flags == 0 ? jump(BPF_JA, 0, 0, 0) : jump(BPF_JSET, flags, 0, 1),
      give(SECCOMP_RET_ERRNO | error),       give(SECCOMP_RET_ALLOW),
  };
  const sock_fprog program{sizeof lines / sizeof *lines, lines};
  const auto set = [&] { return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0; };
  // Root keeps its privileges where it can.
  return set() || (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && set());
}

bool refuse(std::string_view what) {
  if (what == "seccomp:EPERM") return install(SYS_seccomp, EPERM, 0);
  if (what == "seccomp:ENOSYS") return install(SYS_seccomp, ENOSYS, 0);
  if (what == "wait-killable") return install(SYS_seccomp, EINVAL, kWaitKillable);
  if (what == "pidfd") return install(SYS_pidfd_open, EPERM, 0);
  std::fprintf(stderr, "refuse: unknown: %s\n", what.data());
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3)
    return std::fputs("usage: refuse seccomp:EPERM|seccomp:ENOSYS|wait-killable|pidfd PROGRAM...\n", stderr), 125;
  if (!refuse(argv[1])) return std::perror("refuse"), 125;
  execvp(argv[2], argv + 2);
  return std::perror("refuse: exec"), 127;
}

// refuse: runs a program on a kernel that seems to lack something.
//
//   refuse seccomp:EPERM|seccomp:ENOSYS|pidfd:EPERM|pidfd:ENOSYS|memory|wait-killable|continue PROGRAM [ARGUMENT]...
//
// seccomp: every seccomp(2) fails with that error, as container runtimes arrange it; pidfd: every pidfd_open(2) and
// pidfd_send_signal(2). memory: nobody's memory can be read, as under Yama's ptrace_scope 2. wait-killable: the flag
// SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV is EINVAL, as before Linux 5.19. continue: every answer to a notification is
// EINVAL, as "go on" was before Linux 5.5. Exits with 125 when it cannot arrange that and with 127 when the program
// cannot be executed.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <string_view>

namespace {

constexpr unsigned kWaitKillable = 1U << 5U;

sock_filter jump(unsigned how, unsigned value, unsigned char yes, unsigned char no) {
  return {static_cast<unsigned short>(BPF_JMP | how | BPF_K), yes, no, value};
}

sock_filter load(std::size_t offset) { return {BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<unsigned>(offset)}; }

sock_filter give(unsigned action) { return {BPF_RET | BPF_K, 0, 0, action}; }

bool install(sock_filter* lines, std::size_t count) {
  const sock_fprog program{static_cast<unsigned short>(count), lines};
  const auto set = [&] { return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0; };
  // Root keeps its privileges where it can.
  return set() || (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && set());
}

/// Of the second argument of a system call: what makes it fail.
const sock_filter kAlways = jump(BPF_JA, 0, 0, 0);
const sock_filter kWithWaitKillable = jump(BPF_JSET, kWaitKillable, 0, 1);
const sock_filter kIsAnswer = jump(BPF_JEQ, SECCOMP_IOCTL_NOTIF_SEND, 0, 1);

/// That system call fails with `error` where `when` is true of its second argument; all else is allowed. Good for the
/// native system calls of a little-endian machine.
bool install(unsigned call, unsigned error, sock_filter when) {
  sock_filter lines[] = {
      load(offsetof(seccomp_data, nr)), jump(BPF_JEQ, call, 0, 3), load(offsetof(seccomp_data, args[1])), when,
      give(SECCOMP_RET_ERRNO | error),  give(SECCOMP_RET_ALLOW),
  };
  return install(lines, sizeof lines / sizeof *lines);
}

bool refuse_pidfd(unsigned error) {
  return install(SYS_pidfd_open, error, kAlways) && install(SYS_pidfd_send_signal, error, kAlways);
}

/// process_vm_readv(2), and pread(2) where no ordinary file reaches: in /proc/PID/mem.
bool refuse_memory() {
  sock_filter lines[] = {
      load(offsetof(seccomp_data, nr)), jump(BPF_JEQ, SYS_process_vm_readv, 3, 0),
      jump(BPF_JEQ, SYS_pread64, 0, 3), load(offsetof(seccomp_data, args[3]) + sizeof(unsigned)),
      jump(BPF_JEQ, 0, 1, 0),           give(SECCOMP_RET_ERRNO | EPERM),
      give(SECCOMP_RET_ALLOW),
  };
  return install(lines, sizeof lines / sizeof *lines);
}

bool refuse(std::string_view what) {
  if (what == "seccomp:EPERM") return install(SYS_seccomp, EPERM, kAlways);
  if (what == "seccomp:ENOSYS") return install(SYS_seccomp, ENOSYS, kAlways);
  if (what == "pidfd:EPERM") return refuse_pidfd(EPERM);
  if (what == "pidfd:ENOSYS") return refuse_pidfd(ENOSYS);
  if (what == "memory") return refuse_memory();
  if (what == "wait-killable") return install(SYS_seccomp, EINVAL, kWithWaitKillable);
  if (what == "continue") return install(SYS_ioctl, EINVAL, kIsAnswer);
  std::fprintf(stderr, "refuse: unknown: %s\n", what.data());
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return std::fputs("usage: refuse WHAT PROGRAM...\n", stderr), 125;
  if (!refuse(argv[1])) return std::perror("refuse"), 125;
  execvp(argv[2], argv + 2);
  return std::perror("refuse: exec"), 127;
}

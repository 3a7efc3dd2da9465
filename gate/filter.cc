// libseccomp writes the BPF program, because it knows the system call numbers of each architecture; we load it
// ourselves, because libseccomp 2.5 cannot ask for WAIT_KILLABLE_RECV.

#include "gate/filter.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <vector>

#include <seccomp.h>

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)  // linux/seccomp.h since 5.19
#endif

namespace memguard::gate {
namespace {

struct ReleaseFilter {
  void operator()(void* filter) const { ::seccomp_release(filter); }
};
using FilterContext = std::unique_ptr<void, ReleaseFilter>;

// The 32-bit sisters of this machine: libseccomp kills what calls with an architecture it was not told of, and an
// i386 program in a build must work (and be seen).
#if defined(__x86_64__)
constexpr std::array<std::uint32_t, 2> kSisterArchitectures{SCMP_ARCH_X86, SCMP_ARCH_X32};
#elif defined(__aarch64__)
constexpr std::array<std::uint32_t, 1> kSisterArchitectures{SCMP_ARCH_ARM};
#else
constexpr std::array<std::uint32_t, 0> kSisterArchitectures{};
#endif

Result<FilterContext> describe_filter() {
  FilterContext filter(::seccomp_init(SCMP_ACT_ALLOW));
  if (!filter) return fail("make a seccomp filter", ENOMEM);
  int error = ::seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ALLOW);
  for (const auto architecture : kSisterArchitectures) {
    const int added = ::seccomp_arch_add(filter.get(), architecture);
    if (added != -EEXIST && error == 0) error = added;
  }
  for (const int call : {SCMP_SYS(execve), SCMP_SYS(execveat)}) {
    if (error == 0) error = ::seccomp_rule_add(filter.get(), SCMP_ACT_NOTIFY, call, 0);
  }
  if (error != 0) return fail("make a seccomp filter", -error);
  return filter;
}

// Through a pipe, because what is written to a file (a memfd too) counts against `ulimit -f`. It holds the program,
// some hundred instructions of 8 bytes, whole.
Result<std::vector<sock_filter>> export_bpf(const FilterContext& filter) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return fail_errno("make a pipe");
  const UniqueFd out(ends[0]);
  const UniqueFd in(ends[1]);
  if (const int error = ::seccomp_export_bpf(filter.get(), in.get()); error != 0) {
    return fail("export the seccomp filter", -error);
  }
  std::vector<sock_filter> program(BPF_MAXINSNS);
  const ssize_t size = ::read(out.get(), program.data(), program.size() * sizeof(sock_filter));
  if (size <= 0) return fail_errno("read the seccomp filter");
  program.resize(static_cast<std::size_t>(size) / sizeof(sock_filter));
  return program;
}

int load(std::vector<sock_filter>& program, unsigned long flags) {
  const sock_fprog loaded{static_cast<unsigned short>(program.size()), program.data()};
  return static_cast<int>(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &loaded));
}

// SPEC_ALLOW: without it kernels before 5.16 turn speculation mitigations on for the whole build, several percent.
constexpr unsigned long kFlags = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_SPEC_ALLOW;

InstalledFilter load_best(std::vector<sock_filter>& program) {
  InstalledFilter installed;
  installed.listener = UniqueFd(load(program, kFlags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV));
  installed.wait_killable = installed.listener.valid();
  // Unknown flags are EINVAL; every other error would only come again.
  if (!installed.listener && errno == EINVAL) installed.listener = UniqueFd(load(program, kFlags));
  return installed;
}

}  // namespace

Result<InstalledFilter> install_exec_filter() {
  auto filter = describe_filter();
  if (!filter) return pass(std::move(filter.error()));
  auto program = export_bpf(*filter);
  if (!program) return pass(std::move(program.error()));

  InstalledFilter installed = load_best(*program);
  if (!installed.listener && errno == EACCES) {
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail_errno("set no_new_privs");
    installed = load_best(*program);
    installed.no_new_privs = true;
  }
  if (!installed.listener) return fail_errno("install the seccomp filter");
  return installed;
}

}  // namespace memguard::gate

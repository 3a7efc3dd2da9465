#include "gate/detour.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "gate/new_stack.h"

namespace memguard::gate {
namespace {

constexpr long kOptions = PTRACE_O_TRACEEXEC | PTRACE_O_TRACESYSGOOD;

bool is_job_control(int signal) {
  return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

long trace(int request, pid_t process, std::uint64_t address = 0, std::uint64_t data = 0) {
  // The C library's own enumeration, and pointers for what are numbers.
  return ::ptrace(static_cast<__ptrace_request>(request), process, address, data);
}

#if defined(__x86_64__)

constexpr bool kKnownProcessor = true;
using Registers = user_regs_struct;
// `syscall`, and behind it `int3`, which is reached when the call fails.
constexpr std::uint64_t kCode = 0xcc050f;
constexpr std::uint64_t kCodeMask = 0xffffff;

std::uint64_t stack_of(const Registers& registers) { return registers.rsp; }
std::uint64_t place_of(const Registers& registers) { return registers.rip; }

// Nothing for a 32-bit program, which has another code segment (arch/x86/include/asm/segment.h, __USER_CS). Not by
// PTRACE_GETREGSET, which User Mode Linux does not have.
std::optional<Registers> registers_of(pid_t process) {
  constexpr std::uint64_t kCode64 = 0x33;
  Registers registers{};
  if (trace(PTRACE_GETREGS, process, 0, reinterpret_cast<std::uint64_t>(&registers)) != 0) return std::nullopt;
  return registers.cs == kCode64 ? std::optional(registers) : std::nullopt;
}

bool set_registers(pid_t process, const Registers& registers) {
  Registers copy = registers;
  return trace(PTRACE_SETREGS, process, 0, reinterpret_cast<std::uint64_t>(&copy)) == 0;
}

void set_exec(Registers& registers, std::uint64_t path, std::uint64_t argv, std::uint64_t envp) {
  // No call of which the kernel would think that it has to be started again.
  registers.orig_rax = ~std::uint64_t{0};
  registers.rax = SYS_execve;
  registers.rdi = path;
  registers.rsi = argv;
  registers.rdx = envp;
}

#else

constexpr bool kKnownProcessor = false;
struct Registers {};
constexpr std::uint64_t kCode = 0;
constexpr std::uint64_t kCodeMask = 0;
std::optional<Registers> registers_of(pid_t /*process*/) { return std::nullopt; }
bool set_registers(pid_t /*process*/, const Registers& /*registers*/) { return false; }
std::uint64_t stack_of(const Registers& /*registers*/) { return 0; }
std::uint64_t place_of(const Registers& /*registers*/) { return 0; }
void set_exec(Registers& /*registers*/, std::uint64_t /*path*/, std::uint64_t /*argv*/, std::uint64_t /*envp*/) {}

#endif

std::optional<std::uint64_t> code_at(pid_t process, std::uint64_t place) {
  errno = 0;
  const long word = trace(PTRACE_PEEKTEXT, process, place);
  if (errno != 0) return std::nullopt;
  return static_cast<std::uint64_t>(word);
}

}  // namespace

bool Detours::possible(pid_t child) {
  if (!kKnownProcessor || trace(PTRACE_SEIZE, child) != 0) return false;
  int status = 0;
  const bool stopped =
      trace(PTRACE_INTERRUPT, child) == 0 && ::waitpid(child, &status, __WALL) == child && WIFSTOPPED(status);
  const bool readable = stopped && registers_of(child).has_value();
  return trace(PTRACE_DETACH, child) == 0 && readable;
}

bool Detours::possible() {
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) return false;
  if (child == 0) {
    (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
    // The parent may have died before that took effect.
    while (::getppid() == parent) ::pause();
    ::_exit(1);
  }
  const bool is_possible = possible(child);
  ::kill(child, SIGKILL);
  (void)::waitpid(child, nullptr, 0);
  return is_possible;
}

bool Detours::begin(pid_t process) {
  // Its exec before this one has failed: execvp tries each folder of PATH. It is traced still.
  if (traced_.contains(process)) return true;
  if (!kKnownProcessor || trace(PTRACE_SEIZE, process, 0, kOptions) != 0) return false;
  traced_[process] = {};
  return true;
}

bool Detours::take(pid_t process, int status) {
  if (!WIFSTOPPED(status)) {
    traced_.erase(process);
    return false;
  }
  const auto found = traced_.find(process);
  if (found == traced_.end()) return false;
  stopped(process, found->second, status);
  return true;
}

void Detours::stopped(pid_t process, Traced& traced, int status) {
  const int signal = WSTOPSIG(status);
  const int event = status >> 16;
  const int go_on = traced.step == Step::arrived ? PTRACE_SYSCALL : PTRACE_CONT;
  if (event == PTRACE_EVENT_EXEC) return on_exec(process, traced);
  if (signal == (SIGTRAP | 0x80)) return send(process, traced);
  if (event == PTRACE_EVENT_STOP) {
    (void)trace(is_job_control(signal) ? static_cast<int>(PTRACE_LISTEN) : go_on, process);
    return;
  }
  if (traced.step == Step::sent && signal == SIGTRAP) return call_back(process, traced);
  (void)trace(go_on, process, 0, static_cast<std::uint64_t>(signal));
}

void Detours::on_exec(pid_t process, Traced& traced) {
  if (traced.step != Step::asked) return let_go(process);
  traced.step = Step::arrived;
  // Its registers are its own when execve has returned: the kernel still writes the result into one of them.
  if (trace(PTRACE_SYSCALL, process) != 0) refuse(process);
}

void Detours::send(pid_t process, Traced& traced) {
  const auto registers = registers_of(process);
  const auto code = registers ? code_at(process, place_of(*registers)) : std::nullopt;
  const auto words = code ? guide_words(process, stack_of(*registers), guide_, option_) : std::nullopt;
  if (!words) return refuse(process);
  Registers changed = *registers;
  set_exec(changed, words->path, words->argv, words->envp);
  const std::uint64_t changed_code = (*code & ~kCodeMask) | kCode;
  if (trace(PTRACE_POKETEXT, process, place_of(changed), changed_code) != 0) return refuse(process);
  traced.code = *code;
  traced.registers.resize(sizeof *registers);
  std::memcpy(traced.registers.data(), &*registers, sizeof *registers);
  traced.step = Step::sent;
  if (!set_registers(process, changed)) return call_back(process, traced);
  if (trace(PTRACE_CONT, process) != 0) let_go(process);
}

// The guide cannot be executed (another root folder): it begins with its own first instruction.
void Detours::call_back(pid_t process, Traced& traced) {
  Registers registers{};
  std::memcpy(&registers, traced.registers.data(), sizeof registers);
  (void)trace(PTRACE_POKETEXT, process, place_of(registers), traced.code);
  (void)set_registers(process, registers);
  refuse(process);
}

void Detours::refuse(pid_t process) {
  let_go(process);
  refused_(process);
}

void Detours::let_go(pid_t process) {
  (void)trace(PTRACE_DETACH, process);
  traced_.erase(process);
}

}  // namespace memguard::gate

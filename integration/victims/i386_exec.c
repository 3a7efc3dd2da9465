// i386_exec PROGRAM [ARGUMENT]...: a 32-bit program that calls execve with its arguments and its environment; exits
// with 127 when that fails, 2 without a program. Its execve has the number of the i386 table.

static long call(long number, long first, long second, long third) {
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(first), "c"(second), "d"(third) : "memory");
  return result;
}

/// `stack` is what the kernel left at the entry point: argc, argv, NULL, environment.
__attribute__((used, noreturn)) static void run(long* stack) {
  const long argc = stack[0];
  long* argv = stack + 1;
  if (argc > 1) call(11 /* execve */, argv[1], (long)(argv + 1), (long)(argv + argc + 1));
  call(1 /* exit */, argc > 1 ? 127 : 2, 0, 0);
  __builtin_unreachable();
}

__asm__(".globl start\nstart:\n  mov %esp, %eax\n  and $-16, %esp\n  sub $12, %esp\n  push %eax\n  call run\n");

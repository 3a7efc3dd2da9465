// i386_exit: a 32-bit program that exits with 7.

void start(void);
void start(void) {
  __asm__ volatile("int $0x80" : : "a"(1 /* exit */), "b"(7));
  __builtin_unreachable();
}

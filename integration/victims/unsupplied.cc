// unsupplied: executes a program with a word in a page that is not there yet.
//
//   unsupplied path|argument FILE PROGRAM
//
// `path` puts PROGRAM's own path there, `argument` its only argument. Whoever reads the page waits, the kernel at the
// exec as well, until FILE is there (userfaultfd(2)). PROGRAM is then executed as without. Prints "waits" before the
// exec. Exit status 77 where userfaultfd is not to be had.
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <thread>

namespace {

constexpr std::size_t kPage = 4096;

// -1 where the kernel or the user has none.
int watch_page(void* page) {
  const int faults = static_cast<int>(syscall(SYS_userfaultfd, O_CLOEXEC));
  uffdio_api api{UFFD_API, 0, 0};
  uffdio_register range{{reinterpret_cast<std::uint64_t>(page), kPage}, UFFDIO_REGISTER_MODE_MISSING, 0};
  if (faults < 0 || ioctl(faults, UFFDIO_API, &api) != 0 || ioctl(faults, UFFDIO_REGISTER, &range) != 0) return -1;
  return faults;
}

void supply_when_there(int faults, void* page, const char* file, const char* word) {
  while (access(file, F_OK) != 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  alignas(kPage) static std::array<char, kPage> text{};
  std::strncpy(text.data(), word, kPage - 1);
  uffdio_copy copy{reinterpret_cast<std::uint64_t>(page), reinterpret_cast<std::uint64_t>(text.data()), kPage, 0, 0};
  (void)ioctl(faults, UFFDIO_COPY, &copy);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return std::fputs("usage: unsupplied path|argument FILE PROGRAM\n", stderr), 2;
  void* page = mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  const int faults = page == MAP_FAILED ? -1 : watch_page(page);
  if (faults < 0) return 77;
  const bool path = std::string_view(argv[1]) == "path";
  char* word = static_cast<char*>(page);
  std::thread(supply_when_there, faults, page, argv[2], path ? argv[3] : "word").detach();
  std::puts("waits");
  std::fflush(stdout);
  std::array<char*, 3> command{argv[3], path ? nullptr : word, nullptr};
  execv(path ? word : argv[3], command.data());
  return std::perror("unsupplied: exec"), 127;
}

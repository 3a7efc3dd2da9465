#include "shim/complain.h"

#include <unistd.h>

#include <cstdio>
#include <cstring>

namespace memguard::shim {

void complain(const char* doing, const char* name, int error) {
  constexpr std::size_t kLongest = 1024;
  char shown[kLongest + 1];  // NOLINT(cppcoreguidelines-avoid-c-arrays,cppcoreguidelines-pro-type-member-init)
  std::size_t length = 0;
  for (; name[length] != '\0' && length < kLongest; ++length)
    shown[length] = name[length] >= ' ' && name[length] <= '~' ? name[length] : '?';
  shown[length] = '\0';
  ::dprintf(STDERR_FILENO, "memguard-shim: %s %s: %s\n", doing, shown, ::strerror(error));
}

}  // namespace memguard::shim

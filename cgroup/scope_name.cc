#include "cgroup/scope_name.h"

#include <sys/random.h>
#include <unistd.h>

#include <cstdint>

#include <fmt/format.h>

namespace memguard::cgroup {

std::string new_scope_name() {
  std::uint32_t random = 0;
  // GRND_NONBLOCK can only fail before the pool is ready, early at boot; the pid is unique enough then.
  static_cast<void>(::getrandom(&random, sizeof random, GRND_NONBLOCK));
  return fmt::format("memguard-{}-{:08x}.scope", ::getpid(), random);
}

bool is_scope_name(std::string_view name) { return name.starts_with("memguard-") && name.ends_with(".scope"); }

}  // namespace memguard::cgroup

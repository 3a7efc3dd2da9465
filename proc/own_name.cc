#include "proc/own_name.h"

#include <sys/prctl.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/io.h"
#include "base/whole_file.h"
#include "proc/lines.h"

namespace memguard::proc {
namespace {

// proc_pid_stat(5), arg_start and arg_end, counted from the state, which follows the comm.
constexpr std::size_t kArgumentsStart = 45;
constexpr std::size_t kArgumentsEnd = 46;

struct Arguments {
  std::uintptr_t start = 0;
  std::uintptr_t end = 0;
};

Arguments own_arguments() {
  const auto text = read_whole("/proc/self/stat");
  if (!text) return {};
  const auto fields = split(std::string_view(*text).substr(std::min(text->rfind(") ") + 2, text->size())), " \n");
  if (fields.size() <= kArgumentsEnd) return {};
  const auto start = to_number<std::uintptr_t>(fields[kArgumentsStart]);
  const auto end = to_number<std::uintptr_t>(fields[kArgumentsEnd]);
  return start && end ? Arguments{*start, *end} : Arguments{};
}

}  // namespace

void take_name(const char* name) {
  (void)::prctl(PR_SET_NAME, name);
  const Arguments arguments = own_arguments();
  if (arguments.end <= arguments.start) return;
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the kernel tells addresses as numbers.
  auto* const place = reinterpret_cast<char*>(arguments.start);
  const std::size_t room = arguments.end - arguments.start;
  std::memset(place, 0, room);
  // The last byte stays 0: else the kernel takes the environment for more of the name (fs/proc/base.c, get_mm_cmdline).
  (void)std::string_view(name).copy(place, room - 1);
}

}  // namespace memguard::proc

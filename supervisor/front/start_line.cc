#include "supervisor/front/start_line.h"

#include <fcntl.h>
#include <sys/utsname.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "base/io.h"

namespace memguard::supervisor {
namespace {

// FNV-1a: a short name for a reason, where a collision costs one line that is not said.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

// A home may be on several machines.
std::string machine_name() {
  utsname name{};
  return ::uname(&name) == 0 ? static_cast<const char*>(name.nodename) : "";
}

}  // namespace

std::string degraded_line(const Degraded& degraded) {
  const bool tell_tier = degraded.tier < degraded.accepted;
  if (!tell_tier) return degraded.no_gate ? "no exec gate: jobs are frozen late; see memguard doctor" : "";
  return fmt::format("tier {}{}: limit kept by scheduling alone; {}memguard doctor", to_text(degraded.tier),
                     degraded.no_gate ? ", no gate" : "", degraded.no_gate ? "" : "see ");
}

bool first_time(const std::string& reason, const std::optional<std::string>& state_folder) {
  if (!state_folder) return true;
  const std::string all = machine_name() + "\n" + reason + "\n";
  std::error_code error;
  std::filesystem::create_directories(*state_folder + "/told", error);
  const auto file =
      open_at(AT_FDCWD, fmt::format("{}/told/{:016x}", *state_folder, hash_of(all)), O_WRONLY | O_CREAT | O_EXCL, 0600);
  return file || file.error().code != EEXIST;
}

}  // namespace memguard::supervisor

#include "supervisor/nested.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <random>
#include <string_view>

#include <fmt/format.h>

#include "base/io.h"
#include "base/result.h"
#include "base/say.h"
#include "proc/process.h"
#include "supervisor/exec_error.h"

namespace memguard::supervisor {

bool inside_guarded_run() {
  const char* id = std::getenv("MEMGUARD_RUN");  // NOLINT(concurrency-mt-unsafe): there are no threads yet
  if (id == nullptr) return false;
  const std::string_view text(id);
  const auto front = to_number<pid_t>(text.substr(0, text.find(':')));
  return front && *front > 1 && proc::is_below(::getpid(), *front);
}

std::string new_run_id() {
  std::random_device random;
  return fmt::format("{}:{:08x}", ::getpid(), random());
}

int become(const std::vector<std::string>& command) {
  std::vector<char*> argv;
  for (const std::string& argument : command) argv.push_back(const_cast<char*>(argument.c_str()));  // NOLINT
  argv.push_back(nullptr);
  ::execvp(argv.front(), argv.data());
  const int code = errno;
  say(exec_error(command, code).text());
  return code == ENOENT ? 127 : 126;
}

int become_unguarded(const config::Config& config, const std::vector<std::string>& command, const Error& error) {
  const std::string why = fmt::format(
      "/proc shows another pid namespace, so that the build's processes cannot be seen ({}). Mount the right one: "
      "unshare --mount-proc, or mount -t proc proc /proc.",
      error.text());
  if (config.require_tier.value) {
    say(why);
    return 125;
  }
  if (!config.quiet.value) say("Nothing is guarded: " + why);
  return become(command);
}

}  // namespace memguard::supervisor

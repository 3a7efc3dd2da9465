#include "supervisor/front/cache_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/unique_fd.h"
#include "config/environment.h"
#include "history/database.h"
#include "proc/lines.h"
#include "proc/process.h"
#include "supervisor/keeper/keeper.h"
#include "supervisor/self/find_program.h"

namespace memguard::supervisor {
namespace {

// Set by sccache for the server it starts, whether by hand or with the first compilation.
constexpr std::string_view kServerMark = "SCCACHE_START_SERVER";
constexpr const char* kNoDaemon = "SCCACHE_NO_DAEMON";
constexpr const char* kPort = "SCCACHE_SERVER_PORT";
constexpr std::string_view kUsualPort = "4226";
constexpr const char* kRun = "MEMGUARD_RUN";

// Where there is no state folder.
constexpr const char* kNowhere = "/dev/null";

constexpr Duration kPatience = std::chrono::seconds(10);
constexpr Duration kStep = std::chrono::milliseconds(20);

// The variables of a process, which are NUL-terminated.
std::optional<std::string> variable_of(std::string_view environment, std::string_view name) {
  for (const auto entry : proc::split(environment, {"\0", 1})) {
    if (entry.starts_with(name) && entry.size() > name.size() && entry[name.size()] == '=')
      return std::string(entry.substr(name.size() + 1));
  }
  return std::nullopt;
}

std::string own_port() {
  const char* port = std::getenv(kPort);  // NOLINT(concurrency-mt-unsafe): there are no threads yet
  return port == nullptr || *port == '\0' ? std::string(kUsualPort) : port;
}

pid_t guard_of(pid_t pid, std::string_view environment) {
  const std::string run = variable_of(environment, kRun).value_or("");
  const auto front = to_number<pid_t>(std::string_view(run).substr(0, run.find(':')));
  return front && *front > 1 && proc::is_below(pid, *front) ? *front : 0;
}

bool listens(const std::string& port) {
  const auto number = to_number<std::uint16_t>(port);
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = ::htons(number.value_or(0));
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  return number && ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

// What the run of the server writes nowhere, and says to nobody but its log.
constexpr std::array<std::string_view, 9> kOfTheBuild{"json",  "record",       "metrics",     "shared", "slurm-comment",
                                                      "quiet", "require-tier", "accept-tier", "explain"};
constexpr std::array kNotOfTheServer{std::pair{"MEMGUARD_JSON", "none"},       std::pair{"MEMGUARD_RECORD", "none"},
                                     std::pair{"MEMGUARD_METRICS", "none"},    std::pair{"MEMGUARD_SHARED", "0"},
                                     std::pair{"MEMGUARD_SLURM_COMMENT", "0"}, std::pair{"MEMGUARD_EXPLAIN", "0"},
                                     std::pair{"MEMGUARD_REQUIRE_TIER", "any"}};

void set_variables(const config::Config& config) {
  const auto facts = config::key_facts();
  for (const auto& [key, value, origin] : config::show_settings(config)) {
    const auto known = std::ranges::find(facts, key, &config::KeyFacts::key);
    const bool ours = std::ranges::find(kOfTheBuild, key) == kOfTheBuild.end();
    if (ours && origin != config::kBuiltIn) ::setenv(known->variable.c_str(), value.c_str(), 1);
  }
  for (const auto& [name, value] : kNotOfTheServer) ::setenv(name, value, 1);
  ::setenv(kServerMark.data(), "1", 1);
  ::setenv(kNoDaemon, "1", 1);
}

// In the folder of history, which only its user may read.
std::string log_file() {
  const auto folder = history::state_folder(config::system_environment().variables);
  std::error_code error;
  if (folder) std::filesystem::create_directories(*folder, error);
  return folder && !error ? *folder + "/shared.log" : kNowhere;
}

// Nothing that our caller waits for the end of may stay open, and no folder in use.
[[noreturn]] void become_server_run(const config::Config& config, const std::string& sccache, const std::string& log) {
  set_variables(config);
  std::error_code error;
  // Not by that link: `pkill memguard` and ps go by the name of the file.
  const std::string program = std::filesystem::read_symlink("/proc/self/exe", error);
  (void)::setsid();
  let_go_of_standard_streams();
  const int said = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (said >= 0) (void)::dup2(said, STDERR_FILENO);
  (void)::syscall(SYS_close_range, 3U, ~0U, 0U);
  (void)::chdir("/");
  (void)::execl(program.c_str(), "memguard", "run", "--", sccache.c_str(), nullptr);
  ::_exit(127);
}

// Forked twice: a child of ours would be one of the build's processes. Its pid; 0 when there can be none.
pid_t start_server_run(const config::Config& config, const std::string& sccache, const std::string& log) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return 0;
  const UniqueFd reads(ends[0]);
  UniqueFd writes(ends[1]);
  const pid_t child = ::fork();
  if (child == 0) {
    const pid_t server = ::fork();
    if (server == 0) become_server_run(config, sccache, log);
    ::_exit(::write(writes.get(), &server, sizeof server) == sizeof server ? 0 : 1);
  }
  writes.reset();
  if (child > 0) (void)::waitpid(child, nullptr, 0);
  pid_t server = 0;
  return ::read(reads.get(), &server, sizeof server) == sizeof server && server > 0 ? server : 0;
}

bool wait_until_it_listens(pid_t run, const std::string& port) {
  const Moment give_up_at = MonotonicClock::now() + kPatience;
  while (!listens(port)) {
    const auto stat = proc::read_stat(run);
    if (!stat || stat->state == 'Z' || MonotonicClock::now() > give_up_at) return false;
    pause_for(kStep);
  }
  return true;
}

}  // namespace

std::optional<CacheServer> find_cache_server() {
  const std::string port = own_port();
  for (const auto& process : proc::all_processes()) {
    if (read_at(AT_FDCWD, fmt::format("/proc/{}/comm", process.pid)).value_or("") != "sccache\n") continue;
    const std::string variables = read_at(AT_FDCWD, fmt::format("/proc/{}/environ", process.pid)).value_or("");
    if (!variable_of(variables, kServerMark) || variable_of(variables, kPort).value_or(std::string(kUsualPort)) != port)
      continue;
    return CacheServer{process.pid, guard_of(process.pid, variables), variable_of(variables, kNoDaemon).has_value()};
  }
  return std::nullopt;
}

std::string remark_on(const CacheServer& server) {
  if (server.guard == 0)
    return fmt::format(
        "an sccache server runs already (pid {}): what it compiles is neither limited nor guarded. After `sccache "
        "--stop-server` the build starts one of its own.",
        server.pid);
  if (server.has_own_run) return {};
  return fmt::format(
      "the sccache server of another build compiles for this one (memguard {}), and ends with that build. With "
      "--shared there is one that outlives builds.",
      server.guard);
}

std::string provide_cache_server(const config::Config& config) {
  const std::string port = own_port();
  const std::string log = log_file();
  // Of two builds that start at once the second finds the server of the first. Without a lock it is told of its
  // failure.
  const UniqueFd lock(
      log == kNowhere ? -1 : ::open((log + ".lock").c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (lock) (void)::flock(lock.get(), LOCK_EX);
  if (find_cache_server()) return {};
  if (listens(port))
    return fmt::format("port {} has a server that cannot be looked at: --shared starts none. {} names another port.",
                       port, kPort);
  const std::string sccache = find_program("sccache", search_path());
  if (sccache.empty()) return "there is no sccache on PATH: with --shared nothing is shared";
  const pid_t run = start_server_run(config, sccache, log);
  if (run == 0 || !wait_until_it_listens(run, port))
    return fmt::format("no shared sccache server could be started (port {}); its memguard says why in {}", port, log);
  return fmt::format(
      "memguard {} guards an sccache server now, for this build and later ones; it ends 10 min after the last. What it "
      "says goes to {}",
      run, log);
}

}  // namespace memguard::supervisor

#include "supervisor/front/shim_setup.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "base/io.h"
#include "cargo/rustc_wrapper.h"
#include "config/environment.h"
#include "gate/exec_request.h"
#include "history/database.h"
#include "proc/process.h"
#include "shim/protocol.h"
#include "supervisor/front/cache_server.h"
#include "supervisor/front/shim_name.h"
#include "supervisor/restart/shims.h"
#include "supervisor/self/find_program.h"

namespace memguard::supervisor {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kShim = "memguard-shim";

std::string find_shim(const std::string& folder) {
  for (const char* place : {"", "/" MEMGUARD_LIBEXEC}) {
    std::string file = fmt::format("{}{}/{}", folder, place, kShim);
    if (!folder.empty() && ::access(file.c_str(), X_OK) == 0) return file;
  }
  return {};
}

bool is_shim(const std::string& program) {
  std::error_code error;
  return fs::canonical(program, error).filename() == kShim;
}

std::string wrapper_of_user(const config::Environment& environment, const std::vector<std::string>& command) {
  std::string wrapper =
      cargo::rustc_wrapper({environment.variables, environment.working_directory, environment.read_file}, command);
  // A shell started in a run that is over still has our own variables.
  if (!is_shim(wrapper)) return wrapper;
  const auto known = environment.variables.find(shim::kWrapperVariable);
  return known == environment.variables.end() ? std::string() : known->second;
}

std::string shims_folder(const config::Environment& environment) {
  const auto state = history::state_folder(environment.variables);
  return state ? *state + "/shims" : std::string();
}

// A server that ran before us is not in our cgroup: nothing in it can be seen or stopped by us.
std::string warn_of_server(const std::string& wrapper) {
  const auto server = gate::program_name(wrapper) == "sccache" ? find_cache_server() : std::nullopt;
  return server ? remark_on(*server) : std::string();
}

using Variables = std::vector<std::pair<std::string, std::string>>;

// None for a wrapper that cannot be executed: cargo complains of it better than we can, and unlike our shim's its
// failure is not kept.
Variables wrapper_variables(const config::Environment& environment, const std::string& shim,
                            const std::string& wrapper) {
  const std::string file = find_program(wrapper, search_path());
  if (!wrapper.empty() && file.empty()) return {};
  Variables variables{{"RUSTC_WRAPPER", shim_for(shim, file, shims_folder(environment))}};
  // An old value of ours must not be taken for the user's.
  const bool stale = environment.variables.contains(shim::kWrapperVariable);
  if (!wrapper.empty() || stale) variables.emplace_back(shim::kWrapperVariable, wrapper);
  return variables;
}

std::string no_shim() { return fmt::format("no {} beside memguard: a compiler that memory ends is lost", kShim); }

}  // namespace

std::string own_folder() {
  std::array<char, PATH_MAX> path{};
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size() - 1);
  const std::string_view program(path.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  return std::string(program.substr(0, program.rfind('/') == std::string_view::npos ? 0 : program.rfind('/')));
}

std::string shim_missing(const config::Config& config, const std::string& folder) {
  return config.restart.value && find_shim(folder).empty() ? no_shim() : std::string();
}

ShimSetup set_up_shim(const config::Config& config, const std::vector<std::string>& command, const std::string& run_id,
                      const std::string& folder) {
  ShimSetup setup;
  const config::Environment environment = config::system_environment();
  const std::string wrapper = wrapper_of_user(environment, command);
  setup.remark = warn_of_server(wrapper);
  if (!config.restart.value) return setup;
  const std::string program = find_shim(folder);
  auto listener = listen_for_shims(run_id);
  if (program.empty()) setup.missing = no_shim();
  if (!listener) setup.missing = listener.error().text();
  if (!setup.missing.empty()) return setup;
  setup.listener = std::move(*listener);
  setup.program = program;
  const bool is_cargo = !command.empty() && gate::program_name(command.front()) == "cargo";
  if (is_cargo) setup.wrapper = wrapper_variables(environment, program, wrapper);
  return setup;
}

}  // namespace memguard::supervisor

#include "supervisor/front/shim_name.h"

#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

namespace memguard::supervisor {
namespace fs = std::filesystem;
namespace {

// Two builds may want it at once: each makes a link of its own and moves it there.
bool link_to(const std::string& target, const fs::path& link) {
  std::error_code error;
  if (fs::read_symlink(link, error) == target && !error) return true;
  fs::create_directories(link.parent_path(), error);
  const fs::path made = link.string() + fmt::format(".{}", ::getpid());
  fs::create_symlink(target, made, error);
  if (error) return false;
  fs::rename(made, link, error);
  if (!error) return true;
  fs::remove(made, error);
  return false;
}

}  // namespace

std::string shim_for(const std::string& shim, const std::string& wrapper, const std::string& folder) {
  if (wrapper.empty() || folder.empty()) return shim;
  std::error_code error;
  const auto changed = fs::last_write_time(wrapper, error).time_since_epoch().count();
  const auto key = std::hash<std::string>{}(fmt::format("{}\n{}\n{}", shim, wrapper, changed));
  const fs::path link = fs::path(folder) / fmt::format("{:016x}", key) / fs::path(wrapper).filename();
  return link_to(shim, link) ? link.string() : shim;
}

}  // namespace memguard::supervisor
